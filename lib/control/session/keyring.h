/* SPDX-License-Identifier: BSD-3-Clause */
// Reads key files for the handshake driver.
#ifndef CONTROL_KEYRING_H
#define CONTROL_KEYRING_H

#include "session.h"
#include "wb_config.h"

// Makes the sessions of a configuration, with the keys of its files. ctx goes to ops. NULL: logged.
struct sessions *keyring_sessions(
	const struct wb_config *c, const struct session_ops *ops, void *ctx);

#endif
