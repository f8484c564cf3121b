// SPDX-License-Identifier: BSD-3-Clause
// What the operator sees of a tunnel and its paths.
#include "tunnel.h"

#include <errno.h>
#include <string.h>

#define FLOWS_SINCE WB_SEC
#define IDLE_AFTER (200 * WB_MS)

void
wb_tunnel_stats(const struct wb_tunnel *t, struct wb_tunnel_stats *s)
{
	const struct reorder_stats *r = reorder_stats(t->reorder);
	wb_ns_t since = t->now > FLOWS_SINCE ? t->now - FLOWS_SINCE : 0;

	*s = t->stats;
	s->queued_packets = flow_queue_packets(t->queue);
	s->queued_bytes = flow_queue_bytes(t->queue);
	s->flows = flow_queue_active(t->queue, since);
	s->scheduler_overruled = t->sched.overruled;
	s->held_packets = r->held + playout_waiting(t->playout);
	s->reorder_gaps = r->gaps;
	s->late = r->late;
	s->demoted = flow_class_demoted(t->classes) - t->demoted_before;
	for (unsigned c = 0; c < WB_CLASS_COUNT; c++) {
		for (unsigned i = 0; i < WB_HELD_BINS; i++) {
			s->classes[c].held_us[i] = r->held_us[c][i];
			s->held_us[i] += r->held_us[c][i];
		}
	}
	tunnel_fec_stats(t, s);
	s->equal_flows = equal_held(&t->equal);
	s->equal_delay = t->equal.hold;
	s->equal_tries = t->equal.tries - t->equal_before.tries;
	s->equal_granted = t->equal.granted - t->equal_before.granted;
}

// Says why a path that could take something gets nothing: another path is better.
static const char *
why_idle(const struct wb_tunnel *t, const struct path *p)
{
	bool cheaper = false, healthier = false, quicker = false;

	for (const struct path *o = t->paths; o < t->paths + WB_PATHS_MAX; o++) {
		if (!WB_PATH_CARRIES(o) || o == p)
			continue;
		cheaper |= path_price(o) < path_price(p) && o->state != WB_PATH_DEGRADED;
		healthier |= o->state != WB_PATH_DEGRADED;
		quicker |= o->owd_tx.valid && p->owd_tx.valid &&
			   p->owd_tx.smooth - o->owd_tx.smooth > SCHED_NEAR;
	}
	if (cheaper)
		return p->conf.backup ? "backup: others have room" : "metered: others have room";
	if (healthier && p->state == WB_PATH_DEGRADED)
		return "degraded";
	if (quicker)
		return "slower than waiting for others";
	for (const struct path *o = t->paths; o < t->paths + WB_PATHS_MAX; o++)
		if (o->state != WB_PATH_FREE && o != p && t->now - o->data_out < IDLE_AFTER)
			return "others are enough";
	return "nothing to send";
}

static const char *
why_no_path(const struct path *p)
{
	switch (p->state) {
	case WB_PATH_DISABLED:
		return p->closed_by_peer ? "taken out by the other end" : "taken out";
	case WB_PATH_PROBING:
		return p->remote.cur.valid ? "no answer yet" : "address not validated";
	case WB_PATH_SUSPECT:
		return "an answer is overdue";
	default:
		return p->rx_state == WB_PATH_UP ? "what is sent does not arrive"
						 : "no answer any more";
	}
}

static const char *
why_not(const struct wb_tunnel *t, const struct path *p)
{
	if (!t->in_session)
		return "no session";
	if (!WB_PATH_CARRIES(p))
		return why_no_path(p);
	if (!remote_allows(&p->remote, &p->remote.cur.addr, CC_DATAGRAM))
		return "address not validated";
	if (!in_flight_room(&p->in_flight))
		return "too much unacknowledged";
	if (p->in_flight.bytes + CC_DATAGRAM > p->cc.cwnd)
		return "window full";
	if (p->pacer.next > t->now)
		return "paced";
	return t->now - p->data_out < IDLE_AFTER ? "" : why_idle(t, p);
}

// Returns how much later than on the quickest path a datagram arrives.
static int64_t
relative_owd(const struct wb_tunnel *t, const struct path *p)
{
	int64_t least = p->owd_tx.smooth;

	for (const struct path *o = t->paths; o < t->paths + WB_PATHS_MAX; o++) {
		if (WB_PATH_CARRIES(o) && o->owd_tx.valid && o->owd_tx.smooth < least)
			least = o->owd_tx.smooth;
	}
	return p->owd_tx.valid ? p->owd_tx.smooth - least : 0;
}

static void
copy_text(char to[WB_NAME_MAX], const char *from)
{
	size_t n = strlen(from);

	n = n < WB_NAME_MAX ? n : WB_NAME_MAX - 1;
	memcpy(to, from, n);
	to[n] = 0;
}

int
wb_tunnel_path_stats(const struct wb_tunnel *t, unsigned slot, struct wb_path_stats *s)
{
	const struct path *p;

	if (slot >= WB_PATHS_MAX || t->paths[slot].state == WB_PATH_FREE)
		return -ENOENT;
	p = &t->paths[slot];
	*s = p->stats;
	memcpy(s->name, p->conf.name, sizeof(s->name));
	s->state = p->state;
	s->rx_state = p->rx_state;
	s->rx_rate = p->told.rate;
	s->rx_loss_ppm = p->told.loss_ppm;
	s->id = p->id;
	s->remote = p->remote.cur.addr;
	s->srtt = rtt_valid(&p->rtt) ? p->rtt.srtt : 0;
	s->rttvar = rtt_valid(&p->rtt) ? p->rtt.rttvar : 0;
	s->min_rtt = rtt_valid(&p->rtt) ? rtt_minimum(&p->rtt) : 0;
	s->owd_above_min = owd_queue(&p->owd_tx);
	s->owd_relative = relative_owd(t, p);
	s->jitter = p->owd_tx.valid && p->owd_tx.jitter > 0 ? (wb_ns_t)p->owd_tx.jitter : 0;
	s->overtaken = p->in_flight.overtaken;
	s->ceiling = p->conf.rate_up ? p->conf.rate_up : p->conf.max_up;
	s->rate = p->cc.rate;
	s->pacing = p->pacer.bps;
	s->inflight = p->in_flight.bytes;
	s->cwnd = p->cc.cwnd;
	s->loss_ppm = p->loss_ppm;
	s->last_heard = p->last_heard;
	s->carried = p->carried;
	s->price = path_price(p);
	s->mtu = path_mtu(p);
	s->mtu_limit = path_limit(p);
	s->black_holes = p->pmtu.black_holes;
	s->grid_confidence = grid_confidence(&p->grid);
	s->grid_next = p->grid.known ? grid_last(&p->grid, t->now) + GRID_PERIOD - t->now : 0;
	copy_text(s->cc_state, p->cc.ops->state(&p->cc));
	copy_text(s->why_not, why_not(t, p));
	return 0;
}

void
wb_tunnel_stats_clear(struct wb_tunnel *t)
{
	uint64_t retained = t->stats.retained_packets;

	memset(&t->stats, 0, sizeof(t->stats));
	t->stats.retained_packets = retained;
	t->demoted_before = flow_class_demoted(t->classes);
	t->equal_before.tries = t->equal.tries;
	t->equal_before.granted = t->equal.granted;
	t->sched.overruled = 0;
	if (t->fec) {
		memset(&t->fec->tx.stats, 0, sizeof(t->fec->tx.stats));
		memset(&t->fec->rx.stats, 0, sizeof(t->fec->rx.stats));
	}
	WB_FOREACH_PATH (t, p)
		memset(&p->stats, 0, sizeof(p->stats));
}

int
wb_tunnel_flow_stats(const struct wb_tunnel *t, unsigned *cursor, struct wb_flow_stats *s)
{
	return flow_queue_stats(t->queue, cursor, s);
}
