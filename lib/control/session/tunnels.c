// SPDX-License-Identifier: BSD-3-Clause
// The tunnel objects in the datapath: making them, their events, saying goodbye.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "log.h"

#define DEFAULT "earliest"
#define CLOSE_WALKS 4 // of the home worker, after which every path's CLOSE has left

struct path_add {
	struct wb_path_conf conf;
	struct wb_addr remote;
	int result;
};

static void
add_path(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct path_add *a = arg;

	a->result = wb_tunnel_path_add(t, &a->conf, &a->remote, now);
	// enabled by network_update() once the port can be used
	if (a->result >= 0)
		wb_tunnel_path_enable(t, (unsigned)a->result, false, now);
}

void
tunnels_path_conf(const struct control *ctl, unsigned port, struct wb_path_conf *conf)
{
	const struct wb_config_port *p = &ctl->conf->ports[port];
	const struct snapshot_port *in = &ctl->in.ports[port];
	const struct k_link *l = kstate_link(&ctl->kernel, in->kernel_if);

	*conf = (struct wb_path_conf){
		.rate_up = ctl->ports[port].rate_up,
		.rate_down = p->rate_down,
		.max_up = p->max_up,
		.max_down = p->max_down,
		.weight = p->weight,
		.priority = p->priority,
		.backup = p->backup,
		.price = ctl->ports[port].price,
		.mtu = p->mtu,
	};
	// an ethdev of a kernel interface knows 1500 only
	if (conf->mtu == 0)
		conf->mtu = l != NULL && l->mtu <= UINT16_MAX ? (uint16_t)l->mtu : in->mtu;
	snprintf(conf->name, sizeof(conf->name), "%s", p->name);
}

static int
add_paths(struct control *ctl)
{
	for (unsigned i = 0; i < ctl->conf->n_ports; i++) {
		const struct wb_config_port *p = &ctl->conf->ports[i];
		struct path_add a = {
			.remote = {
				.family = 4,
				.udp_port = ctl->conf->hub.port,
				.port = i,
			},
		};

		if (p->use != WB_CONFIG_WAN)
			continue;
		ctl->ports[i].rate_up = p->rate_up;
		tunnels_path_conf(ctl, i, &a.conf);
		ctl->ports[i].mtu = a.conf.mtu;
		memcpy(a.remote.ip, ctl->conf->hub.address.ip, 4);
		if (wb_dp_tunnel_call(ctl->dp, 0, add_path, &a) < 0 || a.result < 0) {
			ctl_err("port %s: path cannot be added: %s", p->name, strerror(-a.result));
			return -EINVAL;
		}
		ctl->ports[i].slot = a.result;
	}
	return 0;
}

const char *
tunnel_name(const struct control *ctl, unsigned tunnel)
{
	if (ctl->conf->role == WB_CONFIG_EDGE)
		return "hub";
	return tunnel < ctl->conf->n_edges ? ctl->conf->edges[tunnel].name : "?";
}

static void
allow_fec(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	(void)now;
	wb_tunnel_set_fec(t, *(const unsigned *)arg);
}

int
tunnels_start(struct control *ctl, wb_ns_t now)
{
	const char *scheduler = ctl->conf->scheduler[0] != 0 ? ctl->conf->scheduler : DEFAULT;
	bool file = scheduler_is_file(scheduler);
	char err[512];
	unsigned fec = ctl->conf->fec_percent;

	(void)now;
	budgets_start(ctl);
	ctl->n_tunnels = ctl->conf->role == WB_CONFIG_EDGE ? 1 : ctl->conf->n_edges;
	for (unsigned i = 0; i < ctl->n_tunnels; i++) {
		int r = wb_dp_tunnel_add(ctl->dp, i, file ? DEFAULT : scheduler);

		if (r < 0) {
			ctl_err("tunnel %s: %s", tunnel_name(ctl, i), strerror(-r));
			return r;
		}
		wb_dp_tunnel_call(ctl->dp, i, allow_fec, &fec);
	}
	// A gateway that does not start is worse than one with another scheduler.
	if (file && scheduler_set(ctl, scheduler, err, sizeof(err)) < 0)
		ctl_err("scheduler: %s; going on with " DEFAULT, err);
	return ctl->conf->role == WB_CONFIG_EDGE ? add_paths(ctl) : 0;
}

static void
say_close(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	(void)arg;
	wb_tunnel_close(t, now);
}

static void
no_op(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	(void)t;
	(void)arg;
	(void)now;
}

void
tunnels_close(struct control *ctl)
{
	for (unsigned i = 0; i < ctl->n_tunnels; i++)
		wb_dp_tunnel_call(ctl->dp, i, say_close, NULL);
	// a call is answered between two walks
	for (unsigned walk = 0; walk < CLOSE_WALKS; walk++)
		for (unsigned i = 0; i < ctl->n_tunnels; i++)
			wb_dp_tunnel_call(ctl->dp, i, no_op, NULL);
}

struct path_look {
	unsigned slot;
	struct wb_path_stats stats;
	int result;
};

static void
look(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct path_look *l = arg;

	(void)now;
	l->result = wb_tunnel_path_stats(t, l->slot, &l->stats);
}

bool
tunnels_carry(const struct control *ctl)
{
	for (unsigned i = 0; i < ctl->n_ports; i++) {
		struct path_look l = { .result = -ENOENT };

		if (ctl->ports[i].slot < 0)
			continue;
		l.slot = (unsigned)ctl->ports[i].slot;
		wb_dp_tunnel_call(ctl->dp, 0, look, &l);
		if (l.result == 0 &&
			(l.stats.state == WB_PATH_UP || l.stats.state == WB_PATH_DEGRADED))
			return true;
	}
	return false;
}

static void
path_event(struct control *ctl, unsigned tunnel, const struct wb_event *e)
{
	struct path_look l = { .slot = e->path, .result = -ENOENT };
	const uint8_t *ip = l.stats.remote.ip;
	char id[16];
	const char *name = ctl->conf->role == WB_CONFIG_EDGE ? l.stats.name : id;
	const char *way = e->type == WB_EVENT_PATH_RX_STATE ? "rx" : "tx";
	// That it begins to carry is told once, of the direction that is ours to judge.
	bool telling = e->after == WB_PATH_DOWN || e->after == WB_PATH_SUSPECT ||
		       e->before == WB_PATH_DOWN || e->before == WB_PATH_SUSPECT ||
		       (e->after == WB_PATH_UP && e->type == WB_EVENT_PATH_STATE);

	wb_dp_tunnel_call(ctl->dp, tunnel, look, &l);
	if (l.result < 0)
		return;
	snprintf(id, sizeof(id), "%u", l.stats.id);
	if (e->type == WB_EVENT_PATH_ADDRESS && ctl->conf->role == WB_CONFIG_HUB)
		wb_dp_remember_edge(ctl->dp, &l.stats.remote);
	if (e->type == WB_EVENT_PATH_ADDRESS)
		ctl_info("%s: path %s comes from %u.%u.%u.%u:%u", tunnel_name(ctl, tunnel), name,
			ip[0], ip[1], ip[2], ip[3], l.stats.remote.udp_port);
	else if (telling)
		ctl_info("%s: path %s, %s: %s (was %s)", tunnel_name(ctl, tunnel), name, way,
			wb_path_state_name(e->after), wb_path_state_name(e->before));
	else // on its way to one of these
		ctl_debug("%s: path %s, %s: %s (was %s)", tunnel_name(ctl, tunnel), name, way,
			wb_path_state_name(e->after), wb_path_state_name(e->before));
}

void
tunnels_event(struct control *ctl, unsigned tunnel, const struct wb_event *e, wb_ns_t now)
{
	switch (e->type) {
	case WB_EVENT_PATH_STATE:
	case WB_EVENT_PATH_RX_STATE:
	case WB_EVENT_PATH_ADDRESS:
		path_event(ctl, tunnel, e);
		break;
	case WB_EVENT_PEER_CLOSED:
		sessions_peer_closed(ctl->sessions, tunnel, now);
		break;
	case WB_EVENT_SILENT:
		sessions_silent(ctl->sessions, tunnel, now);
		break;
	case WB_EVENT_SCHEDULER:
		ctl_err("%s: the scheduler's program answers 0x%x, which names a path that is not "
			"up "
			"or lets all wait: earliest decides instead (counted: scheduler_overruled)",
			tunnel_name(ctl, tunnel), e->value);
		break;
	case WB_EVENT_MTU:
		ctl_debug("%s: inner MTU is %u", tunnel_name(ctl, tunnel), e->value);
		break;
	}
}
