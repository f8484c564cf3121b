// SPDX-License-Identifier: BSD-3-Clause
// The reorder buffer beside a model of it that searches lists and remembers everything: the same
// packets must come out of both at the same step, the same deadline must be next.
// Input: four bytes a step: what (2 bits bucket, 2 class, 4 kind), a value, a signed 16-bit distance.
#include <string.h>

#include "fuzz.h"
#include "reorder.h"

#define BUCKETS 4
#define LIMIT 24 // packets held
#define W REORDER_WINDOW
#define KNOWN 65536 // > 2 W
#define OUT_MAX 4096

struct held {
	uint32_t seq;
	uint8_t sclass;
	wb_ns_t seen; // when the first packet at or behind it arrived
};

struct model_bucket {
	bool started;
	uint32_t next, top;
	unsigned n;
	struct held held[LIMIT + 1]; // by sequence
	uint32_t known_seq[KNOWN];
	uint8_t known[KNOWN];
};

// What came out: bucket in the top bits; a drop has bit 40.
struct out {
	unsigned n;
	uint64_t what[OUT_MAX];
};

static struct model_bucket model[BUCKETS];
static wb_ns_t hold[WB_CLASS_COUNT];
static struct out real_out, model_out;
static struct wb_pkt pool[FUZZ_INPUT_MAX];
static void *memory[2];
static unsigned n_memory;

static void
came(struct out *out, unsigned bucket, uint32_t seq, bool dropped)
{
	FUZZ_CHECK(out->n < OUT_MAX);
	out->what[out->n++] = (uint64_t)bucket << 48 | (uint64_t)dropped << 40 | seq;
}

static void
real_deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		came(&real_out, pkts[i]->bucket, pkts[i]->seq, false);
		memset(pkts[i], 0x5a, sizeof(*pkts[i])); // nobody may look at it any more
	}
}

static void
real_drop(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)ctx;
	(void)reason;
	came(&real_out, pkt->bucket, pkt->seq, true);
	memset(pkt, 0x5a, sizeof(*pkt));
}

static void *
real_alloc(void *ctx, size_t size)
{
	(void)ctx;
	FUZZ_CHECK(n_memory < 2);
	return memory[n_memory++] = calloc(1, size);
}

static bool
known(const struct model_bucket *b, uint32_t seq)
{
	return b->known[seq % KNOWN] && b->known_seq[seq % KNOWN] == seq;
}

static void
learn(struct model_bucket *b, uint32_t seq)
{
	b->known[seq % KNOWN] = 1;
	b->known_seq[seq % KNOWN] = seq;
	if ((int32_t)(seq - b->top) >= 0)
		b->top = seq + 1;
}

static void
model_advance(struct model_bucket *b)
{
	while (b->next != b->top && known(b, b->next)) {
		if (b->n && b->held[0].seq == b->next) {
			came(&model_out, (unsigned)(b - model), b->next, false);
			memmove(b->held, b->held + 1, --b->n * sizeof(b->held[0]));
		}
		b->next++;
	}
}

static void
model_give_up(struct model_bucket *b)
{
	b->next = b->held[0].seq;
	model_advance(b);
}

static void
model_start(struct model_bucket *b, uint32_t seq)
{
	b->started = true;
	b->next = b->top = seq;
	memset(b->known, 0, sizeof(b->known));
}

static wb_ns_t
model_deadline(const struct model_bucket *b)
{
	wb_ns_t at = b->n ? b->held[0].seen + hold[b->held[0].sclass] : WB_NEVER;

	return b->n && at < b->held[0].seen ? WB_NEVER - 1 : at;
}

static wb_ns_t
model_next(void)
{
	wb_ns_t at = WB_NEVER;

	for (unsigned i = 0; i < BUCKETS; i++)
		at = model_deadline(&model[i]) < at ? model_deadline(&model[i]) : at;
	return at;
}

static void
model_hold(struct model_bucket *b, uint32_t seq, uint8_t sclass, wb_ns_t now)
{
	unsigned i = b->n, total = 1;

	while (i > 0 && (int32_t)(b->held[i - 1].seq - seq) > 0)
		i--;
	memmove(b->held + i + 1, b->held + i, (b->n - i) * sizeof(b->held[0]));
	b->held[i] = (struct held){ seq, sclass, i < b->n ? b->held[i + 1].seen : now };
	b->n++;
	for (unsigned k = 0; k < BUCKETS; k++)
		total += model[k].n;
	if (total <= LIMIT + 1)
		return;
	for (unsigned k = 0; k < BUCKETS; k++)
		if (model[k].n && model_deadline(&model[k]) == model_next()) {
			model_give_up(&model[k]);
			return;
		}
}

static void
model_received(unsigned bucket, uint32_t seq, uint8_t sclass, wb_ns_t now)
{
	struct model_bucket *b = &model[bucket];

	if (!b->started)
		model_start(b, seq < 1024 ? 0 : seq);
	if ((int32_t)(seq - b->top) >= W || (int32_t)(seq - b->next) < -(1 << 20)) {
		while (b->n)
			model_give_up(b);
		model_start(b, seq);
	}
	if ((int32_t)(b->top - seq) > W || known(b, seq)) {
		came(&model_out, bucket, seq, true);
		return;
	}
	while ((int32_t)(seq - b->next) >= W) {
		if (b->n) {
			model_give_up(b);
		} else {
			b->next = seq - (W - 1);
			model_advance(b);
		}
	}
	learn(b, seq);
	if (sclass != WB_CLASS_REALTIME && (int32_t)(seq - b->next) > 0) {
		model_hold(b, seq, sclass, now);
		while (model_deadline(b) <= now)
			model_give_up(b);
		return;
	}
	came(&model_out, bucket, seq, false);
	if ((int32_t)(seq - b->next) > 0 && !b->n)
		b->next = seq;
	model_advance(b);
}

static void
model_expire(wb_ns_t now)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		while (model_deadline(&model[i]) <= now)
			model_give_up(&model[i]);
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a >> 48, y = *(const uint64_t *)b >> 48;

	return x < y ? -1 : x > y;
}

// Between buckets the order is nobody's concern: stable by bucket.
static void
sort(struct out *out)
{
	for (unsigned i = 1; i < out->n; i++)
		for (unsigned k = i; k > 0 && compare(&out->what[k - 1], &out->what[k]) > 0; k--) {
			uint64_t w = out->what[k];

			out->what[k] = out->what[k - 1];
			out->what[k - 1] = w;
		}
}

static void
check_same(const struct reorder *r)
{
	unsigned held = 0;

	sort(&real_out);
	sort(&model_out);
	FUZZ_CHECK(real_out.n == model_out.n);
	FUZZ_CHECK(memcmp(real_out.what, model_out.what, real_out.n * sizeof(uint64_t)) == 0);
	real_out.n = model_out.n = 0;
	for (unsigned i = 0; i < BUCKETS; i++)
		held += model[i].n;
	FUZZ_CHECK(reorder_stats(r)->held == held && held <= LIMIT);
	FUZZ_CHECK(reorder_next_deadline(r) == model_next());
}

// Deadlines of two buckets must never be the same, or it is open which one goes at the limit: the
// clock is never the same twice and hold times differ by less than its step.
static void
step(struct reorder *r, const uint8_t *op, struct wb_pkt *pkt, wb_ns_t *now)
{
	unsigned bucket = op[0] & 3, kind = op[0] >> 4;
	int16_t distance = (int16_t)(op[2] | op[3] << 8);
	uint32_t seq = model[bucket].top;

	*now += 1000;
	if (kind == 15) {
		reorder_reset(r, *now);
		for (unsigned i = 0; i < BUCKETS; i++) {
			while (model[i].n)
				model_give_up(&model[i]);
			model[i].started = false;
		}
	} else if (kind >= 13) {
		hold[WB_CLASS_DEFAULT] = op[1] * 2000ull;
		hold[WB_CLASS_BULK] = op[2] == 255 ? 1ull << 50 | 1 : op[2] * 2000ull + 1;
		reorder_set_hold(r, hold);
	} else if (kind >= 10) {
		*now += op[1] * 100000ull;
		reorder_expire(r, *now);
		model_expire(*now);
	} else {
		if (kind < 6)
			seq += (uint32_t)((int8_t)op[1] / (kind < 4 ? 8 : 1));
		else if (kind == 9)
			seq += (uint32_t)distance * 65536u;
		else
			seq += (uint32_t)distance;
		*pkt = (struct wb_pkt){ .seq = seq,
			.bucket = (uint16_t)bucket,
			.sclass = (op[0] >> 2 & 3) % WB_CLASS_COUNT };
		model_received(bucket, seq, pkt->sclass, *now);
		reorder_received(r, pkt, *now);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reorder_conf conf = { LIMIT, 7, real_alloc, real_deliver, real_drop, NULL, NULL };
	static struct reorder *r;
	wb_ns_t now = 1000;

	if (!r)
		r = reorder_create(&conf);
	FUZZ_CHECK(r != NULL);
	hold[WB_CLASS_DEFAULT] = 10 * WB_MS;
	hold[WB_CLASS_BULK] = 100 * WB_MS + 1;
	reorder_set_hold(r, hold);
	for (unsigned i = 0; i < BUCKETS; i++)
		model[i].started = false;
	for (size_t i = 0; i + 4 <= size && i < FUZZ_INPUT_MAX; i += 4) {
		step(r, data + i, &pool[i / 4], &now);
		check_same(r);
	}
	reorder_flush(r, WB_DROP_CLOSED); // buckets start anew
	for (unsigned i = 0; i < BUCKETS; i++)
		for (; model[i].n; model[i].n--)
			came(&model_out, i, model[i].held[model[i].n - 1].seq, true);
	FUZZ_CHECK(real_out.n == model_out.n && reorder_stats(r)->held == 0);
	FUZZ_CHECK(reorder_next_deadline(r) == WB_NEVER);
	real_out.n = model_out.n = 0;
	return 0;
}

size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	uint32_t x = i * 2654435761u + 1;

	if (i >= 12)
		return 0;
	for (unsigned k = 0; k < FUZZ_INPUT_MAX; k++) {
		x ^= x << 13, x ^= x >> 17, x ^= x << 5;
		buf[k] = (uint8_t)(x >> 8);
		if (k % 4 == 0) // kinds: mostly packets near the top, some of one bucket only
			buf[k] = (uint8_t)((x >> 24) % 3 ? buf[k] & (i % 2 ? 0x3c : 0x3f)
							 : buf[k] & (i % 4 < 3 ? 0xdf : 0xff));
	}
	return i % 3 == 0 ? 256 : FUZZ_INPUT_MAX;
}
