// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "reorder.h"

#define D WB_CLASS_DEFAULT
#define R WB_CLASS_REALTIME
#define B WB_CLASS_BULK
#define W REORDER_WINDOW

// A buffer with what came out of it, as text: "7 8 9", duplicates as "x7". Packets are freed when
// they leave, so that a sanitizer sees who looks at them later.
struct bench {
	struct reorder *r;
	void *memory[2];
	unsigned n_memory, refuse;
	unsigned delivered, dropped, last_reason, largest;
	uint32_t last;
	uint16_t last_bucket;
	bool text_off;
	char out[4096];
};

static void *
bench_alloc(void *ctx, size_t size)
{
	struct bench *b = ctx;

	if (b->refuse && b->n_memory + 1 == b->refuse)
		return NULL;
	return b->memory[b->n_memory++] = calloc(1, size);
}

static void
bench_text(struct bench *b, const char *mark, uint32_t seq)
{
	size_t len = strlen(b->out);

	if (!b->text_off && len < sizeof(b->out) - 16)
		snprintf(b->out + len, sizeof(b->out) - len, "%s%s%u", len ? " " : "", mark, seq);
}

static void
bench_deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct bench *b = ctx;

	CU_ASSERT_TRUE(n > 0 && n <= 64);
	b->largest = n > b->largest ? n : b->largest;
	for (unsigned i = 0; i < n; i++) {
		bench_text(b, "", pkts[i]->seq);
		b->last = pkts[i]->seq;
		b->last_bucket = pkts[i]->bucket;
		b->delivered++;
		free(pkts[i]);
	}
}

static void
bench_drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	struct bench *b = ctx;

	bench_text(b, "x", pkt->seq);
	b->dropped++;
	b->last_reason = reason;
	free(pkt);
}

// Holds 10 ms by default, 100 ms in bulk.
static struct bench *
bench_open(uint32_t packets)
{
	static const wb_ns_t hold[WB_CLASS_COUNT] = { 10 * WB_MS, 0, 100 * WB_MS };
	struct bench *b = calloc(1, sizeof(*b));
	struct reorder_conf conf = { packets, 7, bench_alloc, bench_deliver, bench_drop, b, NULL };

	b->r = reorder_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->r);
	reorder_set_hold(b->r, hold);
	return b;
}

static void
bench_close(struct bench *b)
{
	reorder_flush(b->r, WB_DROP_CLOSED);
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held, 0);
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), WB_NEVER);
	free(b->memory[0]);
	free(b->memory[1]);
	free(b);
}

static void
receive(struct bench *b, uint16_t bucket, uint32_t seq, uint8_t sclass, wb_ns_t now)
{
	struct wb_pkt *pkt = calloc(1, sizeof(*pkt));

	pkt->bucket = bucket;
	pkt->seq = seq;
	pkt->sclass = sclass;
	reorder_received(b->r, pkt, now);
}

static const char *
text(struct bench *b)
{
	static char out[4096];

	memcpy(out, b->out, sizeof(out));
	b->out[0] = 0;
	return out;
}

#define EXPIRE 0xffff // instead of a class: let time pass

struct step {
	unsigned ms;
	uint32_t seq;
	unsigned sclass;
	const char *out;
	unsigned deadline; // ms; 0: none
};

static const struct {
	const char *what;
	struct step steps[12];
	unsigned n;
	unsigned gaps, late, duplicates;
} scripts[] = {
#define STEPS(...) { __VA_ARGS__ }, sizeof((struct step[]){ __VA_ARGS__ }) / sizeof(struct step)
	{ "in order", STEPS({ 1, 0, D, "0", 0 }, { 1, 1, B, "1", 0 }, { 2, 2, R, "2", 0 }), 0, 0,
		0 },
	{ "a gap is filled",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 2, D, "", 12 }, { 3, 3, D, "", 12 },
			{ 4, 1, D, "1 2 3", 0 }),
		0, 0, 0 },
	{ "a gap is given up",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 3, D, "", 12 }, { 11, 0, EXPIRE, "", 12 },
			{ 12, 0, EXPIRE, "3", 0 }, { 13, 4, D, "4", 0 }, { 14, 2, D, "2", 0 },
			{ 15, 2, D, "x2", 0 }, { 16, 1, D, "1", 0 }),
		2, 2, 1 },
	{ "duplicates",
		STEPS({ 1, 0, D, "0", 0 }, { 1, 0, D, "x0", 0 }, { 2, 2, D, "", 12 },
			{ 3, 2, D, "x2", 12 }, { 4, 1, D, "1 2", 0 }, { 5, 2, D, "x2", 0 },
			{ 5, 1, R, "x1", 0 }),
		0, 0, 4 },
	{ "each gap has its own deadline",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 2, D, "", 12 }, { 5, 4, D, "", 12 },
			{ 7, 6, D, "", 12 }, { 12, 0, EXPIRE, "2", 15 }, { 13, 3, D, "3 4", 17 },
			{ 17, 0, EXPIRE, "6", 0 }),
		2, 0, 0 },
	{ "a gap split later was seen at the beginning",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 6, D, "", 12 }, { 8, 3, D, "", 12 },
			{ 9, 1, D, "1", 12 }, { 12, 0, EXPIRE, "3 6", 0 }),
		3, 0, 0 },
	{ "expiry goes on up to the next gap that may wait",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 2, D, "", 12 }, { 2, 4, D, "", 12 },
			{ 8, 5, D, "", 12 }, { 9, 7, D, "", 12 }, { 14, 0, EXPIRE, "2 4 5", 19 },
			{ 15, 6, D, "6 7", 0 }),
		2, 0, 0 },
	{ "bulk waits longer",
		STEPS({ 1, 0, B, "0", 0 }, { 2, 2, B, "", 102 }, { 50, 3, D, "", 102 },
			{ 102, 0, EXPIRE, "2 3", 0 }),
		1, 0, 0 },
	{ "the packet behind tells the class: a new head may shorten it",
		STEPS({ 1, 0, B, "0", 0 }, { 2, 3, B, "", 102 }, { 3, 2, D, "", 12 },
			{ 12, 0, EXPIRE, "2 3", 0 }),
		1, 0, 0 },
	{ "realtime is not held",
		STEPS({ 1, 0, R, "0", 0 }, { 2, 2, R, "2", 0 }, { 3, 1, R, "1", 0 },
			{ 3, 1, R, "x1", 0 }, { 4, 3, R, "3", 0 }),
		1, 1, 1 },
	{ "realtime passes others that wait",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 2, D, "", 12 }, { 3, 3, R, "3", 12 },
			{ 4, 5, R, "5", 12 }, { 5, 6, D, "", 12 }, { 6, 1, D, "1 2", 15 },
			{ 6, 3, D, "x3", 15 }, { 15, 0, EXPIRE, "6", 0 }),
		1, 0, 1 },
	{ "realtime after others have gone",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 2, D, "", 12 }, { 3, 5, R, "5", 12 },
			{ 4, 1, D, "1 2", 0 }, { 5, 7, R, "7", 0 }, { 6, 8, D, "8", 0 }),
		3, 0, 0 },
	{ "the first packets overtake each other",
		STEPS({ 1, 3, D, "", 11 }, { 2, 1, D, "", 11 }, { 3, 0, D, "0 1", 11 },
			{ 4, 2, D, "2 3", 0 }),
		0, 0, 0 },
	{ "a bucket begins anywhere",
		STEPS({ 1, 5000, D, "5000", 0 }, { 2, 5001, D, "5001", 0 },
			{ 3, 4999, D, "4999", 0 }, { 4, 4999, D, "x4999", 0 }),
		0, 1, 1 },
	{ "32 bits wrap",
		STEPS({ 1, 0xfffffffe, D, "4294967294", 0 }, { 2, 1, D, "", 12 },
			{ 3, 0, D, "", 12 }, { 4, 0xffffffff, D, "4294967295 0 1", 0 },
			{ 5, 0xffffffff, D, "x4294967295", 0 }, { 6, 3, D, "", 16 },
			{ 16, 0, EXPIRE, "3", 0 }, { 17, 2, D, "2", 0 }),
		1, 1, 1 },
	{ "just within the window",
		STEPS({ 1, 0, D, "0", 0 }, { 2, W, D, "", 12 }, { 3, 1, D, "1", 12 },
			{ 4, W + 1, D, "", 12 }, { 12, 0, EXPIRE, "16384 16385", 0 },
			{ 13, 1, D, "x1", 0 }, { 13, 2, D, "2", 0 }),
		W - 2, 1, 1 },
	{ "the window slides: the oldest gap is given up",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 2, B, "", 102 }, { 3, 4, B, "", 102 },
			{ 4, W + 1, B, "2", 103 }, { 5, 1, B, "x1", 103 }, { 6, 3, B, "3 4", 104 }),
		1, 0, 1 },
	{ "the window slides right up to the packet",
		STEPS({ 1, 0, D, "0", 0 }, { 2, W, B, "", 102 }, { 3, W + 1, B, "16384 16385", 0 },
			{ 4, W + 2, B, "16386", 0 }),
		W - 1, 0, 0 },
	{ "a jump ahead: go on from there",
		STEPS({ 1, 0, D, "0", 0 }, { 2, 2, B, "", 102 }, { 3, W + 3, B, "2 16387", 0 },
			{ 4, W + 4, B, "16388", 0 }, { 5, 1, D, "x1", 0 }),
		1, 0, 1 },
	{ "a jump back: go on from there",
		STEPS({ 1, 9000000, D, "9000000", 0 }, { 2, 9000002, B, "", 102 },
			{ 3, 0, B, "9000002 0", 0 }, { 4, 1, B, "1", 0 }),
		1, 0, 0 },
	{ "far behind is taken for a duplicate",
		STEPS({ 1, 100000, D, "100000", 0 }, { 2, 100001 - W, D, "83617", 0 },
			{ 3, 100000 - W, D, "x83616", 0 }),
		0, 1, 1 },
	{ "no such class", STEPS({ 1, 0, 77, "0", 0 }, { 2, 2, 77, "", 12 }), 0, 0, 0 },
};

static void
test_scripts(void)
{
	for (unsigned i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct bench *b = bench_open(1000);
		const struct reorder_stats *s = reorder_stats(b->r);

		for (unsigned k = 0; k < scripts[i].n; k++) {
			const struct step *step = &scripts[i].steps[k];
			wb_ns_t deadline = step->deadline ? step->deadline * WB_MS : WB_NEVER;
			const char *out;

			if (step->sclass == EXPIRE)
				reorder_expire(b->r, step->ms * WB_MS);
			else
				receive(b, 7, step->seq, (uint8_t)step->sclass, step->ms * WB_MS);
			out = text(b);
			if (strcmp(out, step->out) || reorder_next_deadline(b->r) != deadline)
				fprintf(stderr, "%s, step %u: '%s', deadline %llu us\n",
					scripts[i].what, k, out,
					(unsigned long long)reorder_next_deadline(b->r) / 1000);
			CU_ASSERT_STRING_EQUAL(out, step->out);
			CU_ASSERT_EQUAL(reorder_next_deadline(b->r), deadline);
		}
		if (s->gaps != scripts[i].gaps || s->late != scripts[i].late ||
			s->duplicates != scripts[i].duplicates)
			fprintf(stderr, "%s: gaps %u late %u duplicates %u\n", scripts[i].what,
				(unsigned)s->gaps, (unsigned)s->late, (unsigned)s->duplicates);
		CU_ASSERT_EQUAL(s->gaps, scripts[i].gaps);
		CU_ASSERT_EQUAL(s->late, scripts[i].late);
		CU_ASSERT_EQUAL(s->duplicates, scripts[i].duplicates);
		bench_close(b);
	}
}

static void
test_buckets_apart(void)
{
	struct bench *b = bench_open(1000);

	receive(b, 1, 0, D, 0);
	receive(b, 1, 2, D, 1 * WB_MS);
	receive(b, 2, 0, D, 2 * WB_MS);
	receive(b, 2, 1, D, 2 * WB_MS);
	receive(b, 1023, 1, D, 3 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 0 1");
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held, 2);
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), 11 * WB_MS);
	reorder_expire(b->r, 11 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "2");
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), 13 * WB_MS);
	receive(b, 1023, 0, D, 12 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 1");
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), WB_NEVER);
	bench_close(b);
}

// A small table, where the same sequences of two buckets share a chain.
static void
test_shared_chains(void)
{
	struct bench *b = bench_open(10);

	receive(b, 1, 1, D, 1 * WB_MS);
	receive(b, 65, 1, D, 2 * WB_MS);
	receive(b, 129, 2, D, 3 * WB_MS);
	receive(b, 65, 2, D, 3 * WB_MS);
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held, 4);
	receive(b, 1, 0, D, 4 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 1");
	CU_ASSERT_EQUAL(b->last_bucket, 1);
	receive(b, 65, 0, D, 4 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 1 2");
	CU_ASSERT_EQUAL(b->last_bucket, 65);
	receive(b, 129, 0, D, 5 * WB_MS);
	receive(b, 129, 1, D, 5 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 1 2");
	CU_ASSERT_EQUAL(b->last_bucket, 129);
	bench_close(b);
}

static void
test_set_hold(void)
{
	struct bench *b = bench_open(1000);
	wb_ns_t hold[WB_CLASS_COUNT] = { 50 * WB_MS, 0, WB_NEVER };

	receive(b, 1, 1, D, 1 * WB_MS);
	receive(b, 2, 1, B, 1 * WB_MS);
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), 11 * WB_MS);
	reorder_set_hold(b->r, hold); // gaps that stand follow
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), 51 * WB_MS);
	receive(b, 3, 1, D, 2 * WB_MS);
	reorder_expire(b->r, 51 * WB_MS);
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), 52 * WB_MS);
	reorder_expire(b->r, 1000 * WB_SEC);
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held, 1); // the bulk one waits for ever
	hold[D] = 0;
	reorder_set_hold(b->r, hold);
	text(b);
	receive(b, 4, 5, D, 1000 * WB_SEC); // at once
	CU_ASSERT_STRING_EQUAL(text(b), "5");
	bench_close(b);
}

// Beyond the limit the gap with the earliest deadline goes, whoever's it is.
static void
test_limit(void)
{
	struct bench *b = bench_open(3);

	receive(b, 1, 1, D, 1 * WB_MS);
	receive(b, 2, 1, D, 2 * WB_MS);
	receive(b, 2, 2, D, 3 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "");
	receive(b, 2, 4, D, 4 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "1");
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held, 3);
	receive(b, 2, 6, D, 5 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "1 2");
	receive(b, 2, 3, D, 6 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "3 4");
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held, 1);
	bench_close(b);

	b = bench_open(0); // holds nothing
	receive(b, 1, 9, D, 0);
	CU_ASSERT_STRING_EQUAL(text(b), "9");
	bench_close(b);
}

static void
test_batches(void)
{
	struct bench *b = bench_open(1000);

	for (uint32_t seq = 1; seq <= 300; seq++)
		receive(b, 1, seq, D, WB_MS);
	CU_ASSERT_EQUAL(b->delivered, 0);
	receive(b, 1, 0, D, 2 * WB_MS);
	CU_ASSERT_EQUAL(b->delivered, 301);
	CU_ASSERT_EQUAL(b->last, 300);
	CU_ASSERT_EQUAL(b->largest, 64);
	// Held for 1 ms: [4] is 512 to 1024 us.
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held_us[WB_CLASS_DEFAULT][4], 300);
	receive(b, 1, 302, B, 10 * WB_MS);
	reorder_expire(b->r, 110 * WB_MS);
	receive(b, 1, 304, B, 110 * WB_MS);
	receive(b, 1, 303, B, 110 * WB_MS);
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held_us[WB_CLASS_BULK][11], 1);
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held_us[WB_CLASS_BULK][0], 1);
	bench_close(b);
}

static void
test_reset_flush(void)
{
	struct bench *b = bench_open(1000);

	receive(b, 1, 0, D, 0);
	receive(b, 1, 2, D, 0);
	receive(b, 1, 4, D, 0);
	receive(b, 5, 1, D, 0);
	text(b);
	reorder_reset(b->r, WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "2 4 1");
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), WB_NEVER);
	receive(b, 1, 1, D, 2 * WB_MS); // the new session's sequences, nothing remembered
	receive(b, 1, 0, D, 2 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 1");
	for (uint32_t seq = 4000; seq < 4010; seq++)
		receive(b, 8, seq, D, 2 * WB_MS);
	reorder_reset(b->r, 3 * WB_MS);
	receive(b, 8, 4005, D, 3 * WB_MS);
	text(b);
	receive(b, 8, 4004, D, 3 * WB_MS); // not the one of the session before
	CU_ASSERT_STRING_EQUAL(text(b), "4004");
	receive(b, 1, 0, D, 3 * WB_MS);
	receive(b, 1, 1, D, 3 * WB_MS);
	text(b);
	receive(b, 1, 3, D, 3 * WB_MS);
	receive(b, 1, 5, D, 3 * WB_MS);
	reorder_flush(b->r, WB_DROP_CLOSED);
	CU_ASSERT_STRING_EQUAL(text(b), "x3 x5");
	CU_ASSERT_EQUAL(b->last_reason, WB_DROP_CLOSED);
	CU_ASSERT_EQUAL(reorder_stats(b->r)->held, 0);
	bench_close(b);
}

static void
test_no_memory(void)
{
	for (unsigned refuse = 1; refuse <= 2; refuse++) {
		struct bench b = { .refuse = refuse };
		struct reorder_conf conf = { 10, 7, bench_alloc, bench_deliver, bench_drop, &b,
			NULL };

		CU_ASSERT_PTR_NULL(reorder_create(&conf));
		free(b.memory[0]);
	}
}

// Three paths of different delay with loss and copies, several buckets that cross the wrap: what goes
// in comes out once or is a duplicate; without loss the order is perfect.
static void
run_paths(unsigned loss_percent, uint64_t seed)
{
	enum { BUCKETS = 5, N = 20000, SLOTS = 64 };
	struct bench *b = bench_open(4000);
	const struct reorder_stats *s = reorder_stats(b->r);
	static uint8_t pending[SLOTS][BUCKETS * 4][2]; // arrivals by ms mod SLOTS: bucket, used
	static uint32_t pending_seq[SLOTS][BUCKETS * 4];
	static unsigned n_pending[SLOTS];
	uint32_t seq[BUCKETS];
	uint64_t x = seed;
	unsigned sent = 0, copies = 0, lost = 0, wrong = 0;

	memset(n_pending, 0, sizeof(n_pending));
	b->text_off = true;
	for (unsigned i = 0; i < BUCKETS; i++)
		seq[i] = 0u - 1500 * (i + 1);
	for (unsigned ms = 1; ms <= N + SLOTS; ms++) {
		unsigned slot = ms % SLOTS;

		for (unsigned i = 0; i < n_pending[slot]; i++)
			receive(b, pending[slot][i][0], pending_seq[slot][i], B, ms * WB_MS);
		n_pending[slot] = 0;
		if (reorder_next_deadline(b->r) <= ms * WB_MS)
			reorder_expire(b->r, ms * WB_MS);
		wrong += reorder_next_deadline(b->r) <= ms * WB_MS;
		for (unsigned i = 0; i < BUCKETS && ms <= N; i++) {
			static const unsigned delay[] = { 5, 20, 45 };
			unsigned tries = 1;

			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			sent++;
			if (ms > 1 && (x >> 8) % 100 < loss_percent) {
				lost++;
				seq[i]++;
				continue;
			}
			tries += (x >> 16) % 10 == 0;
			copies += tries - 1;
			for (unsigned k = 0; k < tries; k++) {
				unsigned at = (ms + (ms == 1 ? 1
							     : delay[(x >> (24 + 4 * k)) % 3])) %
					      SLOTS,
					 n = n_pending[at];

				if (n == BUCKETS * 4) {
					wrong++;
					continue;
				}
				pending[at][n][0] = (uint8_t)i;
				pending_seq[at][n] = seq[i];
				n_pending[at]++;
			}
			seq[i]++;
		}
	}
	reorder_expire(b->r, (N + 1000) * WB_MS);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(b->delivered, sent - lost);
	CU_ASSERT_EQUAL(b->dropped, copies);
	CU_ASSERT_EQUAL(s->duplicates, copies);
	CU_ASSERT_EQUAL(s->late, 0); // 100 ms of hold against 40 of spread
	CU_ASSERT_TRUE(s->gaps <= lost && s->gaps + 5 * BUCKETS >= lost); // but those at the end
	CU_ASSERT_EQUAL(s->held, 0);
	bench_close(b);
}

static void
test_paths(void)
{
	run_paths(0, 88172645463325252ull);
	run_paths(3, 0x9e3779b97f4a7c15ull);
	run_paths(60, 0xdeadbeefcafef00dull);
}

// What is missing can still come until the paths have brought something later.
static uint32_t horizon_us;

static bool
bench_passed(void *ctx, uint32_t sent_us, wb_ns_t now)
{
	(void)ctx;
	(void)now;
	return (int32_t)(horizon_us - sent_us) > 0;
}

static struct bench *
bench_open_paths(void)
{
	static const wb_ns_t hold[WB_CLASS_COUNT] = { 10 * WB_MS, 0, 100 * WB_MS };
	struct bench *b = calloc(1, sizeof(*b));
	struct reorder_conf conf = { 100, 7, bench_alloc, bench_deliver, bench_drop, b,
		bench_passed };

	b->r = reorder_create(&conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->r);
	reorder_set_hold(b->r, hold);
	reorder_set_spread(b->r, 20 * WB_MS);
	horizon_us = 0;
	return b;
}

static void
receive_sent(struct bench *b, uint32_t seq, uint32_t sent_us, wb_ns_t now)
{
	struct wb_pkt *pkt = calloc(1, sizeof(*pkt));

	pkt->bucket = 1;
	pkt->seq = seq;
	pkt->rx.sent_us = sent_us;
	reorder_received(b->r, pkt, now);
}

// 1 is on a path that has slowed down: no deadline by the usual spread gives it up.
static void
test_gap_open(void)
{
	struct bench *b = bench_open_paths();

	receive_sent(b, 0, 1000, 100 * WB_MS);
	receive_sent(b, 2, 1200, 100 * WB_MS);
	for (wb_ns_t now = 100 * WB_MS; now < 280 * WB_MS; now += 5 * WB_MS)
		reorder_expire(b->r, now);
	CU_ASSERT_STRING_EQUAL(text(b), "0");
	receive_sent(b, 1, 1100, 280 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "1 2");
	CU_ASSERT_EQUAL(reorder_stats(b->r)->gaps, 0);
	receive_sent(b, 4, 2000, 300 * WB_MS);
	reorder_expire(b->r, 300 * WB_MS + REORDER_WAIT);
	CU_ASSERT_STRING_EQUAL(text(b), "");
	reorder_expire(b->r, 310 * WB_MS + REORDER_WAIT); // for ever it is not waited for
	CU_ASSERT_STRING_EQUAL(text(b), "4");
	bench_close(b);
}

// The time for a resend runs from when the loss is certain, which may be before the spread has passed.
static void
test_gap_lost(void)
{
	struct bench *b = bench_open_paths();

	receive_sent(b, 0, 1000, 100 * WB_MS);
	receive_sent(b, 2, 1200, 100 * WB_MS);
	horizon_us = 1201;
	receive_sent(b, 3, 1300, 104 * WB_MS);
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), 114 * WB_MS);
	horizon_us = 0; // what was lost stays so
	receive_sent(b, 4, 1400, 105 * WB_MS);
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), 114 * WB_MS);
	reorder_expire(b->r, 114 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 2 3 4");
	bench_close(b);
}

// Behind a gap that is filled late another one is found: it was lost long ago.
static void
test_gap_behind(void)
{
	struct bench *b = bench_open_paths();

	receive_sent(b, 0, 1000, 100 * WB_MS);
	receive_sent(b, 2, 1200, 100 * WB_MS);
	receive_sent(b, 4, 1400, 101 * WB_MS);
	horizon_us = 1500;
	receive_sent(b, 1, 1600, 125 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 1 2");
	CU_ASSERT_EQUAL(
		reorder_next_deadline(b->r), 131 * WB_MS); // seen at 101, spread 20, hold 10
	reorder_expire(b->r, 131 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "4");
	bench_close(b);
}

// A packet sent again left late: what is missing before it left no later than what is behind it.
static void
test_gap_before_resend(void)
{
	struct bench *b = bench_open_paths();

	receive_sent(b, 0, 1000, 100 * WB_MS);
	receive_sent(b, 3, 1300, 101 * WB_MS);
	receive_sent(b, 2, 9000, 102 * WB_MS);
	horizon_us = 1400;
	reorder_expire(b->r, 112 * WB_MS);
	CU_ASSERT_EQUAL(reorder_next_deadline(b->r), 122 * WB_MS);
	reorder_expire(b->r, 122 * WB_MS);
	CU_ASSERT_STRING_EQUAL(text(b), "0 2 3");
	bench_close(b);
}

static const struct harness_test tests[] = {
	{ "scripts", test_scripts },
	{ "buckets stand apart", test_buckets_apart },
	{ "shared chains", test_shared_chains },
	{ "hold times", test_set_hold },
	{ "limit", test_limit },
	{ "batches", test_batches },
	{ "reset and flush", test_reset_flush },
	{ "no memory", test_no_memory },
	{ "three paths", test_paths },
	{ "a gap stays open", test_gap_open },
	{ "a gap is lost", test_gap_lost },
	{ "a gap behind", test_gap_behind },
	{ "a gap before a resend", test_gap_before_resend },
};

int
main(void)
{
	return HARNESS_RUN("reorder", tests);
}
