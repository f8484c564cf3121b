// SPDX-License-Identifier: BSD-3-Clause
// What the passing of time brings about, and when the next of it is due.
#include "tunnel.h"

// Tells whether some other path answered when this one should have. Otherwise it is the other end that is silent.
static bool
other_answers(struct wb_tunnel *t, const struct path *than, wb_ns_t now)
{
	if (now < t->resumed + TUNNEL_GRACE)
		return false;
	WB_FOREACH_PATH (t, p)
		if (p != than && WB_PATH_CARRIES(p) &&
			p->progress_at > than->in_flight.first_unanswered + than->rtt.srtt)
			return true;
	return false;
}

// Raises an event when nothing was heard for conf.silent_after, although something was asked.
static void
check_silence(struct wb_tunnel *t, wb_ns_t now)
{
	bool asked = false;

	if (!t->in_session || now < t->silent_at)
		return;
	t->silent_at = now + t->conf.silent_after;
	WB_FOREACH_PATH (t, p)
		asked |= p->last_eliciting > t->last_heard;
	if (!asked)
		return;
	t->silent = true;
	tunnel_event(t, &(struct wb_event){ .type = WB_EVENT_SILENT });
}

void
wb_tunnel_expire(struct wb_tunnel *t, wb_ns_t now)
{
	now = tunnel_clock(t, now);
	tunnel_release_done(t);
	WB_FOREACH_PATH (t, p) {
		tunnel_ack_expire(t, p, now);
		peer_settle_address(t, p, now);
		tunnel_set_state(t, p, path_aged(p, other_answers(t, p, now), now), now);
	}
	reorder_expire(t->reorder, now);
	equal_expire(&t->equal, now);
	playout_expire(t->playout, now);
	fragments_expire(t->fragments, now);
	if (t->fec)
		fec_rx_expire(&t->fec->rx, now);
	check_silence(t, now);
	states_update(t, now);
}

wb_ns_t
wb_tunnel_next_deadline(const struct wb_tunnel *t)
{
	wb_ns_t at = t->in_session ? t->data_at : WB_NEVER, d;
	bool active = tunnel_is_active(t, t->now);

#define EARLIER(x) (at = (d = (x)) < at ? d : at)
	EARLIER(reorder_next_deadline(t->reorder));
	EARLIER(playout_next_deadline(t->playout));
	EARLIER(equal_next_deadline(&t->equal));
	EARLIER(fragments_next_deadline(t->fragments));
	if (!t->in_session)
		return at;
	EARLIER(t->silent_at);
	EARLIER(states_next_deadline(t));
	if (t->resumed + TUNNEL_GRACE > t->now)
		EARLIER(t->resumed + TUNNEL_GRACE);
	EARLIER(tunnel_fec_next_deadline(t));
	if (t->closes || t->message_on)
		return 0;
	for (const struct path *p = t->paths; p < t->paths + WB_PATHS_MAX; p++) {
		if (p->closes)
			EARLIER(p->close_at);
		if (!WB_PATH_LIVES(p))
			continue;
		EARLIER(path_probe_due(p, active));
		EARLIER(path_pmtu_due(p));
		EARLIER(remote_next_deadline(
			&p->remote, path_late_after(p), WB_PATH_CARRIES(p), t->now));
		EARLIER(p->ack.due);
		EARLIER(p->in_flight.loss_at);
		EARLIER(path_aging_at(p, t->now));
		EARLIER(path_overdue_at(p));
		if (p->n_replies && in_flight_number_room(&p->in_flight))
			return 0;
	}
#undef EARLIER
	return at;
}
