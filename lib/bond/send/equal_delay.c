// SPDX-License-Identifier: BSD-3-Clause
// When flows get equal delay: their choice, the stalls, and the judgement of what a hold brings.
#include "equal_delay.h"

#include <string.h>

#define BATCH 64
#define STALL_MIN (20 * WB_MS)
#define VAIN 4   // stalls running without a longer window: the sender's does not grow by them
#define ROUNDS 4 // from one stall to the next: BBR remembers 5
#define HEAVY 16 // a flow counts that has one sample in so many
#define STEP (8 * WB_MS) // the hold follows a spread that shrinks by more
#define PAUSE_DOUBLINGS 5

void
equal_init(struct equal_delay *e, const struct equal_conf *conf)
{
	memset(e, 0, sizeof(*e));
	e->conf = *conf;
	e->at = WB_NEVER;
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
release(struct equal_delay *e)
{
	struct wb_pkt *batch[BATCH];
	unsigned n = 0;

	while (e->head) {
		batch[n++] = equal_take(e);
		if (n == BATCH || e->head == NULL) {
			e->conf.deliver(e->conf.ctx, batch, n);
			n = 0;
		}
	}
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

	release(e);
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
	release(e);
}

static void
idle(struct equal_delay *e, wb_ns_t now)
{
	enter(e, EQUAL_IDLE, now);
	e->n = 0;
	e->hold = 0;
}

// Bytes of the flows so far.
static uint64_t
total(const struct equal_delay *e)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < e->n; i++)
		sum += e->flows[i].bytes;
	return sum;
}

static uint64_t
rate(uint64_t bytes, wb_ns_t span)
{
	return bytes * 8 * (WB_SEC / WB_US) / (span / WB_US + 1);
}

static struct equal_flow *
find(struct equal_delay *e, uint32_t hash)
{
	for (unsigned i = 0; i < e->n; i++)
		if (e->flows[i].hash == hash)
			return &e->flows[i];
	return NULL;
}

static bool
was_tried(const struct equal_delay *e, uint32_t hash)
{
	for (unsigned i = 0; i < EQUAL_FLOWS; i++)
		if (e->tried[i] == hash)
			return true;
	return false;
}

// Keeps the flows that are on, or those that are answered.
static void
keep(struct equal_delay *e, bool on)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n; i++)
		if (on ? e->flows[i].on : e->flows[i].answered)
			e->flows[n++] = e->flows[i];
	e->n = n;
}

// It is not worth it for these flows. Those that were held before a try go on.
static void
give_up(struct equal_delay *e, wb_ns_t now)
{
	bool hold_on = e->state != EQUAL_HOLD;

	memset(e->tried, 0, sizeof(e->tried));
	for (unsigned i = 0; i < e->n; i++)
		e->tried[i] = e->flows[i].hash;
	e->pause = e->pause ? 2 * e->pause : EQUAL_PAUSE;
	if (e->pause > EQUAL_PAUSE << PAUSE_DOUBLINGS)
		e->pause = EQUAL_PAUSE << PAUSE_DOUBLINGS;
	e->after = now + e->pause;
	if (hold_on)
		keep(e, true);
	if (!hold_on || e->n == 0) {
		idle(e, now);
		return;
	}
	enter(e, EQUAL_HOLD, now);
	e->bps = e->held_bps;
	e->window_bytes = total(e);
}

// The flows that carry most. Returns whether that is half of all at least, and one of them is not held, nor was tried
// a short while ago.
static bool
choose(struct equal_delay *e, struct equal_flow *flows, unsigned *n, wb_ns_t now)
{
	unsigned of_them = 0, taken = e->sampled < EQUAL_SAMPLES ? e->sampled : EQUAL_SAMPLES;
	bool news = false;

	*n = 0;
	for (unsigned i = 0; i < taken && *n < EQUAL_FLOWS; i++) {
		uint32_t hash = e->samples[i];
		const struct equal_flow *held = find(e, hash);
		unsigned count = 0, k = 0;

		while (k < *n && flows[k].hash != hash)
			k++;
		if (k < *n)
			continue;
		for (k = 0; k < taken; k++)
			count += e->samples[k] == hash;
		if (count * HEAVY < taken)
			continue;
		of_them += count;
		flows[(*n)++] = (struct equal_flow){ .hash = hash, .on = held && held->on };
		news |= !held && (now >= e->after || !was_tried(e, hash));
	}
	return news && of_them * 2 >= taken;
}

static wb_ns_t
stall_of(wb_ns_t want)
{
	return want < STALL_MIN ? STALL_MIN : want < EQUAL_STALL_MOST ? want : EQUAL_STALL_MOST;
}

static void
begin_stall(struct equal_delay *e, wb_ns_t now)
{
	e->stalling = true;
	e->half = false;
	e->stall_bytes = total(e);
	e->at = now + e->stall / 2;
}

static void
grow(struct equal_delay *e, wb_ns_t now)
{
	e->bps = rate(total(e), now - e->since);
	keep(e, false);
	if (e->n == 0) {
		give_up(e, now);
		return;
	}
	enter(e, EQUAL_GROW, now);
	e->tries++;
	e->vain = 0;
	e->kept_on = 0;
	e->stall = stall_of(2 * e->view.rtt);
	begin_stall(e, now);
}

static void
hold(struct equal_delay *e, wb_ns_t now)
{
	bool joined = equal_held(e) > 0;

	enter(e, EQUAL_HOLD, now);
	e->granted++;
	e->renewed = now + EQUAL_RENEW;
	e->allowed = e->allowed > e->stall && e->hold ? e->allowed : e->stall;
	// What has paid need not pay once more since others join.
	e->bps = joined ? e->held_bps : e->bps;
	e->paid &= joined;
	e->best = 0;
	e->poor = 0;
	e->window_at = now + EQUAL_WINDOW;
	e->window_bytes = total(e);
	for (unsigned i = 0; i < e->n; i++)
		e->flows[i].on = true;
	e->at = now + ROUNDS * (e->view.spread + e->view.jitter + e->view.rtt) + WB_MS;
}

// A stall is over: did the flows keep sending?
static void
end_stall(struct equal_delay *e, wb_ns_t now)
{
	uint64_t bytes = total(e);
	wb_ns_t kept_on = (bytes - e->stall_bytes) * 8 * WB_MS / (e->bps / 1000 + 1);
	bool whole = rate(bytes - e->half_bytes, e->stall / 2) >= e->bps / 4 * 3;

	e->stalling = false;
	release(e);
	if (e->state == EQUAL_HOLD) {
		e->at = now >= e->renewed ? WB_NEVER
					  : now + ROUNDS * (e->hold + e->view.rtt) + WB_MS;
		e->stall = stall_of(e->hold + e->hold / 2);
		return;
	}
	e->at = now + 2 * e->view.rtt + WB_MS;
	e->vain = kept_on > e->kept_on + e->stall / 16 ? 0 : e->vain + 1;
	e->kept_on = kept_on > e->kept_on ? kept_on : e->kept_on;
	if (whole && e->stall == EQUAL_STALL_MOST)
		hold(e, now);
	else if (e->vain >= VAIN)
		give_up(e, now);
	else if (whole)
		e->stall = stall_of(2 * e->stall);
}

void
equal_expire(struct equal_delay *e, wb_ns_t now)
{
	if (now < e->at)
		return;
	if (!e->stalling) {
		begin_stall(e, now);
	} else if (!e->half) {
		e->half = true;
		e->half_bytes = total(e);
		e->at = now + e->stall - e->stall / 2;
	} else {
		end_stall(e, now);
	}
}

wb_ns_t
equal_next_deadline(const struct equal_delay *e)
{
	return e->at;
}

unsigned
equal_held(const struct equal_delay *e)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n; i++)
		n += e->flows[i].on;
	return n;
}

// What the hold has brought in a window.
static void
judge(struct equal_delay *e, wb_ns_t now)
{
	uint64_t bytes = total(e) - e->window_bytes, bps = rate(bytes, EQUAL_WINDOW);
	uint64_t alone = e->bps < e->view.quick ? e->bps : e->view.quick;
	bool settled = now > e->renewed + 4 * EQUAL_WINDOW;

	e->window_bytes += bytes;
	e->best = bps > e->best ? bps : e->best;
	e->poor = bps < alone / 4 * 3 ? e->poor + 1 : 0;
	if (bytes == 0) { // they have ended, or rest
		idle(e, now);
		return;
	}
	e->paid |= settled && e->best >= e->bps / 8 * 9;
	if (e->poor >= 3 || (settled && !e->paid)) {
		give_up(e, now);
		return;
	}
	if (e->paid)
		e->pause = 0;
	// The least round trip is now one with the hold: twice that fits the window.
	if (now >= e->renewed && e->hold == e->allowed && e->view.spread > e->allowed) {
		e->allowed = e->view.rtt + 2 * e->hold;
		e->renewed = now + EQUAL_RENEW;
	}
}

// Twice the round trip fits a sender's window anyway.
static bool
unequal(const struct equal_view *v)
{
	return v->spread > v->rtt / 2;
}

static bool
may_pay(const struct equal_delay *e, uint64_t sent)
{
	const struct equal_view *v = &e->view;
	uint64_t bps = rate(sent, EQUAL_WINDOW);

	return unequal(v) && bps >= v->quick / 8 * 7 && bps < v->all / 8 * 7 &&
	       sent < e->before / 8 * 9;
}

static void
end_window(struct equal_delay *e, wb_ns_t now)
{
	uint64_t sent = e->view.sent - e->window_sent;
	struct equal_flow flows[EQUAL_FLOWS];
	unsigned n;

	e->window_at = now + EQUAL_WINDOW;
	e->window_sent = e->view.sent;
	if (e->state == EQUAL_HOLD)
		judge(e, now);
	e->fits = may_pay(e, sent) ? e->fits + 1 : 0;
	e->before = sent;
	if ((e->state != EQUAL_IDLE && e->state != EQUAL_HOLD) || e->fits < 2 ||
		!choose(e, flows, &n, now))
		return;
	memcpy(e->flows, flows, n * sizeof(*flows));
	e->n = n;
	e->held_bps = e->bps;
	enter(e, EQUAL_LISTEN, now);
}

// The hold follows the paths, but not each wavering: a round trip that changes hides what a sender probes for.
static void
follow(struct equal_delay *e)
{
	wb_ns_t want = e->view.spread + e->view.jitter;

	want = want < e->allowed ? want : e->allowed;

	if (want > e->hold || want + STEP < e->hold)
		e->hold = want;
}

void
equal_tick(struct equal_delay *e, const struct equal_view *view, wb_ns_t now)
{
	if (e->conf.acknowledges == NULL)
		return;
	e->view = *view;
	e->sample_due = unequal(view);
	if (now >= e->window_at)
		end_window(e, now);
	if (e->state == EQUAL_LISTEN && now >= e->since + EQUAL_WINDOW / 2)
		grow(e, now);
	if (e->state != EQUAL_IDLE && view->spread == 0)
		idle(e, now);
	if (e->state == EQUAL_HOLD)
		follow(e);
}

wb_ns_t
equal_sent(struct equal_delay *e, const struct wb_pkt *pkt)
{
	struct equal_flow *f = find(e, pkt->hash);

	if (e->sample_due) {
		e->sample_due = false;
		e->samples[e->sampled++ % EQUAL_SAMPLES] = pkt->hash;
	}
	if (f == NULL)
		return 0;
	f->bytes += pkt->len;
	return f->on ? e->hold : 0;
}

unsigned
equal_received(struct equal_delay *e, struct wb_pkt **pkts, unsigned n)
{
	unsigned left = 0;

	if (!e->stalling && e->state != EQUAL_LISTEN)
		return n;
	for (unsigned i = 0; i < n; i++) {
		uint32_t hash = e->conf.acknowledges(e->conf.ctx, pkts[i]);
		struct equal_flow *f = hash ? find(e, hash) : NULL;

		if (f)
			f->answered = true;
		if (f && e->stalling)
			withhold(e, pkts[i]);
		else
			pkts[left++] = pkts[i];
	}
	if (e->withheld > e->limit)
		release(e);
	return left;
}
