/* SPDX-License-Identifier: BSD-3-Clause */
// What the handshake driver is given to work with in a running gateway.
#ifndef CONTROL_SESSION_IO_H
#define CONTROL_SESSION_IO_H

#include "session.h"

// What sessions do through the datapath, the clock and the log. ctx: struct tunnels, for its dp.
extern const struct session_ops session_io;

#endif
