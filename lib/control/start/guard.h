/* SPDX-License-Identifier: BSD-3-Clause */
// Reserves our UDP port in the kernel.
#ifndef CONTROL_GUARD_H
#define CONTROL_GUARD_H

#include "wb_config.h"

// Binds the UDP port and writes its number to port. Returns the descriptor that holds it, or -errno (logged).
int guard_open(const struct wb_config *c, uint16_t *port);

#endif
