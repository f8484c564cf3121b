// SPDX-License-Identifier: BSD-3-Clause
// When flows get equal delay: their choice, the stalls, and the judgement of what a hold brings.
#include "equal_delay.h"

#include <string.h>

#define BATCH 64

void
equal_init(struct equal_delay *e, const struct equal_conf *conf)
{
	memset(e, 0, sizeof(*e));
	e->conf = *conf;
	e->at = e->let_go_at = WB_NEVER;
	e->limit = EQUAL_WITHHELD;
}

void
equal_limit(struct equal_delay *e, uint32_t packets)
{
	e->limit = packets < EQUAL_WITHHELD ? packets : EQUAL_WITHHELD;
}

struct wb_pkt *
equal_take(struct equal_delay *e)
{
	struct wb_pkt *pkt = e->head;

	if (pkt == NULL)
		return NULL;
	e->head = pkt->next;
	pkt->next = NULL;
	e->withheld--;
	return pkt;
}

static void
release(struct equal_delay *e, uint32_t most)
{
	struct wb_pkt *batch[BATCH];
	unsigned n = 0;

	while (e->head && most > 0) {
		batch[n++] = equal_take(e);
		most--;
		if (n == BATCH || e->head == NULL || most == 0) {
			e->conf.deliver(e->conf.ctx, batch, n);
			n = 0;
		}
	}
}

// Delivers what is withheld, as much as may leave at once, and the rest soon.
static void
let_go(struct equal_delay *e, wb_ns_t now)
{
	release(e, EQUAL_AT_ONCE);
	e->let_go_at = e->head ? now + EQUAL_APART : WB_NEVER;
}

static void
withhold(struct equal_delay *e, struct wb_pkt *pkt)
{
	pkt->next = NULL;
	if (e->head)
		e->tail->next = pkt;
	else
		e->head = pkt;
	e->tail = pkt;
	e->withheld++;
}

void
equal_reset(struct equal_delay *e)
{
	struct equal_conf conf = e->conf;
	uint64_t tries = e->tries, granted = e->granted;
	uint32_t limit = e->limit;

	release(e, UINT32_MAX);
	equal_init(e, &conf);
	e->limit = limit;
	e->tries = tries;
	e->granted = granted;
}

static void
enter(struct equal_delay *e, enum equal_state state, wb_ns_t now)
{
	e->stalling = false;
	e->at = WB_NEVER;
	e->state = state;
	e->since = now;
	e->fits = 0;
	if (e->let_go_at == WB_NEVER)
		let_go(e, now);
}

static void
idle(struct equal_delay *e, wb_ns_t now)
{
	enter(e, EQUAL_IDLE, now);
	e->flows.n = 0;
	e->hold = 0;
}

static uint64_t
rate(uint64_t bytes, wb_ns_t span)
{
	return bytes * 8 * (WB_SEC / WB_US) / (span / WB_US + 1);
}

// Returns what part that is of what all paths bring, in 1/1024.
static uint32_t
part(uint64_t bps, uint64_t all)
{
	return (uint32_t)(bps / (all / 1024 + 1));
}

// Returns when to stall next, while flows are held.
static wb_ns_t
next_stall(const struct equal_delay *e, wb_ns_t now)
{
	return now + EQUAL_ROUNDS * (e->hold + e->view.rtt) + WB_MS;
}

// Gives up flows for which it is not worth it. Those that were held before a try go on.
static void
give_up(struct equal_delay *e, wb_ns_t now)
{
	bool hold_on = e->state != EQUAL_HOLD;

	equal_flows_tried(&e->flows);
	e->pause = e->pause ? 2 * e->pause : EQUAL_PAUSE;
	if (e->pause > EQUAL_PAUSE << EQUAL_PAUSE_DOUBLINGS)
		e->pause = EQUAL_PAUSE << EQUAL_PAUSE_DOUBLINGS;
	e->after = now + e->pause;
	if (hold_on)
		equal_flows_keep_held(&e->flows);
	if (!hold_on || e->flows.n == 0) {
		idle(e, now);
		return;
	}
	enter(e, EQUAL_HOLD, now);
	e->at = now < e->renewed ? next_stall(e, now) : WB_NEVER;
	e->bps = e->held_bps;
	e->window_bytes = equal_flows_bytes(&e->flows);
}

static wb_ns_t
stall_of(wb_ns_t want)
{
	return want < EQUAL_STALL_MIN    ? EQUAL_STALL_MIN
	       : want < EQUAL_STALL_MOST ? want
					 : EQUAL_STALL_MOST;
}

static void
begin_stall(struct equal_delay *e, wb_ns_t now)
{
	e->stalling = true;
	e->half = false;
	e->stall_bytes = equal_flows_bytes(&e->flows);
	e->at = now + e->stall / 2;
}

static void
grow(struct equal_delay *e, wb_ns_t now)
{
	unsigned n = e->flows.n;

	equal_flows_tried(&e->flows);
	equal_flows_keep_answered(&e->flows);
	if (e->flows.n < n && e->after < now + EQUAL_PAUSE)
		e->after = now + EQUAL_PAUSE; // those that are not answered
	e->bps = rate(equal_flows_bytes(&e->flows), now - e->since);
	e->part = part(e->bps, e->view.all);
	if (equal_held(e) == e->flows.n) { // none is left, or none that is news
		give_up(e, now);
		return;
	}
	enter(e, EQUAL_GROW, now);
	e->tries++;
	e->tried_spread = e->view.spread;
	e->tried_bps = e->bps;
	e->vain = 0;
	e->kept_on = 0;
	e->stall = stall_of(2 * e->view.rtt);
	begin_stall(e, now);
}

// Returns the longest hold that the senders' windows bear. They are twice the least round trip there was, and what
// stalls add.
static wb_ns_t
borne(const struct equal_delay *e)
{
	wb_ns_t extra = e->at == WB_NEVER ? 0 : e->extra;
	wb_ns_t window = (2 * (e->view.empty + e->least) + extra) / 8 * EQUAL_BEARS;

	return window > e->view.empty ? window - e->view.empty : 0;
}

// A hold that grows by much makes the window short anew: it takes stalls until the round trip has been measured.
static void
lengthened(struct equal_delay *e, wb_ns_t now)
{
	e->renewed = now + EQUAL_RENEW;
	if (e->at == WB_NEVER)
		e->at = next_stall(e, now);
}

// Lets the hold follow the paths, but not each wavering: a round trip that changes hides what a sender probes for,
// and what is let go in a moment takes EQUAL_RENEW to come back.
static void
follow(struct equal_delay *e, wb_ns_t now)
{
	wb_ns_t want = e->view.spread + e->view.jitter;

	if (e->hold < e->least || now >= e->renewed)
		e->least = e->hold;
	e->allowed = borne(e);
	want = want < e->allowed ? want : e->allowed;
	if (want > e->hold + EQUAL_STEP)
		lengthened(e, now);
	if (want > e->hold)
		e->hold = want;
	if (want + EQUAL_STEP >= e->hold) {
		e->shrinks_at = now + EQUAL_SHRINKS;
		e->shrinks_to = 0;
		return;
	}
	e->shrinks_to = want > e->shrinks_to ? want : e->shrinks_to;
	if (now >= e->shrinks_at)
		e->hold = e->shrinks_to;
}

static void
hold(struct equal_delay *e, wb_ns_t now)
{
	bool joined = equal_held(e) > 0;

	enter(e, EQUAL_HOLD, now);
	e->granted++;
	e->renewed = now + EQUAL_RENEW;
	e->extra = joined && e->extra < e->kept_on ? e->extra : e->kept_on;
	e->least = joined ? e->least : 0;
	// What has paid need not pay once more since others join.
	e->bps = joined ? e->held_bps : e->bps;
	e->paid &= joined;
	e->best = 0;
	e->poor = 0;
	e->window_at = now + EQUAL_WINDOW;
	e->window_bytes = equal_flows_bytes(&e->flows);
	equal_flows_hold(&e->flows);
	e->at = now;
	follow(e, now);
	e->at = next_stall(e, now);
}

// Ends a stall, and looks whether the flows kept sending.
static void
end_stall(struct equal_delay *e, wb_ns_t now)
{
	uint64_t bytes = equal_flows_bytes(&e->flows);
	wb_ns_t kept_on = (bytes - e->stall_bytes) * 8 * WB_MS / (e->bps / 1000 + 1);
	wb_ns_t enough;
	bool whole = rate(bytes - e->half_bytes, e->stall / 2) >= e->bps / 4 * 3;

	e->stalling = false;
	let_go(e, now);
	if (e->state == EQUAL_HOLD) {
		e->at = now < e->renewed ? next_stall(e, now) : WB_NEVER;
		e->stall = stall_of(e->hold + e->hold / 2);
		return;
	}
	kept_on = kept_on < e->stall ? kept_on : e->stall;
	e->at = now + 2 * e->view.rtt + WB_MS;
	enough = (e->view.spread < EQUAL_STALL_MOST ? e->view.spread : EQUAL_STALL_MOST) / 2;
	e->vain = kept_on > e->kept_on + e->stall / 16 ? 0 : e->vain + 1;
	e->kept_on = kept_on > e->kept_on ? kept_on : e->kept_on;
	if ((whole && e->stall == EQUAL_STALL_MOST) ||
		(e->vain >= EQUAL_VAIN && e->kept_on > enough))
		hold(e, now);
	else if (e->vain >= (e->kept_on < e->stall / 8 ? EQUAL_SHUT : EQUAL_VAIN))
		give_up(e, now);
	else if (whole)
		e->stall = stall_of(2 * e->stall);
}

void
equal_expire(struct equal_delay *e, wb_ns_t now)
{
	if (now >= e->let_go_at)
		let_go(e, now);
	if (now < e->at)
		return;
	if (!e->stalling) {
		begin_stall(e, now);
	} else if (!e->half) {
		e->half = true;
		e->half_bytes = equal_flows_bytes(&e->flows);
		e->at = now + e->stall - e->stall / 2;
	} else {
		end_stall(e, now);
	}
}

wb_ns_t
equal_next_deadline(const struct equal_delay *e)
{
	return e->at < e->let_go_at ? e->at : e->let_go_at;
}

// Judges what the hold has brought in a window.
static void
judge(struct equal_delay *e, wb_ns_t now)
{
	uint64_t bytes = equal_flows_bytes(&e->flows) - e->window_bytes,
		 bps = rate(bytes, EQUAL_WINDOW);
	uint64_t alone = e->bps < e->view.quick ? e->bps : e->view.quick;
	bool settled = now > e->renewed + 4 * EQUAL_WINDOW;

	e->window_bytes += bytes;
	e->best = bps > e->best ? bps : e->best;
	e->poor = bps < alone / 4 * 3 ? e->poor + 1 : 0;
	if (bytes == 0) { // they have ended, or rest
		idle(e, now);
		return;
	}
	e->paid |=
		settled && (e->best >= e->bps / 8 * 9 || part(bps, e->view.all) >= e->part / 8 * 9);
	if (e->poor >= EQUAL_POOR || (settled && !e->paid)) {
		give_up(e, now);
		return;
	}
	if (e->paid)
		e->pause = 0;
	equal_flows_drop_light(&e->flows);
	e->window_bytes = equal_flows_bytes(&e->flows);
}

// Twice the round trip fits a sender's window anyway.
static bool
unequal(const struct equal_view *v)
{
	return v->spread > v->empty / 2;
}

static bool
may_pay(const struct equal_delay *e, uint64_t sent)
{
	const struct equal_view *v = &e->view;
	uint64_t bps = rate(sent, EQUAL_WINDOW);

	return unequal(v) && bps >= v->quick / 8 * 7 &&
	       e->busy >= (v->spread > EQUAL_STALL_MOST ? EQUAL_BUSY_FAR : 0) &&
	       bps < v->all / 8 * 7 && sent < e->before / 8 * 9;
}

// Returns whether what was found in vain says nothing of now.
static bool
changed(const struct equal_delay *e, uint64_t sent)
{
	return e->view.spread > e->tried_spread / 2 * 3 ||
	       rate(sent, EQUAL_WINDOW) < e->tried_bps / 3 * 2;
}

static void
end_window(struct equal_delay *e, wb_ns_t now)
{
	uint64_t sent = e->view.sent - e->window_sent;
	bool late = now > e->window_at + EQUAL_WINDOW / 4;

	e->window_at = now + EQUAL_WINDOW;
	e->window_sent = e->view.sent;
	if (late) { // nobody called: the machine was suspended
		e->window_bytes = equal_flows_bytes(&e->flows);
		e->fits = 0;
		return;
	}
	if (e->state == EQUAL_HOLD)
		judge(e, now);
	e->busy = rate(sent, EQUAL_WINDOW) >= e->view.quick / 4 ? e->busy + 1 : 0;
	e->fits = may_pay(e, sent) ? e->fits + 1 : 0;
	e->before = sent;
	if ((e->state != EQUAL_IDLE && e->state != EQUAL_HOLD) ||
		e->fits < (e->view.spread > EQUAL_STALL_MOST ? 2 : 1) ||
		!equal_flows_choose(&e->flows, now >= e->after || changed(e, sent)))
		return;
	e->held_bps = e->bps;
	enter(e, EQUAL_LISTEN, now);
}

void
equal_tick(struct equal_delay *e, const struct equal_view *view, wb_ns_t now)
{
	if (e->conf.acknowledges == NULL)
		return;
	e->view = *view;
	e->flows.sample_due = unequal(view);
	if (now >= e->window_at)
		end_window(e, now);
	if (e->state == EQUAL_LISTEN && now >= e->since + EQUAL_WINDOW / 2)
		grow(e, now);
	if (e->state == EQUAL_HOLD)
		follow(e, now);
	// What shows no slower path for a moment may do so again.
	if (e->state != EQUAL_IDLE && view->spread == 0 && e->hold == 0) {
		if (e->state == EQUAL_HOLD && e->paid)
			idle(e, now);
		else
			give_up(e, now);
	}
}

wb_ns_t
equal_sent(struct equal_delay *e, const struct wb_pkt *pkt)
{
	const struct equal_flow *flow = equal_flows_sent(&e->flows, pkt->hash, pkt->len);

	return flow && flow->on ? e->hold : 0;
}

unsigned
equal_received(struct equal_delay *e, struct wb_pkt **pkts, unsigned n)
{
	unsigned left = 0;

	if (!e->stalling && e->head == NULL && e->state != EQUAL_LISTEN)
		return n;
	for (unsigned i = 0; i < n; i++) {
		uint32_t hash = e->conf.acknowledges(e->conf.ctx, pkts[i]);
		struct equal_flow *f = hash ? equal_flows_find(&e->flows, hash) : NULL;

		if (f)
			f->answered = true;
		// While others of its flow are let go, it waits behind them.
		if (hash && (e->stalling ? f != NULL : e->head != NULL))
			withhold(e, pkts[i]);
		else
			pkts[left++] = pkts[i];
	}
	if (e->withheld > e->limit)
		release(e, UINT32_MAX);
	return left;
}
