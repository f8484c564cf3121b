// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "fragment.h"
#include "harness.h"

#define LEN 4000

// A packet with its payload behind it: byte i of an inner packet is pattern(seq, i).
struct piece {
	struct wb_pkt pkt;
	uint8_t bytes[2 * LEN];
	uint32_t filled;
};

struct bench {
	struct fragments *f;
	void *memory;
	bool refuse_memory;
	unsigned joins, drops[WB_DROP_COUNT];
};

static uint8_t
pattern(uint32_t seq, uint32_t i)
{
	return (uint8_t)(seq * 7 + i + (i >> 8));
}

static void *
bench_alloc(void *ctx, size_t size)
{
	struct bench *b = ctx;

	return b->refuse_memory ? NULL : (b->memory = calloc(1, size));
}

static void
bench_drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	struct bench *b = ctx;

	b->drops[reason]++;
	free(pkt);
}

static void
bench_join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	struct bench *b = ctx;
	struct piece *h = (struct piece *)head, *t = (struct piece *)tail;
	uint32_t n = t->filled - tail->rx.off;

	CU_ASSERT_EQUAL(n, tail->len);
	CU_ASSERT_TRUE_FATAL(h->filled + n <= sizeof(h->bytes));
	memcpy(h->bytes + h->filled, t->bytes + tail->rx.off, n);
	h->filled += n;
	b->joins++;
	free(tail);
}

static struct bench *
bench_open(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->f = fragments_create(7, bench_alloc, bench_drop, bench_join, b);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->f);
	return b;
}

static void
bench_close(struct bench *b)
{
	fragments_flush(b->f, WB_DROP_CLOSED);
	CU_ASSERT_EQUAL(fragments_next_deadline(b->f), WB_NEVER);
	free(b->memory);
	free(b);
}

// Receives [from, to) of a packet of total bytes, with 16 bytes of frames before. Returns the whole
// packet's length once complete (its payload checked), else 0.
static uint32_t
receive(struct bench *b, uint32_t seq, unsigned from, unsigned to, unsigned total, wb_ns_t now)
{
	struct piece *p = calloc(1, sizeof(*p));
	struct wb_pkt *whole;
	uint32_t len, wrong = 0;

	p->pkt.rx.off = 16;
	p->pkt.len = to - from;
	p->pkt.seq = seq;
	p->pkt.bucket = 9;
	for (unsigned i = from; i < to; i++)
		p->bytes[16 + i - from] = pattern(seq, i);
	p->filled = 16 + to - from;
	whole = fragments_received(b->f, &p->pkt, (uint16_t)total, (uint16_t)from, now);
	if (!whole)
		return 0;
	p = (struct piece *)whole;
	len = whole->len;
	CU_ASSERT_EQUAL(p->filled - whole->rx.off, len);
	CU_ASSERT_EQUAL(whole->seq, seq);
	CU_ASSERT_PTR_NULL(whole->next);
	for (unsigned i = 0; i < len; i++)
		wrong += p->bytes[whole->rx.off + i] != pattern(seq, i);
	CU_ASSERT_EQUAL(wrong, 0);
	free(whole);
	return len;
}

static const struct {
	const char *what;
	unsigned total;
	struct {
		unsigned from, to;
	} pieces[20];
	unsigned n;        // pieces
	unsigned complete; // at which piece, from 1; 0: never
	unsigned duplicate, bad;
} cases[] = {
	{ "whole", 1000, { { 0, 1000 } }, 1, 1, 0, 0 },
	{ "in order", 1000, { { 0, 400 }, { 400, 800 }, { 800, 1000 } }, 3, 3, 0, 0 },
	{ "backward", 1000, { { 800, 1000 }, { 400, 800 }, { 0, 400 } }, 3, 3, 0, 0 },
	{ "duplicate", 1000, { { 0, 400 }, { 0, 400 }, { 400, 1000 } }, 3, 3, 1, 0 },
	{ "one is missing", 1000, { { 0, 400 }, { 401, 1000 } }, 2, 0, 0, 0 },
	{ "cut elsewhere, front known", 1400, { { 0, 1000 }, { 0, 700 }, { 700, 1400 } }, 3, 3, 1,
		0 },
	{ "cut elsewhere, end known", 1400, { { 500, 1400 }, { 700, 1400 }, { 0, 700 } }, 3, 3, 1,
		0 },
	{ "middle known", 1400, { { 400, 500 }, { 0, 700 }, { 650, 1400 } }, 3, 3, 1, 0 },
	{ "over two", 1400, { { 0, 500 }, { 900, 1400 }, { 400, 1000 } }, 3, 3, 0, 0 },
	{ "over several", 1400,
		{ { 100, 200 }, { 300, 400 }, { 600, 700 }, { 50, 650 }, { 0, 60 }, { 690, 1400 } },
		6, 6, 2, 0 },
	{ "past the total", 1000, { { 0, 400 }, { 800, 1001 }, { 400, 1000 } }, 3, 3, 0, 1 },
	{ "beginning at the total", 1000, { { 1000, 1001 } }, 1, 0, 0, 1 },
	{ "empty", 1000, { { 5, 5 } }, 1, 0, 0, 1 },
	{ "largest", 65535, { { 0, 4000 }, { 61535, 65535 } }, 2, 0, 0, 0 },
	{ "sixteen", 1600,
		{ { 0, 100 }, { 100, 200 }, { 200, 300 }, { 300, 400 }, { 400, 500 }, { 500, 600 },
			{ 600, 700 }, { 700, 800 }, { 800, 900 }, { 900, 1000 }, { 1000, 1100 },
			{ 1100, 1200 }, { 1200, 1300 }, { 1300, 1400 }, { 1400, 1500 },
			{ 1500, 1600 } },
		16, 16, 0, 0 },
	{ "seventeenth", 1700,
		{ { 0, 100 }, { 100, 200 }, { 200, 300 }, { 300, 400 }, { 400, 500 }, { 500, 600 },
			{ 600, 700 }, { 700, 800 }, { 800, 900 }, { 900, 1000 }, { 1000, 1100 },
			{ 1100, 1200 }, { 1200, 1300 }, { 1300, 1400 }, { 1400, 1500 },
			{ 1500, 1600 }, { 1600, 1700 } },
		17, 0, 0, 1 },
};

static void
test_cases(void)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench *b = bench_open();

		for (unsigned k = 0; k < cases[i].n; k++) {
			uint32_t len = receive(b, 0xfffffff0u + i, cases[i].pieces[k].from,
				cases[i].pieces[k].to, cases[i].total, i);

			if (len != (k + 1 == cases[i].complete ? cases[i].total : 0))
				fprintf(stderr, "%s, piece %u: %u\n", cases[i].what, k, len);
			CU_ASSERT_EQUAL(len, k + 1 == cases[i].complete ? cases[i].total : 0);
		}
		CU_ASSERT_EQUAL(b->drops[WB_DROP_DUPLICATE], cases[i].duplicate);
		CU_ASSERT_EQUAL(b->drops[WB_DROP_BAD_FRAME], cases[i].bad);
		if (cases[i].complete)
			CU_ASSERT_EQUAL(fragments_next_deadline(b->f), WB_NEVER);
		bench_close(b);
	}
}

static void
test_totals_differ(void)
{
	struct bench *b = bench_open();

	CU_ASSERT_EQUAL(receive(b, 1, 0, 400, 1000, 0), 0);
	CU_ASSERT_EQUAL(receive(b, 1, 400, 900, 900, 0), 0);
	CU_ASSERT_EQUAL(b->drops[WB_DROP_BAD_FRAME], 1);
	CU_ASSERT_EQUAL(receive(b, 1, 400, 1000, 1000, 0), 1000);
	bench_close(b);
}

static void
test_interleaved(void)
{
	struct bench *b = bench_open();

	for (uint32_t seq = 0; seq < FRAGMENT_SLOTS; seq++)
		CU_ASSERT_EQUAL(receive(b, seq, 0, 500, 1000, seq), 0);
	CU_ASSERT_EQUAL(fragments_next_deadline(b->f), FRAGMENT_TIMEOUT);
	for (uint32_t seq = FRAGMENT_SLOTS; seq-- > 0;)
		CU_ASSERT_EQUAL(receive(b, seq, 500, 1000, 1000, 100), 1000);
	CU_ASSERT_EQUAL(b->joins, FRAGMENT_SLOTS);
	CU_ASSERT_EQUAL(fragments_next_deadline(b->f), WB_NEVER);
	bench_close(b);
}

static void
test_oldest_goes(void)
{
	struct bench *b = bench_open();

	for (uint32_t seq = 0; seq <= FRAGMENT_SLOTS; seq++)
		receive(b, seq, 0, 500, 1000, seq);
	CU_ASSERT_EQUAL(b->drops[WB_DROP_FRAGMENT_TIMEOUT], 1);
	CU_ASSERT_EQUAL(fragments_next_deadline(b->f), 1 + FRAGMENT_TIMEOUT);
	CU_ASSERT_EQUAL(receive(b, 1, 500, 1000, 1000, 100), 1000); // the second is there
	CU_ASSERT_EQUAL(receive(b, 0, 500, 1000, 1000, 100), 0);    // the first is not
	CU_ASSERT_EQUAL(fragments_next_deadline(b->f), 2 + FRAGMENT_TIMEOUT);
	fragments_expire(b->f, 1 + FRAGMENT_TIMEOUT);
	CU_ASSERT_EQUAL(b->drops[WB_DROP_FRAGMENT_TIMEOUT], 1);
	fragments_expire(b->f, 3 + FRAGMENT_TIMEOUT);
	CU_ASSERT_EQUAL(b->drops[WB_DROP_FRAGMENT_TIMEOUT], 3);
	fragments_expire(b->f, FRAGMENT_SLOTS + FRAGMENT_TIMEOUT);
	CU_ASSERT_EQUAL(b->drops[WB_DROP_FRAGMENT_TIMEOUT], FRAGMENT_SLOTS + 1);
	CU_ASSERT_EQUAL(fragments_next_deadline(b->f), WB_NEVER);
	bench_close(b);
}

// A peer that cuts small and never ends a packet holds so many pieces and no more.
static void
test_pieces_bounded(void)
{
	struct bench *b = bench_open();
	unsigned sent = 0, held;

	for (uint32_t seq = 0; seq < 1000; seq++)
		for (uint16_t i = 0; i < 10; i++, sent++)
			receive(b, seq, 2u * i, 2u * i + 1, 1000, 0);
	held = sent - b->drops[WB_DROP_FRAGMENT_TIMEOUT];
	CU_ASSERT_TRUE(held <= FRAGMENT_PIECES_ALL + FRAGMENT_PIECES);
	CU_ASSERT_TRUE(held > FRAGMENT_PIECES_ALL - FRAGMENT_PIECES);
	bench_close(b);
}

static void
test_flush(void)
{
	struct bench *b = bench_open(), none = { .refuse_memory = true };

	receive(b, 1, 0, 500, 1500, 0);
	receive(b, 1, 500, 1000, 1500, 0);
	receive(b, 2, 0, 500, 1500, 0);
	fragments_flush(b->f, WB_DROP_CLOSED);
	CU_ASSERT_EQUAL(b->drops[WB_DROP_CLOSED], 3);
	CU_ASSERT_EQUAL(receive(b, 2, 500, 1500, 1500, 0), 0);
	CU_ASSERT_EQUAL(receive(b, 2, 0, 500, 1500, 0), 1500);
	bench_close(b);
	CU_ASSERT_PTR_NULL(fragments_create(7, bench_alloc, bench_drop, bench_join, &none));
}

// Packets cut at random, twice, in random order, some lost: every one whose bytes are all there comes
// out whole, and nothing leaks.
static void
test_random(void)
{
	struct bench *b = bench_open();
	uint64_t x = 88172645463325252ull;
	unsigned missed = 0, whole = 0;

	for (uint32_t seq = 0; seq < 3000; seq++) {
		struct {
			unsigned from, to;
		} cut[16];
		static uint8_t have[LEN];
		unsigned n = 0, covered = 0, total, out = 0;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		total = 100 + x % (LEN - 100);
		memset(have, 0, sizeof(have));
		for (unsigned set = 0; set < 2; set++) {
			for (unsigned at = 0; at < total && n < 8 * (set + 1);) {
				x ^= x << 13, x ^= x >> 7, x ^= x << 17;
				cut[n].from = at;
				at += 1 + x % (total - 1);
				if (at > total || n == 8 * (set + 1) - 1)
					at = total;
				cut[n].to = at;
				n += (x >> 40) % 4 > 0;
			}
		}
		for (; n > 0 && !out; n--) {
			unsigned k = (x >> 10) % n;

			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			for (unsigned i = cut[k].from; i < cut[k].to; i++) {
				covered += !have[i];
				have[i] = 1;
			}
			out = receive(b, seq, cut[k].from, cut[k].to, total, seq);
			missed += (out == total) != (covered == total);
			cut[k] = cut[n - 1];
		}
		whole += out > 0;
	}
	CU_ASSERT_EQUAL(missed, 0);
	CU_ASSERT_TRUE(whole > 1000);
	CU_ASSERT_EQUAL(b->drops[WB_DROP_BAD_FRAME], 0);
	bench_close(b);
}

static const struct harness_test tests[] = {
	{ "cases", test_cases },
	{ "totals differ", test_totals_differ },
	{ "interleaved", test_interleaved },
	{ "the oldest goes", test_oldest_goes },
	{ "pieces are bounded", test_pieces_bounded },
	{ "flush", test_flush },
	{ "cut at random", test_random },
};

int
main(void)
{
	return HARNESS_RUN("fragment", tests);
}
