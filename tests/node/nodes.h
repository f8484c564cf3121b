/* SPDX-License-Identifier: BSD-3-Clause */
// A datapath whose graphs the test walks itself, with a clock that it turns. Its ports are pairs of
// rings: what the test puts in comes from the wire, what it takes out went there.
#ifndef WB_TEST_NODE_NODES_H
#define WB_TEST_NODE_NODES_H

#include "dp.h"

#define FRAME_MAX 1700

struct wire {
	struct rte_ring *in, *out; // as the datapath sees it
	uint16_t ethdev;
};

struct frame {
	unsigned len;
	uint8_t bytes[FRAME_MAX];
};

int nodes_start(int argc, char **argv); // EAL without hugepages, one main and two worker lcores
void nodes_stop(void);

// A port of the next datapath. Returns its index.
unsigned wire_open(struct wb_dp_conf *conf, const char *name, enum wb_dp_use use);
// A port that is a VLAN of the trunk of that index.
unsigned vlan_open(struct wb_dp_conf *conf, enum wb_dp_use use, unsigned trunk, unsigned vlan);
// The datapath of conf (n_workers 0: one; two at most).
struct wb_dp *dp_open(struct wb_dp_conf *conf, enum wb_role role);
// Also takes back what is left on its wires.
void dp_close(struct wb_dp *dp);

struct wire *wire_of(const struct wb_dp *dp, unsigned port);
void wire_put(const struct wb_dp *dp, unsigned port, const struct frame *f);
// Next frame that went out. False: none.
bool wire_take(const struct wb_dp *dp, unsigned port, struct frame *f);
// Everything sent on `port` arrives at `to`'s port. Returns how many frames.
unsigned wire_carry(
	const struct wb_dp *dp, unsigned port, const struct wb_dp *to, unsigned to_port);

// n walks of each worker.
void walk(struct wb_dp *dp, wb_ns_t now, unsigned n);
uint64_t drops(const struct wb_dp *dp, enum wb_drop reason);
uint64_t drops_all(const struct wb_dp *dp);

struct wb_dp_snapshot *snapshot_new(void);
void snapshot_port(struct wb_dp_snapshot *s, const struct wb_dp *dp, unsigned port,
	const char *address); // "192.0.2.1/24"
void snapshot_neighbour(struct wb_dp_snapshot *s, unsigned port, const char *ip, uint8_t last);
// last octet of a neighbour's MAC: 02:00:00:00:00:XX
void snapshot_route(struct wb_dp_snapshot *s, const char *prefix, unsigned port, int tunnel);
void snapshot_kernel_route(struct wb_dp_snapshot *s, const char *prefix);
void parse_prefix(const char *text, struct wb_dp_prefix *p);

#endif
