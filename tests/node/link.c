// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

#define STEP (250 * WB_US)

static const char *const wan_address[] = { "198.51.100.1/24", "198.51.101.1/24" };
static const char *const wan_gateway[] = { "198.51.100.254", "198.51.101.254" };

static void
edge_snapshot(struct link *l)
{
	struct wb_dp_snapshot *s = snapshot_new();
	unsigned i;

	snapshot_port(s, l->edge, EDGE_LAN, "192.168.40.1/24");
	snapshot_port(s, l->edge, EDGE_LAN, "2001:db8:40::1/64");
	memcpy(s->ports[EDGE_KERNEL].mac, &l->edge->ports[EDGE_KERNEL].mac, 6);
	s->ports[EDGE_KERNEL].usable = true;
	snapshot_route(s, "2001:db8:40::/64", EDGE_LAN, -1);
	snapshot_route(s, "192.168.40.0/24", EDGE_LAN, -1);
	for (i = 0; i < 2; i++)
		snapshot_kernel_route(s, i == 0 ? "198.51.100.0/24" : "198.51.101.0/24");
	snapshot_kernel_route(s, "172.17.0.0/16");
	snapshot_neighbour(s, EDGE_LAN, "192.168.40.9", 9);
	snapshot_neighbour(s, EDGE_LAN, "2001:db8:40::9", 9);
	for (i = 0; i < 2; i++) {
		unsigned port = EDGE_WAN0 + i;

		snapshot_port(s, l->edge, port, wan_address[i]);
		inet_pton(AF_INET, wan_gateway[i], s->ports[port].next_hop);
		// The gateway is the hub itself, on one wire or the other.
		snapshot_neighbour(s, port, wan_gateway[i], 0x10 + i);
		memcpy(s->neighbours[s->n_neighbours - 1].mac, &l->hub->ports[HUB_UPLINK].mac, 6);
	}
	wb_dp_set_snapshot(l->edge, s);
}

static void
hub_snapshot(struct link *l)
{
	struct wb_dp_snapshot *s = snapshot_new();
	unsigned i;

	snapshot_port(s, l->hub, HUB_UPLINK, "203.0.113.10/24");
	snapshot_port(s, l->hub, HUB_UPLINK, "198.51.100.254/24");
	snapshot_port(s, l->hub, HUB_UPLINK, "198.51.101.254/24");
	inet_pton(AF_INET, "203.0.113.10", s->ports[HUB_UPLINK].source);
	snapshot_port(s, l->hub, HUB_EGRESS, "10.99.0.1/24");
	snapshot_route(s, "2001:db8:40::/64", HUB_EGRESS, 0);
	snapshot_route(s, "192.168.40.0/24", HUB_EGRESS, 0);
	snapshot_route(s, "172.17.0.0/16", HUB_EGRESS, 0);
	for (i = 0; i < 2; i++) {
		snapshot_neighbour(s, HUB_UPLINK, i == 0 ? "198.51.100.1" : "198.51.101.1", 0);
		memcpy(s->neighbours[s->n_neighbours - 1].mac, &l->edge->ports[EDGE_WAN0 + i].mac,
			6);
	}
	wb_dp_set_snapshot(l->hub, s);
}

static void
add_path(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct wb_addr remote = { .family = 4, .udp_port = WB_UDP_PORT, .port = *(unsigned *)arg };
	struct wb_path_conf conf = { .name = "wan0" };

	inet_pton(AF_INET, "203.0.113.10", remote.ip);
	conf.name[3] += remote.port;
	if (wb_tunnel_path_add(t, &conf, &remote, now) < 0)
		abort();
}

void
link_open(struct link *l, unsigned workers)
{
	struct wb_dp_conf edge = { .n_workers = workers }, hub = { .n_workers = workers };
	unsigned port;

	memset(l, 0, sizeof(*l));
	l->index = 100;
	wire_open(&edge, "lan", WB_DP_LAN);
	wire_open(&edge, "wan0", WB_DP_WAN);
	wire_open(&edge, "wan1", WB_DP_WAN);
	wire_open(&edge, "kernel", WB_DP_EGRESS);
	l->edge = dp_open(&edge, WB_ROLE_EDGE);
	wire_open(&hub, "uplink", WB_DP_UPLINK);
	wire_open(&hub, "egress", WB_DP_EGRESS);
	l->hub = dp_open(&hub, WB_ROLE_HUB);
	if (l->edge == NULL || l->hub == NULL || wb_dp_tunnel_add(l->edge, 0, NULL) != 0 ||
		wb_dp_tunnel_add(l->hub, 0, NULL) != 0)
		abort();
	edge_snapshot(l);
	hub_snapshot(l);
	for (port = EDGE_WAN0; port <= EDGE_WAN1; port++)
		wb_dp_tunnel_call(l->edge, 0, add_path, &port);
	l->now = clock_now();
}

void
link_close(struct link *l)
{
	dp_close(l->edge);
	dp_close(l->hub);
}

static struct wb_aead *
key(uint32_t seed)
{
	uint8_t k[WB_AEAD_KEY_MAX];

	memset(k, 0x5a, sizeof(k));
	memcpy(k, &seed, sizeof(seed));
	return wb_aead_create(wb_aead_best(), k, -1);
}

void
link_keys(struct link *l, bool new_session)
{
	uint32_t a = l->index++, b = l->index++;
	struct wb_dp_keys hub = { .tx = key(b),
		.rx = key(a),
		.local_index = a,
		.remote_index = b,
		.confirm_first = true,
		.new_session = new_session,
		.features = WB_FEATURE_FRAGMENT | l->features };
	struct wb_dp_keys edge = { .tx = key(a),
		.rx = key(b),
		.local_index = b,
		.remote_index = a,
		.limits = l->limits,
		.new_session = new_session,
		.features = WB_FEATURE_FRAGMENT | l->features };

	if (wb_dp_keys_install(l->hub, 0, &hub) != 0 || wb_dp_keys_install(l->edge, 0, &edge) != 0)
		abort();
}

// What the hub sent goes to the edge's port with that MAC.
static void
uplink_split(struct link *l)
{
	struct frame f;
	unsigned i;

	while (wire_take(l->hub, HUB_UPLINK, &f))
		for (i = EDGE_WAN0; i <= EDGE_WAN1; i++)
			if (memcmp(f.bytes, &l->edge->ports[i].mac, 6) == 0)
				wire_put(l->edge, i, &f);
}

static void
wan_carry(struct link *l, unsigned port)
{
	struct frame f;

	while (wire_take(l->edge, port, &f)) {
		if (l->lose_every != 0 && ++l->carried % l->lose_every == 0)
			continue;
		if (l->n_late == LINK_LATE)
			abort();
		l->late[l->n_late].frame = f;
		l->late[l->n_late++].at = l->now + l->delay;
	}
}

static void
late_arrive(struct link *l)
{
	unsigned i, kept = 0;

	for (i = 0; i < l->n_late; i++)
		if (l->late[i].at <= l->now)
			wire_put(l->hub, HUB_UPLINK, &l->late[i].frame);
		else
			l->late[kept++] = l->late[i];
	l->n_late = kept;
}

void
link_run(struct link *l, wb_ns_t time)
{
	wb_ns_t end = l->now + time;
	unsigned i;

	for (; l->now < end; l->now += STEP) {
		walk(l->edge, l->now, 2);
		for (i = EDGE_WAN0; i <= EDGE_WAN1; i++)
			wan_carry(l, i);
		late_arrive(l);
		walk(l->hub, l->now, 2);
		uplink_split(l);
	}
}

unsigned
link_paths_up(struct wb_dp *dp)
{
	struct wb_path_stats s;
	unsigned i, n = 0;

	for (i = 0; i < WB_PATHS_MAX; i++)
		n += wb_tunnel_path_stats(slot_find(dp, 0)->t, i, &s) == 0 && s.state == WB_PATH_UP;
	return n;
}

bool
link_up(struct link *l)
{
	wb_ns_t end = l->now + WB_SEC;

	link_keys(l, true);
	while (l->now < end) {
		link_run(l, WB_MS);
		if (link_paths_up(l->edge) == 2 && link_paths_up(l->hub) == 2)
			return true;
	}
	return false;
}

int
link_test(struct link *l, const char *suite, const struct harness_test *tests, size_t n)
{
	int failed;

	if (nodes_start(0, NULL) < 0)
		return 1;
	link_open(l, 1);
	failed = harness_run(suite, tests, n);
	link_close(l);
	nodes_stop();
	return failed;
}
