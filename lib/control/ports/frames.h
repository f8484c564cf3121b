/* SPDX-License-Identifier: BSD-3-Clause */
// Drivers that lose frames which their kernel interface hands over, and what is used in their place.
#ifndef CONTROL_FRAMES_H
#define CONTROL_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

struct wb_config_port;

// What is known of a port's interface.
struct frames_interface {
	unsigned mtu;     // 0: not known
	bool no_xdp;      // its driver has no XDP of its own
	bool xdp_unknown; // the kernel does not tell (before Linux 6.3)
	bool gro;         // the kernel merges what comes
};

// Would this port's device lose frames on such an interface? why: a sentence for its user, with what mends it.
bool frames_lost(
	const struct wb_config_port *p, const struct frames_interface *i, char *why, size_t len);
// May it, as far as is known? why: as above.
bool frames_doubtful(
	const struct wb_config_port *p, const struct frames_interface *i, char *why, size_t len);

#endif
