// SPDX-License-Identifier: BSD-3-Clause
// Finds flows that behave as calls do (docs/design/flow-class.md).
#include "flow_class.h"

#include "wb_wire.h"

#define SETS 512
#define WAYS 4

struct flow {
	wb_ns_t last; // packet
	uint32_t level;
	wb_ns_t good_at;
	wb_ns_t demoted_until;
	uint64_t window; // number of the window that `bytes` is of
	uint32_t bytes, bytes_before;
	uint32_t epoch; // second in which it was counted as realtime
	uint8_t packets;
	bool realtime; // by behaviour
};

// What a look-up reads is together.
struct set {
	uint32_t hash[WAYS];
	wb_ns_t last[WAYS]; // packet; 0: entry not used
	struct flow flows[WAYS];
};

struct flow_class {
	uint64_t cap;                        // bytes/s
	wb_ns_t paid_until;                  // what has been sent uses up the cap until then
	uint32_t epoch, flows, flows_before; // realtime flows in this second and the one before
	uint64_t demoted;
	struct set table[SETS];
};

struct flow_class *
flow_class_create(void *(*alloc)(void *ctx, size_t size), void *ctx)
{
	struct flow_class *c = alloc(ctx, sizeof(*c));

	if (c == NULL)
		return NULL;
	flow_class_set_cap(c, 0);
	return c;
}

void
flow_class_set_cap(struct flow_class *c, uint64_t bps)
{
	c->cap = bps / 8 > FLOW_CLASS_CAP_MIN ? bps / 8 : FLOW_CLASS_CAP_MIN;
}

uint64_t
flow_class_demoted(const struct flow_class *c)
{
	return c->demoted;
}

static struct set *
set_of(struct flow_class *c, uint32_t hash)
{
	return &c->table[(hash * 0x9e3779b1u) >> 23];
}

_Static_assert(SETS == 1u << (32 - 23), "the index in set_of()");

void
flow_class_prefetch(struct flow_class *c, uint32_t hash)
{
	__builtin_prefetch(set_of(c, hash), 1);
}

static struct flow *
find(struct flow_class *c, uint32_t hash, wb_ns_t now)
{
	struct set *set = set_of(c, hash);
	unsigned oldest = 0;

	for (unsigned i = 0; i < WAYS; i++) {
		if (set->last[i] && set->hash[i] == hash) {
			set->last[i] = now ? now : 1;
			return &set->flows[i];
		}
		if (set->last[i] < set->last[oldest])
			oldest = i;
	}
	set->hash[oldest] = hash;
	set->last[oldest] = now ? now : 1;
	set->flows[oldest] = (struct flow){ .last = now, .good_at = now + FLOW_CLASS_NEW };
	return &set->flows[oldest];
}

static uint64_t
bytes_in(uint64_t rate, wb_ns_t span)
{
	span = span < 60 * WB_SEC ? span : 60 * WB_SEC; // no overflow up to 2.4 Tbit/s
	return rate * (span / WB_US) / 1000000;
}

static void
behave(struct flow *f, uint32_t len, uint32_t cost, wb_ns_t now)
{
	wb_ns_t pause = now > f->last ? now - f->last : 0;
	uint64_t drained = bytes_in(FLOW_CLASS_RATE, pause);

	f->level = (f->level > drained ? f->level - (uint32_t)drained : 0) + cost;
	f->last = now;
	if (pause >= (f->realtime ? FLOW_CLASS_SILENT : FLOW_CLASS_PAUSE)) {
		f->realtime = false;
		f->packets = 0;
		if (f->good_at < now + FLOW_CLASS_NEW)
			f->good_at = now + FLOW_CLASS_NEW;
	}
	if (len > FLOW_CLASS_SIZE || f->level > FLOW_CLASS_BURST) {
		if (f->level > FLOW_CLASS_BURST)
			f->level = FLOW_CLASS_BURST;
		f->realtime = false;
		f->packets = 0;
		f->good_at = now + FLOW_CLASS_PENALTY;
		return;
	}
	f->packets += f->packets < FLOW_CLASS_PACKETS;
	if (f->packets == FLOW_CLASS_PACKETS && now >= f->good_at)
		f->realtime = true;
}

static void
count_second(struct flow_class *c, wb_ns_t now)
{
	uint32_t epoch = (uint32_t)(now / WB_SEC);

	if (epoch == c->epoch)
		return;
	c->flows_before = epoch == c->epoch + 1 ? c->flows : 0;
	c->flows = 0;
	c->epoch = epoch;
}

// Returns its bytes on the wire in this window, or in the one before where they were more.
static uint32_t
recent(struct flow *f, uint32_t cost, wb_ns_t now)
{
	uint64_t window = now / FLOW_CLASS_WINDOW;

	if (window != f->window) {
		f->bytes_before = window == f->window + 1 ? f->bytes : 0;
		f->bytes = 0;
		f->window = window;
	}
	f->bytes += cost;
	return f->bytes > f->bytes_before ? f->bytes : f->bytes_before;
}

// Returns whether this packet may go as realtime. Only flows beyond their share of a cap that is used up may not.
static bool
admit(struct flow_class *c, struct flow *f, uint32_t cost, wb_ns_t now)
{
	uint32_t bytes = recent(f, cost, now), flows;
	wb_ns_t took = cost * WB_SEC / c->cap, depth = FLOW_CLASS_DEPTH_MIN * WB_SEC / c->cap;

	depth = depth > FLOW_CLASS_DEPTH ? depth : FLOW_CLASS_DEPTH;
	count_second(c, now);
	if (now < f->demoted_until)
		return false;
	if (f->epoch != c->epoch || c->flows == 0) {
		f->epoch = c->epoch;
		c->flows++;
	}
	if (c->paid_until + depth < now)
		c->paid_until = now - depth;
	if (c->paid_until + took > now) {
		flows = c->flows > c->flows_before ? c->flows : c->flows_before;
		if (bytes > bytes_in(c->cap, FLOW_CLASS_WINDOW) / flows) {
			f->demoted_until = now + FLOW_CLASS_PENALTY;
			return false;
		}
		if (c->paid_until + took > now + FLOW_CLASS_DEBT)
			return false;
	}
	c->paid_until += took;
	return true;
}

void
flow_class_packet(struct flow_class *c, struct wb_pkt *pkt, wb_ns_t now)
{
	struct flow *f = find(c, pkt->hash, now);
	uint32_t cost = pkt->len + WB_OVERHEAD;

	behave(f, pkt->len, cost, now);
	if (!(pkt->flags & WB_PKT_CLASS_SET))
		pkt->sclass = f->realtime ? WB_CLASS_REALTIME : WB_CLASS_DEFAULT;
	if (pkt->sclass == WB_CLASS_REALTIME && !admit(c, f, cost, now)) {
		pkt->sclass = WB_CLASS_DEFAULT;
		pkt->flags &= (uint8_t)~WB_PKT_CLASS_SET;
		c->demoted++;
	}
}

enum wb_class
wb_class_of_dscp(unsigned dscp)
{
	switch (dscp) {
	case 1: // LE, RFC 8622
	case 8: // CS1
		return WB_CLASS_BULK;
	case 34: // AF41, AF42, AF43
	case 36:
	case 38:
	case 32: // CS4: realtime interactive, games
	case 40: // CS5
	case 44: // VOICE-ADMIT, RFC 5865
	case 46: // EF
	case 48: // CS6
	case 56: // CS7
		return WB_CLASS_REALTIME;
	default:
		return WB_CLASS_DEFAULT;
	}
}
