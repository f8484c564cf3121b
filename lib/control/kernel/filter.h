/* SPDX-License-Identifier: BSD-3-Clause */
// Keeps the kernel and wanbond from acting on the same frame, by the programs of drivers-cfg/xdp on the
// ports' kernel interfaces. AF_XDP ports have an XDP program, which the driver loads; ports on packet sockets
// have a tc program on ingress. Both need libbpf only, which AF_XDP needs anyway.
#ifndef CONTROL_FILTER_H
#define CONTROL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kstate.h"
#include "wb_datapath.h"

enum filter_kind { FILTER_NONE, FILTER_XDP, FILTER_TC };

struct filter {
	enum filter_kind kind;
	int ifindex; // 0: not attached
	char ifname[IFNAMSIZ];
	bool wan, trunk;           // else LAN
	uint32_t vlans[4096 / 32]; // of a trunk: bits
	int conf_fd, local4_fd, local6_fd, route4_fd, route6_fd;
	bool made_hook; // the clsact qdisc is ours
};

// Finds NAME.bpf.o beside the program, in ../lib/wanbond or in the build tree. -ENOENT.
int filter_path(const char *name, char *path, size_t len);

// Removes a program that a dead wanbond left on the interface. Call it before the port is opened.
// -EBUSY: the program belongs to a living wanbond, or to somebody else. Logged with the port's name.
int filter_remove_stale(const char *port, const char *ifname, enum filter_kind kind);

// Attaches the tc program, or finds the XDP program that the driver has loaded. The program passes all frames
// to the kernel until filter_set(). 0 or -errno, logged with the port's name.
int filter_open(struct filter *f, const char *port);
// Detaches the program.
void filter_close(struct filter *f);
// Tells the program which frames are ours: by the interface's MAC, our UDP port (WAN) and the machine's local
// addresses, on a LAN also by the routes of the workers' snapshot. s: NULL if there is none yet. 0 or -errno.
int filter_set(struct filter *f, const struct kstate *k, const struct wb_dp_snapshot *s,
	uint16_t udp_port);

#endif
