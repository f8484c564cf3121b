// SPDX-License-Identifier: BSD-3-Clause
#include "events.h"
#include "world.h"

static const char *const side_name[SIDES] = { "edge", "hub" };

static double
seconds(wb_ns_t now)
{
	return (double)now / 1e9;
}

static void
path_line(struct events *e, unsigned side, unsigned slot, wb_ns_t now)
{
	struct wb_path_stats s;

	if (wb_tunnel_path_stats(e->w->hosts[side].tunnel, slot, &s) < 0)
		return;
	fprintf(e->file,
		"{\"t\":%.4f,\"side\":\"%s\",\"path\":\"%s\",\"state\":\"%s\",\"cc\":\"%s\","
		"\"why_not\":\"%s\",\"rate\":%.3f,\"pacing\":%.3f,\"inflight\":%llu,\"cwnd\":%llu,"
		"\"queue_ms\":%.3f,\"owd_rel_ms\":%.3f,\"srtt_ms\":%.3f,\"rttvar_ms\":%.3f,"
		"\"min_rtt_ms\":%.3f,\"loss_ppm\":%llu,\"lost\":%llu,\"spurious\":%llu,\"resent\":%"
		"llu,"
		"\"tx_bytes\":%llu}\n",
		seconds(now), side_name[side], s.name, wb_path_state_name(s.state), s.cc_state,
		s.why_not, (double)s.rate / 1e6, (double)s.pacing / 1e6,
		(unsigned long long)s.inflight, (unsigned long long)s.cwnd,
		(double)s.owd_above_min / 1e6, (double)s.owd_relative / 1e6, (double)s.srtt / 1e6,
		(double)s.rttvar / 1e6, (double)s.min_rtt / 1e6, (unsigned long long)s.loss_ppm,
		(unsigned long long)s.lost, (unsigned long long)s.spurious,
		(unsigned long long)s.resent, (unsigned long long)s.tx_bytes);
}

static void
tunnel_line(struct events *e, unsigned side, wb_ns_t now)
{
	struct wb_tunnel_stats s;

	wb_tunnel_stats(e->w->hosts[side].tunnel, &s);
	fprintf(e->file,
		"{\"t\":%.4f,\"side\":\"%s\",\"queued\":%llu,\"retained\":%llu,\"held\":%llu,"
		"\"resends\":%llu,\"gaps\":%llu,\"late\":%llu,\"codel\":%llu,\"limit\":%llu,"
		"\"lost\":%llu,\"duplicate\":%llu,\"held_us\":[",
		seconds(now), side_name[side], (unsigned long long)s.queued_packets,
		(unsigned long long)s.retained_packets, (unsigned long long)s.held_packets,
		(unsigned long long)s.resends, (unsigned long long)s.reorder_gaps,
		(unsigned long long)s.late, (unsigned long long)s.drops[WB_DROP_CODEL],
		(unsigned long long)s.drops[WB_DROP_QUEUE_LIMIT],
		(unsigned long long)s.drops[WB_DROP_LOST],
		(unsigned long long)s.drops[WB_DROP_DUPLICATE]);
	for (unsigned i = 0; i < sizeof(s.held_us) / sizeof(s.held_us[0]); i++)
		fprintf(e->file, "%s%llu", i > 0 ? "," : "", (unsigned long long)s.held_us[i]);
	fprintf(e->file, "]}\n");
}

// What the link itself knows, and no end of the tunnel: bytes out, bits it could have carried, the
// time that what is queued will take.
static void
link_line(struct events *e, unsigned link, enum direction dir, wb_ns_t now)
{
	struct link_dir *l = &e->w->links[link].dir[dir];
	double capacity = link_capacity(l, now), rate = l->conf.rate ? (double)l->conf.rate : 1e9;
	struct wb_em_stats s;

	wb_em_stats(l->em, &s);
	if (l->conf.trace != NULL) // its mean
		rate = 12e6 * (double)l->conf.trace->n / l->conf.trace->period_ms;
	fprintf(e->file,
		"{\"t\":%.4f,\"link\":\"%s\",\"direction\":\"%s\",\"carried\":%llu,\"capacity\":%."
		"0f,"
		"\"queued\":%u,\"queue_ms\":%.3f}\n",
		seconds(now), e->w->scenario->links[link].name, dir == DIR_UP ? "up" : "down",
		(unsigned long long)s.bytes_out, capacity, s.queued_bytes,
		(double)s.queued_bytes * 8e3 / rate);
}

static void
flow_line(struct events *e, const struct flow *f, wb_ns_t now)
{
	if (f->ops->line == NULL || now < f->conf->start)
		return;
	fprintf(e->file, "{\"t\":%.4f,\"flow\":%u,\"name\":\"%s\",", seconds(now), f->index,
		f->conf->name);
	f->ops->line(f, e->file);
	fprintf(e->file, "}\n");
}

static void
tick(void *arg, wb_ns_t now)
{
	struct events *e = arg;

	for (unsigned i = 0; i < e->w->scenario->n_links + e->w->scenario->n_cells; i++)
		for (unsigned dir = 0; dir < DIRS; dir++)
			link_line(e, i, dir, now);
	for (unsigned side = 0; side < SIDES && !e->w->scenario->direct; side++) {
		for (unsigned slot = 0; slot < WB_PATHS_MAX; slot++)
			path_line(e, side, slot, now);
		tunnel_line(e, side, now);
	}
	for (unsigned i = 0; i < e->w->scenario->n_flows; i++)
		flow_line(e, e->w->flows[i], now);
	sim_timer_set(&e->w->sim, &e->timer, now + e->interval);
}

void
events_start(struct events *e, struct world *w)
{
	e->w = w;
	sim_timer_init(&e->timer, tick, e);
	sim_timer_set(&w->sim, &e->timer, e->interval);
}

void
events_scenario(struct events *e, const struct scenario_event *what, wb_ns_t now)
{
	static const char *const name[] = { "set", "change", "outage", "healed", "rebind", "enable",
		"disable" };

	if (e != NULL)
		fprintf(e->file, "{\"t\":%.4f,\"link\":\"%s\",\"event\":\"%s\"}\n", seconds(now),
			e->w->scenario->links[what->link].name, name[what->kind]);
}

void
events_tunnel(struct events *e, enum side side, const struct wb_event *what, wb_ns_t now)
{
	static const char *const name[] = { "path_state", "path_address", "peer_closed", "silent",
		"mtu", "path_rx_state", "scheduler" };

	if (e == NULL)
		return;
	fprintf(e->file, "{\"t\":%.4f,\"side\":\"%s\",\"event\":\"%s\",\"slot\":%u,\"value\":%u",
		seconds(now), side_name[side], name[what->type], what->path, what->value);
	if (what->type == WB_EVENT_PATH_STATE || what->type == WB_EVENT_PATH_RX_STATE)
		fprintf(e->file, ",\"before\":\"%s\",\"after\":\"%s\"",
			wb_path_state_name(what->before), wb_path_state_name(what->after));
	fprintf(e->file, "}\n");
}
