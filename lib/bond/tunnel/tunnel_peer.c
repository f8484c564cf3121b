// SPDX-License-Identifier: BSD-3-Clause
// What the other end says of a path: probes and their answers, path MTU, rate, how it wants the path used, and that it
// takes the path out.
#include "tunnel.h"

// Takes a path out, or raises an event: the other end says goodbye altogether.
void
peer_close(struct wb_tunnel *t, struct path *p, uint8_t reason, wb_ns_t now)
{
	if (reason != WB_CLOSE_PATH) {
		tunnel_event(t,
			&(struct wb_event){
				.type = WB_EVENT_PEER_CLOSED, .path = p->slot, .value = reason });
	} else {
		tunnel_path_closed(t, p, now);
	}
}

bool
peer_settle_address(struct wb_tunnel *t, struct path *p, wb_ns_t now)
{
	if (!remote_settle(&p->remote, path_late_after(p), WB_PATH_CARRIES(p), now))
		return false;
	tunnel_event(t, &(struct wb_event){ .type = WB_EVENT_PATH_ADDRESS, .path = p->slot });
	return true;
}

// Notes that a PROBE is to be answered. Only the first of a datagram is, so an answer is about as long as what
// asked for it, wherever it goes.
void
peer_probe(struct wb_tunnel *t, struct path *p, const struct wb_frame *f, const struct wb_rx *rx,
	wb_ns_t now)
{
	struct path_reply *r;

	tunnel_path_wanted(t, p, now);
	if (p->n_replies == PATH_REPLIES || p->probed_by == rx->number + 1 ||
		p->replied_until > now + PATH_REPLY_BURST * PATH_REPLY_EVERY)
		return;
	p->probed_by = rx->number + 1;
	p->replied_until = (p->replied_until > now ? p->replied_until : now) + PATH_REPLY_EVERY;
	r = &p->replies[p->n_replies++];
	r->token = f->probe.token;
	r->recv_us = (uint32_t)(now / WB_US);
	r->to = *rx->from;
}

// Takes the sizes of a path: what the edge's end of it takes, and what either end has found.
void
peer_path_mtu(struct wb_tunnel *t, struct path *p, const struct wb_frame *f, wb_ns_t now)
{
	bool limit = t->conf.role == WB_ROLE_HUB && f->mtu.limit >= WB_MTU_BASE &&
		     f->mtu.limit != p->peer_limit;

	if (!limit && f->mtu.found == p->peer_found)
		return;
	// Each change costs a search of large datagrams. What is ignored comes again with the next probe.
	if (p->told_until > now + TOLD_BURST * TOLD_EVERY)
		return;
	p->told_until = (p->told_until > now ? p->told_until : now) + TOLD_EVERY;
	if (limit) {
		p->peer_limit = f->mtu.limit;
		pmtu_set_max(&p->pmtu, path_limit(p), now);
	}
	p->peer_found = f->mtu.found;
	tunnel_update_mtu(t);
}

// Takes the rate that the edge's user gives for the line (hub). The operator of the hub may say otherwise later.
void
peer_path_rate(struct wb_tunnel *t, struct path *p, const struct wb_frame *f)
{
	bool ceiling = f->rate.flags & WB_PATH_RATE_CEILING;
	uint64_t bps = f->rate.kbit * UINT64_C(1000);

	if (t->conf.role != WB_ROLE_HUB || f->rate.skip ||
		(f->rate.kbit == p->told_kbit && ceiling == p->told_ceiling) ||
		(f->rate.kbit != 0 && f->rate.kbit < PATH_RATE_LEAST))
		return;
	p->told_kbit = f->rate.kbit;
	p->told_ceiling = ceiling;
	path_set_rate(p, ceiling ? 0 : bps, ceiling ? bps : 0, t->now);
}

// Takes how the edge's user wants the line used (hub).
void
peer_path_use(struct wb_tunnel *t, struct path *p, const struct wb_frame *f)
{
	if (t->conf.role != WB_ROLE_HUB || !f->use.known)
		return;
	p->conf.backup = f->use.flags & WB_PATH_USE_BACKUP;
	p->conf.price = f->use.price_ms * WB_MS;
	p->conf.weight = f->use.weight;
	p->conf.priority = f->use.priority;
}

// Measures the round trip of a path that was given up: it may only have become slow, by more than what was on it is
// remembered for. When it carries again, the next silence is to be measured by that.
static void
late_answer(struct wb_tunnel *t, struct path *p, wb_ns_t asked, uint32_t recv_us, wb_ns_t now)
{
	if ((p->state != WB_PATH_SUSPECT && p->state != WB_PATH_DOWN) || asked < t->woke ||
		now - asked < path_late_after(p))
		return;
	rtt_sample(&p->rtt, now - asked, now);
	owd_sample(&p->owd_tx, &t->base_tx, recv_us - (uint32_t)(asked / WB_US), now);
}

void
peer_probe_reply(struct wb_tunnel *t, struct path *p, const struct wb_frame *f, wb_ns_t now)
{
	const struct remote_addr *a = remote_answered(&p->remote, f->probe.token, now);

	if (a == NULL)
		return;
	p->stats.replies++;
	late_answer(t, p, a->answered, f->probe.recv_us, now);
	t->data_at = 0; // what the limit held back may go now
	if (peer_settle_address(t, p, now) || a == &p->remote.cur)
		tunnel_set_state(t, p, path_answered(p, now), now);
}
