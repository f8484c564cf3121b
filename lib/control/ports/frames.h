/* SPDX-License-Identifier: BSD-3-Clause */
// Drivers that lose frames of certain kernel interfaces.
#ifndef CONTROL_FRAMES_H
#define CONTROL_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

struct wb_config_port;

// What is known of a port's interface.
struct frames_interface {
	unsigned mtu;     // 0: not known
	bool no_xdp;      // its driver has no XDP of its own
	bool xdp_unknown; // not known (before Linux 6.3)
	bool gro;         // the kernel merges received packets
};

// Returns whether this port's driver loses frames on such an interface. why gets the reason and the remedy.
bool frames_lost(
	const struct wb_config_port *p, const struct frames_interface *i, char *why, size_t len);
// Returns whether it may lose frames, where that is not known for certain. why: as above.
bool frames_doubtful(
	const struct wb_config_port *p, const struct frames_interface *i, char *why, size_t len);

#endif
