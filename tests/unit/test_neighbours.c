// SPDX-License-Identifier: BSD-3-Clause
// Two tunnels of a hub, one with an honest edge, one whose edge holds its keys and says all that can be
// said at full rate. They share the hub's uplink and its packet pool: the honest one's rate, losses and
// order must stay what they are without the other. What the hub sends to a peer that lies is bounded by
// what its inner network has for that peer, times the tries that a packet has (resend.h), on two paths each.
#include <stdlib.h>
#include <string.h>

#include "../support/random.h"
#include "../support/tunnel_end.h"
#include "harness.h"
#include "resend.h"
#include "tunnel_pair.h"
#include "wb_wire.h"

#define POOL 16384          // packets that both may keep
#define UPLINK 40000000ull  // bit/s that the honest tunnel leaves of the hub's uplink
#define PER_TICK 10         // datagrams of the hostile edge: 100,000 a second
#define PHASE (100 * WB_MS) // of each kind
#define FOR_HOSTILE 20      // packets a second that the inner network has for it, of 1000 bytes
#define OWN                                                                                        \
	3000000 // bytes a second that the hub sends to it unasked: answers, reports, probes, sizes

enum kind {
	NOTHING, // it is not there
	ACK_ALL, // what was sent, was not, and will be
	ACK_NONE,
	ACK_RANGES,
	PROBES,
	REPLIES,
	SIZES,
	RATES,
	USES,
	HOLES,
	FRAGMENTS,
	SOURCES,
	REPAIRS,
	GOODBYES,
	PATHS,
	VICTIMS, // from other addresses
	REPLAYS,
	NOISE,
	ALL,
	KINDS
};

struct hostile {
	struct tunnel_end end; // first
	struct wb_tunnel *t;
	wb_ns_t now;
	uint64_t random, next[256], largest[256], polled;
	uint64_t bytes, turns; // that the hub has sent; walks in which it did something
	uint32_t acked;
	uint8_t plain[1400];
	uint32_t len;
	struct asked { // probes of the hub that are still to be answered
		uint64_t token;
		uint8_t path;
	} asked[16];
	unsigned n_asked;
};

struct figures {
	uint64_t up, down, lost, out_of_order; // packets of the honest tunnel
	wb_ns_t wait_most, wait_sum;           // behind the other's on the uplink; by ticks
	uint64_t least_room;
};

static uint64_t
any(struct hostile *h)
{
	return random_next(&h->random);
}

// ---- the hub's end of the hostile tunnel

static void
close_hostile(struct hostile *h)
{
	wb_tunnel_destroy(h->t);
	CU_ASSERT_EQUAL(h->end.live, 0);
	tunnel_end_free(&h->end);
}

// ---- what it says

static void
put(struct hostile *h, const struct wb_frame *f, uint32_t payload)
{
	uint32_t us = (uint32_t)(h->now / WB_US);
	int n;

	if (h->len == 0) {
		for (unsigned i = 0; i < WB_TIME_LEN; i++)
			h->plain[i] = (uint8_t)(us >> (24 - 8 * i));
		h->len = WB_TIME_LEN;
	}
	n = wb_frame_write(h->plain + h->len, sizeof(h->plain) - h->len, f);
	if (n <= 0 || h->len + (uint32_t)n + payload > sizeof(h->plain))
		return;
	h->len += (uint32_t)n + payload;
}

static void
say(struct hostile *h, uint8_t path, uint8_t host, bool again)
{
	struct wb_addr from = { .family = 4, .udp_port = 4000, .ip = { 192, 0, 2, host } };
	struct wb_rx rx = { .path = path, .from = &from, .plain = h->plain, .len = h->len };

	h->len = 0;
	h->next[path] += again ? 0 : 1;
	if (rx.len == 0 || wb_tunnel_rx_number(h->t, path, h->next[path], &rx.number))
		return;
	rx.wire_len = rx.len + WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN;
	rx.pkt = calloc(1, sizeof(*rx.pkt));
	h->end.live++;
	wb_tunnel_received(h->t, &rx, h->now);
}

static void
put_ack(struct hostile *h, enum kind kind)
{
	struct wb_frame f = { .type = WB_FRAME_ACK, .ack.path = (uint8_t)(any(h) % 3) };
	uint64_t at = h->largest[f.ack.path];

	at += kind == ACK_ALL ? any(h) % 3 * 1000 : 0;
	f.ack.largest = at;
	f.ack.recv_us = (uint32_t)(kind == ACK_RANGES ? any(h) : h->now / WB_US);
	f.ack.bytes = h->acked += (uint32_t)(any(h) % (1u << 30));
	while (f.ack.n_ranges < (kind == ACK_RANGES ? 33 : 1)) {
		struct wb_ack_range *r = &f.ack.ranges[f.ack.n_ranges++];
		uint64_t n = kind == ACK_NONE ? 0 : any(h) % 65535;

		r->high = at;
		r->low = at - (n < at ? n : at);
		if (r->low < 4)
			break;
		at = r->low - 2;
	}
	put(h, &f, 0);
}

static void
put_data(struct hostile *h, enum kind kind)
{
	struct wb_frame f = { .type = WB_FRAME_DATA };
	uint64_t x = any(h);

	if (kind == REPAIRS) {
		f.type = WB_FRAME_FEC_REPAIR;
		f.repair.number = x % 8 == 0 ? x >> 40 : x % 7;
		f.repair.row = x >> 8 & 3;
		f.repair.sources = (uint8_t)(1 + (x >> 16) % WB_FEC_SOURCES);
		f.repair.offset = x >> 20 & 1 ? x >> 24 & 1023 : 0;
		f.repair.last = x >> 21 & 1;
		put(h, &f, (uint32_t)(x >> 32) % 500);
		return;
	}
	f.data.sclass = x % WB_CLASS_COUNT;
	f.data.bucket = (x >> 8) % WB_BUCKETS;
	f.data.seq = (uint32_t)(any(h) % (x >> 63 ? 50 : UINT32_MAX));
	if (kind == FRAGMENTS) {
		f.type = WB_FRAME_DATA_FRAGMENT;
		f.data.total = 65535;
		f.data.offset = (uint16_t)(x >> 20) % 65535;
	} else if (kind == SOURCES) {
		f.type = WB_FRAME_FEC_SOURCE;
		f.data.group = (uint8_t)(x >> 32);
		f.data.index = x >> 40 & 15;
	}
	put(h, &f, 1 + (uint32_t)(x >> 48) % 500);
}

static void
put_settings(struct hostile *h, enum kind kind)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	uint64_t x = any(h);

	if (kind == SIZES) {
		f.type = WB_FRAME_PATH_MTU;
		f.mtu.limit = (uint16_t)x;
		f.mtu.found = (uint16_t)(x >> 16);
	} else if (kind == RATES) {
		f.type = WB_FRAME_PATH_RATE;
		f.rate.kbit = (uint32_t)x;
		f.rate.flags = (uint8_t)(x >> 32);
	} else if (kind == USES) {
		f.type = WB_FRAME_PATH_USE;
		f.use.known = true;
		f.use.flags = (uint8_t)x;
		f.use.price_ms = (uint16_t)(x >> 16);
		f.use.weight = (uint16_t)(x >> 32);
		f.use.priority = (uint8_t)(x >> 48);
	} else if (kind == GOODBYES) {
		f.type = WB_FRAME_CLOSE;
		f.close.reason = WB_CLOSE_PATH;
	} else {
		f.type = kind == REPLIES ? WB_FRAME_PROBE_REPLY : WB_FRAME_PROBE;
		f.probe.token = x;
		f.probe.recv_us = (uint32_t)any(h);
	}
	put(h, &f, 0);
}

static void
attack(struct hostile *h, enum kind kind)
{
	uint8_t path = (uint8_t)(any(h) % 3), host = 1;

	if (kind == ALL)
		kind = 1 + (enum kind)(any(h) % (ALL - 1));
	if (kind <= ACK_RANGES)
		put_ack(h, kind);
	else if (kind >= HOLES && kind <= REPAIRS)
		put_data(h, kind);
	else if (kind != NOISE)
		put_settings(h, kind);
	if (kind == GOODBYES || kind == VICTIMS) // and back again
		put_settings(h, PROBES);
	for (; kind == NOISE && h->len < 200; h->len++)
		h->plain[h->len] = (uint8_t)any(h);
	if (kind == PATHS)
		path = (uint8_t)any(h);
	if (kind == VICTIMS)
		host = (uint8_t)any(h);
	say(h, path, host, kind == REPLAYS && any(h) % 4);
}

static void
heard(struct hostile *h, const struct wb_tx *tx)
{
	struct wb_frame f;

	h->bytes += WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN + tx->head_len + tx->pkt_len;
	h->largest[tx->path] = tx->number;
	if (h->n_asked == 16 || tx->head_len <= WB_TIME_LEN ||
		wb_frame_read(tx->head + WB_TIME_LEN, tx->head_len - WB_TIME_LEN, &f) < 0)
		return;
	if (f.type == WB_FRAME_PROBE)
		h->asked[h->n_asked++] = (struct asked){ f.probe.token, tx->path };
}

// So that its paths stay up.
static void
answer(struct hostile *h)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE_REPLY };

	for (; h->n_asked > 0; h->n_asked--) {
		f.probe.token = h->asked[h->n_asked - 1].token;
		f.probe.recv_us = (uint32_t)(h->now / WB_US);
		put(h, &f, 0);
		say(h, h->asked[h->n_asked - 1].path, 1, false);
	}
}

// A tick of the worker in the hostile tunnel: what came, what is to be sent on.
static void
tick(struct hostile *h, enum kind kind)
{
	struct wb_tx tx[32];
	unsigned n;

	answer(h);
	for (unsigned i = 0; i < PER_TICK && kind != NOTHING; i++)
		attack(h, kind);
	if (h->now >= wb_tunnel_next_deadline(h->t)) {
		wb_tunnel_expire(h->t, h->now);
		h->turns++;
	}
	while ((n = wb_tunnel_poll(h->t, tx, 32, h->now)) > 0) {
		h->turns++;
		for (unsigned i = 0; i < n; i++)
			heard(h, &tx[i]);
	}
	h->now += PAIR_TICK;
}

static void
open_hostile(struct hostile *h, wb_ns_t now)
{
	struct wb_tunnel_conf conf = { .role = WB_ROLE_HUB,
		.ops = &tunnel_end_ops,
		.ctx = h,
		.alloc = tunnel_end_alloc,
		.seed = { 3, 5 } };
	struct wb_path_stats s;

	memset(h, 0, sizeof(*h));
	h->now = now;
	h->t = wb_tunnel_create(&conf, now);
	wb_tunnel_session_started(h->t, WB_FEATURE_FRAGMENT | WB_FEATURE_FEC, now);
	for (uint8_t path = 0; path < 3; path++) {
		put_settings(h, PROBES);
		say(h, path, 1, false);
	}
	for (unsigned i = 0; i < 500; i++)
		tick(h, NOTHING);
	CU_ASSERT_EQUAL(wb_tunnel_path_stats(h->t, 2, &s), 0);
	CU_ASSERT_EQUAL(s.state, WB_PATH_UP);
}

static void
for_hostile(struct hostile *h)
{
	struct wb_pkt *pkt = calloc(1, sizeof(*pkt));

	pkt->len = 1000;
	pkt->hash = (uint32_t)any(h) % 20;
	h->end.live++;
	wb_tunnel_enqueue(h->t, &pkt, 1, h->now);
}

// ---- both

// 26 Mbit/s down and 9 up of the honest edge, `kind` of the other.
static struct figures
play(struct hostile *h, enum kind kind, wb_ns_t duration)
{
	const uint64_t drain = UPLINK / 8 * PAIR_TICK / WB_SEC;
	struct figures f = { .least_room = POOL };
	uint64_t backlog = 0, before, wait;
	struct pair p;
	unsigned ticks = 0;

	pair_open(&p, 2, NULL);
	pair_session(&p, WB_FEATURE_FRAGMENT);
	CU_ASSERT(pair_wait(&p, WB_ROLE_HUB, 1, WB_PATH_UP, WB_SEC));
	for (wb_ns_t end = p.now + duration; p.now < end; ticks++) {
		uint64_t used = p.live + h->end.live, room = used < POOL ? POOL - used : 0;

		if (ticks % 10 == 0) { // as the worker looks at the pool, each ms
			wb_tunnel_set_room(p.end[WB_ROLE_HUB].t, (uint32_t)room);
			wb_tunnel_set_room(h->t, (uint32_t)room);
		}
		f.least_room = room < f.least_room ? room : f.least_room;
		if (ticks % 4 == 0)
			pair_send(&p, WB_ROLE_HUB, 7, 1300, 1);
		if (ticks % 12 == 0)
			pair_send(&p, WB_ROLE_EDGE, 8, 1300, 1);
		before = h->bytes;
		if (kind != NOTHING) {
			if (ticks % (WB_SEC / PAIR_TICK / FOR_HOSTILE) == 0)
				for_hostile(h);
			tick(h, kind);
		}
		backlog += h->bytes - before;
		backlog -= backlog < drain ? backlog : drain;
		wait = backlog * 8 * WB_SEC / UPLINK;
		f.wait_most = wait > f.wait_most ? wait : f.wait_most;
		f.wait_sum += wait;
		p.delay[0][WB_ROLE_EDGE] = p.delay[1][WB_ROLE_EDGE] = 10 * WB_MS + wait;
		pair_run(&p, PAIR_TICK);
	}
	pair_run(&p, 100 * WB_MS);
	f.up = p.end[WB_ROLE_HUB].delivered;
	f.down = p.end[WB_ROLE_EDGE].delivered;
	f.out_of_order = p.end[0].out_of_order + p.end[1].out_of_order;
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		if (i != WB_DROP_DUPLICATE) // sent again for the delay's sake
			f.lost += p.end[0].released[i] + p.end[1].released[i];
	pair_close(&p);
	return f;
}

static void
the_honest_one(void)
{
	struct figures alone, beside;
	struct hostile h;
	wb_ns_t duration;
	uint64_t for_it;

	for (enum kind kind = 1; kind < KINDS; kind++) {
		bool many = kind == PATHS || kind == ALL;

		duration = kind == ALL ? WB_SEC : 3 * PHASE;
		for_it = duration / WB_MS * FOR_HOSTILE / 1000 * 1100;
		open_hostile(&h, WB_SEC);
		alone = play(&h, NOTHING, duration);
		beside = play(&h, kind, duration);
		CU_ASSERT_EQUAL(beside.up, alone.up);
		CU_ASSERT_EQUAL(beside.down, alone.down);
		CU_ASSERT_EQUAL(beside.lost, alone.lost);
		CU_ASSERT_EQUAL(beside.out_of_order, alone.out_of_order);
		// What a packet of the honest one waits for the other's. Sixteen new paths that are tried
		// at once cost something, as those of an honest edge would.
		CU_ASSERT(beside.wait_most <= (many ? 40 : 4) * WB_MS);
		CU_ASSERT(beside.wait_sum / (duration / PAIR_TICK) <= (many ? 1000 : 100) * WB_US);
		CU_ASSERT(beside.least_room >= POOL / 2);
		CU_ASSERT(h.bytes <= (1 + 2 * RESEND_TRIES) * for_it + OWN * duration / WB_SEC);
		close_hostile(&h);
	}
}

static const struct harness_test tests[] = {
	{ "the honest one", the_honest_one },
};

int
main(void)
{
	return HARNESS_RUN("neighbours", tests);
}
