/* SPDX-License-Identifier: BSD-3-Clause */
// Drivers that lose frames which their kernel interface hands over, and what is used in their place.
#ifndef CONTROL_FRAMES_H
#define CONTROL_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

struct wb_config_port;

// Would this port's device lose frames on an interface of that MTU (0: not known)? why: a sentence for its
// user, with what mends it.
bool frames_lost(const struct wb_config_port *p, unsigned mtu, char *why, size_t len);

#endif
