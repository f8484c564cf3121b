// SPDX-License-Identifier: BSD-3-Clause
// A sender is played in steps of a millisecond. It keeps sending for `slack` after the last acknowledgement; `grows`
// times a stall are added to that, as BBR does.
#include <stdlib.h>
#include <string.h>

#include "equal_delay.h"
#include "harness.h"

#define MBIT 1000000ull
#define LEN 1250 // bytes of a packet: one a ms is 10 Mbit/s
#define ACKS 100 // hash + ACKS is on the way back

struct sender {
	uint32_t hash;
	uint64_t mbit;
	wb_ns_t slack, acked, stopped;
	bool silent, grows;
};

static struct equal_delay e;
static struct equal_view view;
static struct sender senders[12];
static unsigned n_senders, n_out, n_in;
static wb_ns_t now, most_slack;
static uint32_t last_seq[2 * ACKS]; // of each flow

static uint32_t
acknowledges(void *ctx, const struct wb_pkt *pkt)
{
	(void)ctx;
	return pkt->host > ACKS ? pkt->host - ACKS : 0;
}

static void
acknowledged(const struct wb_pkt *pkt)
{
	for (unsigned i = 0; i < n_senders; i++) {
		struct sender *s = &senders[i];
		wb_ns_t late = now - s->acked;

		if (s->hash + ACKS != pkt->host)
			continue;
		if (s->grows && late > 10 * WB_MS && s->slack < late + 30 * WB_MS)
			s->slack = s->slack + late < most_slack ? s->slack + late : most_slack;
		s->acked = now;
	}
}

static void
deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	(void)ctx;
	CU_ASSERT(n > 0 && n <= 64);
	for (unsigned i = 0; i < n; i++) {
		CU_ASSERT_PTR_NULL(pkts[i]->next);
		CU_ASSERT(pkts[i]->seq > last_seq[pkts[i]->host % (2 * ACKS)]);
		last_seq[pkts[i]->host % (2 * ACKS)] = pkts[i]->seq;
		acknowledged(pkts[i]);
		free(pkts[i]);
		n_out++;
	}
}

static void
comes_back(const struct sender *s)
{
	struct wb_pkt *pkt = calloc(1, sizeof(*pkt));

	pkt->host = s->hash + ACKS;
	pkt->seq = ++n_in;
	pkt->len = 60;
	if (equal_received(&e, &pkt, 1))
		deliver(NULL, &pkt, 1);
}

static void
send(struct sender *s)
{
	struct wb_pkt pkt = { .hash = s->hash, .len = LEN };

	if (now > s->acked + s->slack)
		return;
	for (uint64_t i = 0; i < s->mbit / 10; i++) {
		equal_sent(&e, &pkt);
		view.sent += LEN;
	}
	if (!s->silent)
		comes_back(s);
}

static void
play(wb_ns_t span)
{
	for (wb_ns_t end = now + span; now < end; now += WB_MS) {
		equal_expire(&e, now);
		for (unsigned i = 0; i < n_senders; i++) {
			struct sender *s = &senders[(now / WB_MS / 20 + i) % n_senders];

			// A sender whose window is used up hears of it when the stall is over.
			if (!s->silent && now > s->acked + s->slack)
				comes_back(s);
			send(s);
		}
		if (now / WB_MS % (EQUAL_EVERY / WB_MS) == 0)
			equal_tick(&e, &view, now);
	}
}

// Frees what is withheld at the end of a test.
static void
free_withheld(void)
{
	for (struct wb_pkt *pkt; (pkt = equal_take(&e)) != NULL;)
		free(pkt);
}

// 60 Mbit/s at 7 ms, and 100 that take 46 ms longer.
static void
begin(unsigned n, uint64_t mbit, wb_ns_t slack)
{
	struct equal_conf conf = { .acknowledges = acknowledges, .deliver = deliver };

	free_withheld();
	equal_init(&e, &conf);
	now = 10 * WB_SEC;
	most_slack = WB_SEC;
	view = (struct equal_view){ 14 * WB_MS, 14 * WB_MS, 46 * WB_MS, 0, 60 * MBIT, 160 * MBIT,
		0 };
	n_senders = n;
	n_out = n_in = 0;
	memset(last_seq, 0, sizeof(last_seq));
	for (unsigned i = 0; i < n; i++)
		senders[i] = (struct sender){
			.hash = i + 1, .mbit = mbit, .slack = slack, .acked = now
		};
}

static wb_ns_t
held(uint32_t hash)
{
	struct wb_pkt pkt = { .hash = hash, .len = LEN };

	return equal_sent(&e, &pkt);
}

static void
window_that_grows(void)
{
	begin(1, 60, 14 * WB_MS);
	senders[0].grows = true;
	play(WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_IDLE);
	CU_ASSERT_EQUAL(held(1), 0);
	play(3 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	CU_ASSERT(senders[0].slack >= EQUAL_STALL_MOST * 3 / 4);
	CU_ASSERT_EQUAL(held(1), 46 * WB_MS);
	CU_ASSERT_EQUAL(held(2), 0);
	CU_ASSERT_NOT_EQUAL(equal_next_deadline(&e), WB_NEVER); // stalls go on
	// It follows the paths, not each wavering.
	view.spread = 42 * WB_MS;
	play(100 * WB_MS);
	CU_ASSERT_EQUAL(held(1), 46 * WB_MS);
	view.spread = 30 * WB_MS;
	play(2 * WB_SEC);
	CU_ASSERT_EQUAL(held(1), 46 * WB_MS);
	view.spread = 50 * WB_MS;
	play(100 * WB_MS);
	CU_ASSERT_EQUAL(held(1), 50 * WB_MS);
	view.spread = 30 * WB_MS;
	play(5 * WB_SEC);
	CU_ASSERT_EQUAL(held(1), 30 * WB_MS);
	view.spread = 50 * WB_MS;
	play(100 * WB_MS);
	CU_ASSERT_EQUAL(held(1), 50 * WB_MS);
	// It brings something, so it stays; the stalls end.
	senders[0].mbit = 140;
	play(EQUAL_RENEW + 4 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_HOLD);
	CU_ASSERT(e.paid);
	CU_ASSERT_EQUAL(equal_next_deadline(&e), WB_NEVER);
	CU_ASSERT_EQUAL(n_out, n_in);
	// No path is slower for a moment; none is left.
	view.spread = 0;
	play(2 * WB_SEC);
	CU_ASSERT_EQUAL(held(1), 50 * WB_MS);
	view.spread = 50 * WB_MS;
	play(2 * WB_SEC);
	CU_ASSERT_EQUAL(held(1), 50 * WB_MS);
	view.spread = 0;
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_IDLE);
	CU_ASSERT_EQUAL(held(1), 0);
}

// Paths that are far apart: no more than the window bears, which grows with the round trip that has been measured.
static void
far_apart(void)
{
	const wb_ns_t spread = 300 * WB_MS;
	wb_ns_t before = 0;
	unsigned steps = 0;

	begin(1, 60, 14 * WB_MS);
	view.spread = spread;
	senders[0].grows = true;
	// It takes EQUAL_RENEW until such a hold pays: not for a flow that is new.
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_IDLE);
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	CU_ASSERT(held(1) > 60 * WB_MS && held(1) <= EQUAL_STALL_MOST);
	senders[0].mbit = 100;
	for (unsigned i = 0; i < 400; i++) {
		play(100 * WB_MS);
		CU_ASSERT(held(1) >= before && held(1) <= spread);
		// BBR's probes find room for 5/4 of what is on the way.
		CU_ASSERT(
			held(1) <= before || (held(1) + 14 * WB_MS) * 5 / 4 <=
						     2 * (before + 14 * WB_MS) + EQUAL_STALL_MOST);
		steps += held(1) > before;
		before = held(1);
	}
	CU_ASSERT_EQUAL(before, spread);
	CU_ASSERT(steps <= 4);
	CU_ASSERT_EQUAL(e.state, EQUAL_HOLD);
	CU_ASSERT_EQUAL(equal_next_deadline(&e), WB_NEVER);
}

// A window that has grown by all that it can, and goes on for most of what the paths are apart, gets that much.
static void
window_that_grows_a_bit(void)
{
	begin(1, 60, 14 * WB_MS);
	senders[0].grows = true;
	most_slack = 80 * WB_MS;
	view.spread = 70 * WB_MS;
	play(5 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	CU_ASSERT(held(1) > 35 * WB_MS && held(1) <= 70 * WB_MS);
}

// CUBIC's does not: some stalls, then nothing for a while, longer each time.
static void
window_that_stays(void)
{
	unsigned tries = 0;
	wb_ns_t last = 0, gap = 0;

	begin(1, 60, 10 * WB_MS);
	for (unsigned i = 0; i < 1000; i++) {
		enum equal_state before = e.state;

		play(100 * WB_MS);
		CU_ASSERT_NOT_EQUAL_FATAL(e.state, EQUAL_HOLD);
		if (before != EQUAL_IDLE && e.state == EQUAL_IDLE) {
			CU_ASSERT(last == 0 || now - last > gap + WB_SEC);
			gap = last ? now - last : EQUAL_PAUSE - WB_SEC;
			last = now;
			tries++;
		}
	}
	CU_ASSERT(tries >= 3 && tries <= 4);
	CU_ASSERT_EQUAL(n_out, n_in);
	// Another flow need not wait.
	begin(1, 60, 10 * WB_MS);
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_IDLE);
	CU_ASSERT_NOT_EQUAL(e.after, 0);
	senders[0] = (struct sender){
		.hash = 9, .mbit = 60, .slack = 14 * WB_MS, .acked = now, .grows = true
	};
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_HOLD);
	CU_ASSERT_EQUAL(held(9), 46 * WB_MS);
}

// What was found in vain was found of paths and a rate that were others.
static void
others_by_now(void)
{
	for (unsigned i = 0; i < 3; i++) {
		begin(1, 60, 10 * WB_MS);
		play(4 * WB_SEC);
		CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_IDLE);
		CU_ASSERT_EQUAL_FATAL(e.tries, 1);
		senders[0].grows = true;
		if (i == 0)
			view.spread *= 2;
		if (i == 1) {
			senders[0].mbit = 30;
			view.quick = 30 * MBIT;
		}
		play(4 * WB_SEC);
		CU_ASSERT_EQUAL(e.state, i < 2 ? EQUAL_HOLD : EQUAL_IDLE);
	}
}

// Nothing is withheld where nothing is known to be an acknowledgement.
static void
nothing_comes_back(void)
{
	begin(1, 60, WB_SEC);
	senders[0].silent = true;
	for (unsigned i = 0; i < 200; i++) {
		senders[0].acked = now;
		play(50 * WB_MS);
		CU_ASSERT_FALSE(e.stalling);
		CU_ASSERT(e.state == EQUAL_IDLE || e.state == EQUAL_LISTEN);
	}
	equal_init(&e, &(struct equal_conf){ .deliver = deliver });
	play(5 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_IDLE);
}

static void
need_not(void)
{
	static const struct {
		uint64_t mbit;
		wb_ns_t spread;
	} cases[] = {
		{ 60, 7 * WB_MS },   // fits the window as it is
		{ 40, 46 * WB_MS },  // the quickest path is not filled
		{ 150, 46 * WB_MS }, // nearly all is used
		{ 60, 0 },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(1, cases[i].mbit, 14 * WB_MS);
		view.spread = cases[i].spread;
		for (unsigned k = 0; k < 100; k++) {
			play(50 * WB_MS);
			CU_ASSERT_EQUAL(e.state, EQUAL_IDLE);
		}
	}
	// Many flows, none of which matters.
	begin(12, 10, 14 * WB_MS);
	for (unsigned i = 0; i < 12; i++)
		senders[i].hash = 1;
	for (unsigned k = 0; k < 5000; k++) {
		senders[0].hash = 1000 + k; // a flow each ms
		n_senders = 1;
		senders[0].mbit = 60;
		play(WB_MS);
		CU_ASSERT_EQUAL(e.state, EQUAL_IDLE);
	}
}

// A hold that brings nothing, or takes something, ends. So does that of flows that rest.
static void
not_worth_it(void)
{
	begin(1, 60, 14 * WB_MS);
	senders[0].grows = true;
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	play(EQUAL_RENEW + 4 * WB_SEC);
	CU_ASSERT_NOT_EQUAL(e.state, EQUAL_HOLD);
	CU_ASSERT_EQUAL(held(1), 0);

	begin(1, 60, 14 * WB_MS);
	senders[0].grows = true;
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	senders[0].mbit = 30;
	play(2 * WB_SEC); // BBR looks for its round trip
	CU_ASSERT_EQUAL(e.state, EQUAL_HOLD);
	play(3 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_IDLE);
	CU_ASSERT_NOT_EQUAL(e.after, 0);

	begin(1, 60, 14 * WB_MS);
	senders[0].grows = true;
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	n_senders = 0;
	play(2 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_IDLE);
	CU_ASSERT_EQUAL(e.after, 0);
}

// A second flow comes in; one whose window does not grow leaves the first alone.
static void
joins(void)
{
	begin(1, 60, 14 * WB_MS);
	senders[0].grows = true;
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	senders[n_senders++] =
		(struct sender){ .hash = 2, .mbit = 30, .slack = 10 * WB_MS, .acked = now };
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_HOLD);
	CU_ASSERT_EQUAL(held(1), 46 * WB_MS);
	senders[n_senders++] = (struct sender){
		.hash = 3, .mbit = 30, .slack = 14 * WB_MS, .acked = now, .grows = true
	};
	senders[1].mbit = 0;
	play(5 * WB_SEC);
	CU_ASSERT_EQUAL(e.state, EQUAL_HOLD);
	CU_ASSERT_EQUAL(held(1), 46 * WB_MS);
	CU_ASSERT_EQUAL(held(3), 46 * WB_MS);
}

// A hold that has paid stays when another flow joins, or is tried in vain.
static void
joins_what_has_paid(void)
{
	for (unsigned grows = 0; grows < 2; grows++) {
		begin(1, 60, 14 * WB_MS);
		senders[0].grows = true;
		play(4 * WB_SEC);
		CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
		senders[0].mbit = 100;
		play(EQUAL_RENEW + 4 * WB_SEC);
		CU_ASSERT_FATAL(e.paid);
		senders[0].mbit = 60;
		senders[n_senders++] = (struct sender){ .hash = 2,
			.mbit = 70,
			.slack = grows ? 14 * WB_MS : 10 * WB_MS,
			.acked = now,
			.grows = grows };
		for (unsigned i = 0; i < 300; i++) {
			play(100 * WB_MS);
			CU_ASSERT_EQUAL(held(1), 46 * WB_MS);
		}
		CU_ASSERT_EQUAL(held(2), grows ? 46 * WB_MS : 0);
	}
}

// A slower path that comes and goes: what has brought nothing by then is tried less and less often.
static void
comes_and_goes(void)
{
	unsigned tries = 0;

	begin(1, 60, 14 * WB_MS);
	senders[0].grows = true;
	for (unsigned i = 0; i < 15; i++) {
		view.spread = 46 * WB_MS;
		play(6 * WB_SEC);
		view.spread = 0;
		play(6 * WB_SEC);
		CU_ASSERT_EQUAL(held(1), 0);
	}
	tries = (unsigned)e.tries;
	CU_ASSERT(tries >= 2 && tries <= 5);
	CU_ASSERT_EQUAL(n_out, n_in);
}

// One that sends little by now is held no longer; the others are.
static void
turned_interactive(void)
{
	begin(2, 60, 14 * WB_MS);
	senders[0].grows = senders[1].grows = true;
	play(5 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	CU_ASSERT_EQUAL_FATAL(held(2), 46 * WB_MS);
	senders[1].mbit = 0;
	senders[1].silent = true;
	for (unsigned i = 0; i < 50; i++) {
		held(2); // a packet each 100 ms
		play(100 * WB_MS);
	}
	CU_ASSERT_EQUAL(held(1), 46 * WB_MS);
	CU_ASSERT_EQUAL(held(2), 0);
}

// Half of what is sent is not acknowledged: the other half is measured by itself.
static void
half_is_unanswered(void)
{
	begin(2, 60, 14 * WB_MS);
	senders[0].grows = true;
	senders[1].silent = true;
	for (unsigned i = 0; i < 5000; i++) {
		senders[1].acked = now;
		play(WB_MS);
	}
	CU_ASSERT_EQUAL(e.state, EQUAL_HOLD);
	CU_ASSERT_EQUAL(held(1), 46 * WB_MS);
	CU_ASSERT_EQUAL(held(2), 0);
}

// Nobody called for a while: what was sent in that time says nothing.
static void
suspended(void)
{
	begin(1, 60, 14 * WB_MS);
	senders[0].grows = true;
	play(4 * WB_SEC);
	CU_ASSERT_EQUAL_FATAL(e.state, EQUAL_HOLD);
	for (unsigned i = 0; i < 8; i++) {
		now += 2 * WB_SEC;
		senders[0].acked = now;
		play(300 * WB_MS);
	}
	CU_ASSERT_EQUAL(e.state, EQUAL_HOLD);
	CU_ASSERT_EQUAL(e.poor, 0);
	CU_ASSERT(e.best < 70 * MBIT);
}

// Many acknowledgements do not come out at once: a card has room for so many.
static void
let_go_in_parts(void)
{
	struct sender s = { .hash = 1 };
	unsigned before;

	begin(1, 60, 14 * WB_MS);
	while (!e.stalling)
		play(WB_MS);
	n_senders = 0;
	for (unsigned i = 0; i < 4000; i++)
		comes_back(&s);
	while (e.stalling) {
		now = equal_next_deadline(&e);
		before = n_out;
		equal_expire(&e, now);
		CU_ASSERT(n_out - before <= EQUAL_AT_ONCE);
	}
	CU_ASSERT(n_out > 0 && n_out < n_in);
	comes_back(&s); // waits behind those
	while (n_out < n_in) {
		CU_ASSERT_FATAL(equal_next_deadline(&e) <= now + 2 * WB_MS);
		now = equal_next_deadline(&e);
		before = n_out;
		equal_expire(&e, now);
		CU_ASSERT(n_out > before && n_out - before <= EQUAL_AT_ONCE);
	}
	CU_ASSERT_EQUAL(e.withheld, 0);
}

// What is withheld is given back whole, and in order.
static void
withheld(void)
{
	struct sender s = { .hash = 1 };
	struct wb_pkt *pkt;

	begin(1, 60, 14 * WB_MS);
	while (!e.stalling)
		play(WB_MS);
	n_senders = 0;
	for (unsigned i = 0; i < 200; i++)
		comes_back(&s);
	CU_ASSERT(e.withheld >= 200);
	equal_reset(&e);
	CU_ASSERT_EQUAL(n_out, n_in);
	CU_ASSERT_EQUAL(e.withheld, 0);
	CU_ASSERT_EQUAL(equal_next_deadline(&e), WB_NEVER);

	begin(1, 60, 14 * WB_MS);
	while (!e.stalling)
		play(WB_MS);
	for (unsigned i = 0; i <= EQUAL_WITHHELD; i++)
		comes_back(&s);
	CU_ASSERT(n_out > EQUAL_WITHHELD);
	comes_back(&s);
	CU_ASSERT_PTR_NOT_NULL(pkt = equal_take(&e));
	free(pkt);
	free_withheld();
	CU_ASSERT_EQUAL(e.withheld, 0);
}

static const struct harness_test tests[] = {
	{ "window that grows", window_that_grows },
	{ "far apart", far_apart },
	{ "window that grows a bit", window_that_grows_a_bit },
	{ "window that stays", window_that_stays },
	{ "others by now", others_by_now },
	{ "nothing comes back", nothing_comes_back },
	{ "need not", need_not },
	{ "not worth it", not_worth_it },
	{ "joins", joins },
	{ "joins what has paid", joins_what_has_paid },
	{ "comes and goes", comes_and_goes },
	{ "turned interactive", turned_interactive },
	{ "half is unanswered", half_is_unanswered },
	{ "suspended", suspended },
	{ "let go in parts", let_go_in_parts },
	{ "withheld", withheld },
};

int
main(void)
{
	int r = HARNESS_RUN("equal_delay", tests);

	free_withheld();
	return r;
}
