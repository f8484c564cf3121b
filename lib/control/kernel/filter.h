/* SPDX-License-Identifier: BSD-3-Clause */
// Keeps the kernel and us from acting on the same frame: the programs of drivers-cfg/xdp on the
// kernel interfaces of our ports. XDP where the af_xdp driver has loaded it, tc ingress for packet
// sockets. Facility chosen for its dependencies: libbpf alone, which af_xdp needs anyway.
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
	bool wan; // else LAN
	int conf_fd, local4_fd, local6_fd, route4_fd, route6_fd;
	bool made_hook; // the clsact qdisc is ours
};

// Path of NAME.bpf.o: beside the program, in ../lib/wanbond, in the build tree. -ENOENT.
int filter_path(const char *name, char *path, size_t len);

// Before the ports are opened: takes off a program that a dead process of ours left there.
// -EBUSY: a living one's, or somebody else's XDP program; logged with the port's name.
int filter_remove_stale(const char *port, const char *ifname, enum filter_kind kind);

// Attaches (tc) or finds (XDP, loaded by the driver) the program. Passes all until filter_set().
// 0 or -errno, logged with the port's name.
int filter_open(struct filter *f, const char *port);
// Takes it off.
void filter_close(struct filter *f);
// What is ours: the interface's MAC, our UDP port (WAN), all local addresses of the machine; on a LAN the
// routes that the workers will have too. s NULL: none yet. 0 or -errno.
int filter_set(struct filter *f, const struct kstate *k, const struct wb_dp_snapshot *s,
	uint16_t udp_port);

#endif
