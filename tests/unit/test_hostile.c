// SPDX-License-Identifier: BSD-3-Clause
// A hub and a peer that holds the keys and says what it likes: nothing of it may cost others something,
// which share the hub's processor, its memory, its uplink and its log.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../support/tunnel_end.h"
#include "harness.h"
#include "rate.h"
#include "reorder.h"
#include "resend.h"
#include "in_flight.h"
#include "tunnel.h"

#define FLOW_DATAGRAMS 8000

struct hub {
	struct tunnel_end end; // first
	struct wb_tunnel *t;
	wb_ns_t now;
	uint64_t numbers[256]; // next of each path
	struct wb_addr from;
	uint64_t datagrams, bytes, replies;
	uint64_t largest[256]; // number that the hub has sent
	uint8_t plain[2048];
	uint32_t len;
};

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// ---- the hub

static void
open_hub(struct hub *h)
{
	struct wb_tunnel_conf conf = { .role = WB_ROLE_HUB,
		.ops = &tunnel_end_ops,
		.ctx = h,
		.alloc = tunnel_end_alloc,
		.seed = { 3, 5 } };

	memset(h, 0, sizeof(*h));
	h->now = 5 * WB_SEC;
	h->from = (struct wb_addr){ .family = 4, .udp_port = 4000, .ip = { 192, 0, 2, 1 } };
	h->t = wb_tunnel_create(&conf, h->now);
	wb_tunnel_session_started(h->t, WB_FEATURE_FRAGMENT | WB_FEATURE_FEC, h->now);
	h->end.events = 0;
}

static void
close_hub(struct hub *h)
{
	wb_tunnel_destroy(h->t);
	CU_ASSERT_EQUAL(h->end.live, 0);
	tunnel_end_free(&h->end);
}

// ---- the peer: frames are put into h->plain, say() delivers them as a datagram

static void
put(struct hub *h, const struct wb_frame *f)
{
	int n;

	if (h->len == 0) {
		uint32_t us = (uint32_t)(h->now / WB_US);

		h->plain[0] = (uint8_t)(us >> 24);
		h->plain[1] = (uint8_t)(us >> 16);
		h->plain[2] = (uint8_t)(us >> 8);
		h->plain[3] = (uint8_t)us;
		h->len = WB_TIME_LEN;
	}
	n = wb_frame_write(h->plain + h->len, 1500 - h->len, f);
	if (n > 0)
		h->len += (uint32_t)n;
}

// Returns the bytes of the outer packet.
static uint32_t
say(struct hub *h, uint8_t path)
{
	struct wb_rx rx = { .path = path, .from = &h->from, .plain = h->plain, .len = h->len };

	h->len = 0;
	if (wb_tunnel_rx_number(h->t, path, h->numbers[path]++, &rx.number))
		return 0;
	rx.wire_len = rx.len + WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN;
	rx.pkt = calloc(1, sizeof(*rx.pkt));
	h->end.live++;
	wb_tunnel_received(h->t, &rx, h->now);
	return rx.wire_len;
}

static uint32_t
probe(struct hub *h, uint8_t path)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE, .probe.token = 7 };

	put(h, &f);
	return say(h, path);
}

// What the hub sends. answer: its probes get their replies.
static void
poll_hub(struct hub *h, bool answer)
{
	struct wb_frame f, reply = { .type = WB_FRAME_PROBE_REPLY };
	uint8_t asked[64];
	uint64_t tokens[64];
	struct wb_tx tx[32];
	unsigned n, n_asked = 0;

	if (h->now >= wb_tunnel_next_deadline(h->t))
		wb_tunnel_expire(h->t, h->now);
	while ((n = wb_tunnel_poll(h->t, tx, 32, h->now)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			h->datagrams++;
			h->bytes += WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN + tx[i].head_len +
				    tx[i].pkt_len;
			h->largest[tx[i].path] = tx[i].number;
			if (wb_frame_read(
				    tx[i].head + WB_TIME_LEN, tx[i].head_len - WB_TIME_LEN, &f) < 0)
				continue;
			h->replies += f.type == WB_FRAME_PROBE_REPLY;
			if (f.type != WB_FRAME_PROBE || n_asked == 64)
				continue;
			asked[n_asked] = tx[i].path;
			tokens[n_asked++] = f.probe.token;
		}
	}
	for (unsigned i = 0; i < n_asked && answer; i++) {
		reply.probe.token = tokens[i];
		put(h, &reply);
		say(h, asked[i]);
	}
}

static void
run(struct hub *h, wb_ns_t duration, bool answer)
{
	for (wb_ns_t end = h->now + duration; h->now < end; h->now += WB_MS)
		poll_hub(h, answer);
}

static void
open_path(struct hub *h, uint8_t path)
{
	struct wb_path_stats s;

	probe(h, path);
	run(h, 50 * WB_MS, true);
	CU_ASSERT_EQUAL(wb_tunnel_path_stats(h->t, 0, &s), 0);
	CU_ASSERT_EQUAL(s.state, WB_PATH_UP);
}

static void
enqueue(struct hub *h, unsigned n)
{
	while (n--) {
		struct wb_pkt *pkt = calloc(1, sizeof(*pkt));

		pkt->len = 1000;
		pkt->hash = n;
		h->end.live++;
		wb_tunnel_enqueue(h->t, &pkt, 1, h->now);
	}
}

// `below` further ones too.
static void
acknowledge_many(struct hub *h, uint8_t path, uint64_t number, uint64_t below, uint32_t bytes)
{
	struct wb_frame f = { .type = WB_FRAME_ACK,
		.ack = { .path = path,
			.largest = number,
			.recv_us = (uint32_t)(h->now / WB_US),
			.bytes = bytes,
			.n_ranges = 1,
			.ranges = { { number - (below < number ? below : number), number } } } };

	put(h, &f);
}

static void
acknowledge(struct hub *h, uint8_t path, uint64_t number, uint32_t bytes)
{
	acknowledge_many(h, path, number, 0, bytes);
}

// ---- processor

static void
sent_acked(void *ctx, const struct in_flight_record *r, bool was_lost)
{
	(void)ctx;
	(void)r;
	(void)was_lost;
}

static void
sent_lost(void *ctx, const struct in_flight_record *r)
{
	(void)ctx;
	(void)r;
}

// Ranges over all that was ever sent, again and again: a datagram has room for 77 of them.
static void
acks_of_all(void)
{
	struct in_flight_events e = { .acked = sent_acked, .lost = sent_lost };
	struct wb_frame f = { .type = WB_FRAME_ACK };
	struct in_flight_pool pool;
	struct hub h = { 0 };
	struct in_flight s;
	double start;

	CU_ASSERT_EQUAL_FATAL(in_flight_pool_init(&pool, 16384, tunnel_end_alloc, &h), 0);
	CU_ASSERT_EQUAL_FATAL(in_flight_init(&s, &pool, 16384, tunnel_end_alloc, &h), 0);
	for (unsigned i = 0; i < FLOW_DATAGRAMS; i++)
		in_flight_add(&s, 1000, WB_SEC + i);
	f.ack.largest = f.ack.ranges[0].high = FLOW_DATAGRAMS - 1;
	f.ack.ranges[0].low = 1;
	f.ack.n_ranges = 1;
	start = cpu_seconds();
	for (unsigned i = 0; i < 100000; i++) {
		CU_ASSERT_EQUAL_FATAL(in_flight_ack(&s, &f, &e, 2 * WB_SEC), 0);
		in_flight_detect(&s, 10 * WB_SEC, &e, 2 * WB_SEC);
	}
	CU_ASSERT_EQUAL(s.base, 0); // lost and remembered
	CU_ASSERT(cpu_seconds() - start < 0.4);
	tunnel_end_free(&h.end);
}

// A round trip of nothing: what is due is due later, or the worker would spin.
static void
no_round_trip(void)
{
	struct in_flight_events e = { .acked = sent_acked, .lost = sent_lost };
	struct wb_frame f = { .type = WB_FRAME_ACK };
	struct in_flight_pool pool;
	struct hub h = { 0 };
	struct in_flight s;

	CU_ASSERT_EQUAL_FATAL(in_flight_pool_init(&pool, 64, tunnel_end_alloc, &h), 0);
	CU_ASSERT_EQUAL_FATAL(in_flight_init(&s, &pool, 64, tunnel_end_alloc, &h), 0);
	for (unsigned i = 0; i < 10; i++)
		in_flight_add(&s, 1000, WB_SEC + i * WB_MS);
	f.ack.largest = f.ack.ranges[0].high = f.ack.ranges[0].low = 9;
	f.ack.n_ranges = 1;
	CU_ASSERT_EQUAL(in_flight_ack(&s, &f, &e, 2 * WB_SEC), 0);
	in_flight_detect(&s, 1, &e, 2 * WB_SEC);
	CU_ASSERT(s.loss_at > 2 * WB_SEC);
	tunnel_end_free(&h.end);
}

static void
take_packets(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	(void)ctx;
	(void)pkts;
	(void)n;
}

static void
drop_packet(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)ctx;
	(void)pkt;
	(void)reason;
}

// Realtime packets are not held but remembered: behind a gap, with a held packet at the far end, each
// further one must not look at all of them.
static void
holes_in_the_order(void)
{
	enum { BUCKETS = 4, SPAN = 16000 };
	static struct wb_pkt pkts[BUCKETS * SPAN];
	static const wb_ns_t hold[WB_CLASS_COUNT] = { WB_SEC, 0, WB_SEC };
	struct hub h = { 0 };
	struct reorder_conf conf = { BUCKETS * SPAN, 7, tunnel_end_alloc, take_packets, drop_packet,
		&h, NULL };
	struct reorder *r = reorder_create(&conf);
	double start = cpu_seconds();

	reorder_set_hold(r, hold);
	for (uint16_t b = 0; b < BUCKETS; b++) {
		struct wb_pkt *p = pkts + b * SPAN;

		for (uint32_t i = 0; i < SPAN; i++)
			p[i] = (struct wb_pkt){ .bucket = b,
				.seq = i,
				.sclass = i % 2 ? WB_CLASS_REALTIME : WB_CLASS_DEFAULT };
		reorder_received(r, &p[0], WB_SEC);
		reorder_received(r, &p[SPAN - 2], WB_SEC); // held
		for (uint32_t i = 3; i < SPAN - 2; i += 2)
			reorder_received(r, &p[i], WB_SEC);
		for (uint32_t i = 2; i < SPAN - 2; i += 2)
			reorder_received(r, &p[i], WB_SEC);
	}
	CU_ASSERT_EQUAL(reorder_stats(r)->held, BUCKETS * (SPAN / 2 - 1));
	CU_ASSERT(cpu_seconds() - start < 0.3);
	tunnel_end_free(&h.end);
}

// ---- uplink

// Half of it acknowledged by the newest number alone: all else looks lost at once, again and again.
static void
nothing_arrives(void)
{
	enum { PACKETS = 200 };
	struct hub h;
	uint64_t before;
	uint32_t bytes = 0;

	open_hub(&h);
	open_path(&h, 0);
	before = h.datagrams;
	enqueue(&h, PACKETS);
	for (unsigned i = 0; i < 1000; i++) {
		h.now += WB_MS;
		poll_hub(&h, true);
		acknowledge(&h, 0, h.largest[0], bytes += 1000000);
		say(&h, 0);
	}
	CU_ASSERT(h.datagrams - before < PACKETS * (1 + 2 * RESEND_TRIES) + 1000);
	close_hub(&h);
}

// As many PROBEs as a datagram takes, from a victim's address: not more than three times what came
// from there goes there.
static void
probes_for_another(void)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	uint64_t before, from_victim = 0;
	struct hub h;

	open_hub(&h);
	open_path(&h, 0);
	h.from.ip[3] = 99;
	before = h.bytes;
	for (unsigned i = 0; i < 100; i++) {
		for (unsigned k = 0; k < 4; k++) {
			f.probe.token = i * 4 + k;
			put(&h, &f);
		}
		from_victim += say(&h, 0);
		poll_hub(&h, false);
		h.now += WB_MS;
	}
	CU_ASSERT(h.replies <= 101); // one a datagram, and that of open_path()
	CU_ASSERT(h.bytes - before <= 3 * from_victim);
	close_hub(&h);
}

// Every change of a size starts a search with full datagrams.
static void
sizes_that_change(void)
{
	struct wb_frame f = { .type = WB_FRAME_PATH_MTU };
	struct hub h;
	uint64_t before, said = 0;

	open_hub(&h);
	open_path(&h, 0);
	run(&h, WB_SEC, true);
	before = h.bytes;
	for (unsigned i = 0; i < 5000; i++) {
		f.mtu.limit = (uint16_t)(1300 + i % 2 * 200);
		f.mtu.found = (uint16_t)(1250 + i % 2 * 100);
		put(&h, &f);
		said += say(&h, 0);
		h.now += WB_MS;
		poll_hub(&h, true);
	}
	CU_ASSERT(h.bytes - before < 2 * said); // it answers each of our probes too
	CU_ASSERT(h.end.events < 60);
	close_hub(&h);
}

// ---- log

static void
goes_and_comes(void)
{
	struct wb_frame bye = { .type = WB_FRAME_CLOSE, .close.reason = WB_CLOSE_PATH };
	struct wb_frame f = { .type = WB_FRAME_PROBE };
	struct hub h;

	open_hub(&h);
	open_path(&h, 0);
	h.end.events = 0;
	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned k = 0; k < 50; k++) {
			put(&h, &bye);
			put(&h, &f);
		}
		say(&h, 0);
		h.now += WB_MS;
		poll_hub(&h, true);
	}
	CU_ASSERT(h.end.events <= 25);
	close_hub(&h);
}

// ---- memory

// What a tunnel keeps follows what it is told is there, in each of its places.
static void
room(void)
{
	struct wb_frame f = { .type = WB_FRAME_DATA, .data.sclass = WB_CLASS_BULK };
	struct wb_frame piece = { .type = WB_FRAME_DATA_FRAGMENT, .data.total = 100 };
	struct wb_tunnel_stats s;
	struct hub h;
	unsigned before;

	open_hub(&h);
	open_path(&h, 0);
	wb_tunnel_set_room(h.t, 100);
	for (unsigned i = 0; i < 2000; i++) {
		f.data.bucket = i % WB_BUCKETS;
		f.data.seq = 1 + i / WB_BUCKETS;
		put(&h, &f);
		h.len += 50;
		say(&h, 0);
	}
	wb_tunnel_stats(h.t, &s);
	CU_ASSERT(s.held_packets > 50 && s.held_packets <= 100);
	before = h.end.live;
	for (unsigned i = 0; i < 2000; i++) {
		piece.data.bucket = i % WB_BUCKETS;
		piece.data.seq = 100 + i;
		put(&h, &piece);
		h.len += 50;
		say(&h, 0);
	}
	CU_ASSERT(h.end.live > before + 50 && h.end.live <= before + 101);
	enqueue(&h, 1000);
	wb_tunnel_stats(h.t, &s);
	CU_ASSERT(s.queued_packets > 30 && s.queued_packets <= 100);
	for (unsigned i = 0; i < 2000; i++) {
		enqueue(&h, 1);
		h.now += 100 * WB_US;
		poll_hub(&h, true);
		wb_tunnel_stats(h.t, &s);
		CU_ASSERT_FATAL(s.retained_packets <= 104);
	}
	wb_tunnel_set_room(h.t, 1000000);
	enqueue(&h, 20000);
	wb_tunnel_stats(h.t, &s);
	CU_ASSERT(s.queued_packets <= 8192);
	close_hub(&h);
}

// ---- estimates

static void
impossible_rate(void)
{
	struct wb_path_stats s;
	uint32_t bytes = 0;
	uint64_t most = 0;
	struct hub h;

	open_hub(&h);
	open_path(&h, 0);
	for (unsigned i = 0; i < 2000; i++) {
		enqueue(&h, 2);
		h.now += WB_MS;
		poll_hub(&h, true);
		acknowledge(&h, 0, h.largest[0], bytes += 1u << 30);
		say(&h, 0);
		CU_ASSERT_EQUAL(wb_tunnel_path_stats(h.t, 0, &s), 0);
		most = s.rate > most ? s.rate : most;
		most = s.pacing > most ? s.pacing : most;
	}
	CU_ASSERT(most <= RATE_MAX);
	CU_ASSERT(s.cwnd <= 1u << 30);
	close_hub(&h);
}

// All is acknowledged the moment that it leaves, and more: nothing is sent but what the inner network has for
// it, once.
static void
optimistic(void)
{
	enum { PACKETS = 8000, LEN = 1000 };
	struct wb_tunnel_stats s;
	uint32_t bytes = 0;
	uint64_t before;
	struct hub h;

	open_hub(&h);
	open_path(&h, 0);
	run(&h, 2 * WB_SEC, true); // its sizes are known
	before = h.bytes;
	for (unsigned i = 0; i < PACKETS / 4; i++) {
		enqueue(&h, 4);
		h.now += 500 * WB_US;
		poll_hub(&h, true);
		acknowledge_many(&h, 0, h.largest[0] + i % 3, 200, bytes += 100000000);
		say(&h, 0);
		h.now += 500 * WB_US;
		poll_hub(&h, true);
		acknowledge_many(&h, 0, h.largest[0], 200, bytes += 100000000);
		say(&h, 0);
	}
	wb_tunnel_stats(h.t, &s);
	CU_ASSERT(s.queued_packets < 100);
	CU_ASSERT(h.bytes - before < PACKETS * (LEN + WB_OVERHEAD + 40));
	close_hub(&h);
}

// ---- path ids

// An edge whose ports come and go: the seventeenth path finds a place once another one is silent. The id of
// that one is never taken again, for recordings of it could be.
static void
more_paths_than_slots(void)
{
	struct wb_path_stats s;
	unsigned n = 0;
	struct hub h;
	uint64_t x;

	open_hub(&h);
	for (uint8_t i = 0; i < WB_PATHS_MAX; i++)
		probe(&h, i);
	probe(&h, 100); // no slot, and the others were heard just now
	CU_ASSERT_EQUAL(wb_tunnel_rx_number(h.t, 0, 50, &x), 0);
	h.now += 9 * WB_SEC;
	for (uint8_t i = 1; i < WB_PATHS_MAX; i++)
		probe(&h, i);
	h.now += 2 * WB_SEC;
	probe(&h, 100);
	for (unsigned i = 0; i < WB_PATHS_MAX; i++)
		n += wb_tunnel_path_stats(h.t, i, &s) == 0 && s.id == 100;
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(wb_tunnel_rx_number(h.t, 0, 50, &x), -ENOENT);
	wb_tunnel_session_started(h.t, 0, h.now);
	CU_ASSERT_EQUAL(wb_tunnel_rx_number(h.t, 0, 50, &x), 0);
	close_hub(&h);
}

// A peer that answers each probe and acknowledges nothing: what is unanswered is no reason for a probe each time.
static void
replies_without_acks(void)
{
	struct hub h;
	uint64_t before;

	open_hub(&h);
	open_path(&h, 0);
	before = h.datagrams;
	run(&h, WB_SEC, true);
	CU_ASSERT(h.datagrams - before < 120);
	close_hub(&h);
}

// DATA of a bucket with a hold, which left `ago`. Returns how many packets wait at the hub.
static unsigned
hold(struct hub *h, uint16_t bucket, uint32_t seq, uint8_t units, int64_t ago)
{
	struct wb_frame f = { .type = WB_FRAME_DATA,
		.data = {
			.sclass = WB_CLASS_DEFAULT, .hold = units, .bucket = bucket, .seq = seq } };
	wb_ns_t now = h->now;

	h->now -= ago;
	put(h, &f);
	h->now = now;
	h->plain[h->len++] = 0x45;
	say(h, 0);
	return h->end.live;
}

// Holds that are as long as can be, with send times that are not true: no packet waits longer than its hold, whatever
// comes behind it, and no more wait than there is room for.
static void
holds(void)
{
	static const int64_t ago[] = { 0, 3600 * (int64_t)WB_SEC, -3600 * (int64_t)WB_SEC };
	const wb_ns_t longest = WB_HOLD_MAX * WB_HOLD_UNIT;
	struct hub h;

	open_hub(&h);
	open_path(&h, 0);
	CU_ASSERT_EQUAL(hold(&h, 0, 0, WB_HOLD_MAX, 0), 0); // not in use
	wb_tunnel_session_started(h.t, WB_FEATURE_FRAGMENT | WB_FEATURE_HOLD, h.now);
	memset(h.numbers, 0, sizeof(h.numbers));
	open_path(&h, 0);
	CU_ASSERT_EQUAL(hold(&h, 0, 0, WB_HOLD_MAX, 0), 1);
	for (uint32_t seq = 1; seq < 400; seq++) { // the first one's bucket, on and on
		for (unsigned i = 0; i < 10; i++)
			hold(&h, 0, 10 * seq - 9 + i, WB_HOLD_MAX, ago[seq % 3]);
		run(&h, WB_MS, true);
		CU_ASSERT(h.end.live > 0 && h.end.live <= 10 * (longest / WB_MS + 2));
	}
	run(&h, longest + WB_MS, true);
	CU_ASSERT_EQUAL(h.end.live, 0);
	wb_tunnel_set_room(h.t, 50);
	for (uint32_t seq = 0; seq < 100; seq++)
		for (uint16_t bucket = 1; bucket <= 100; bucket++)
			CU_ASSERT(hold(&h, bucket, seq, WB_HOLD_MAX, 0) <= 50);
	close_hub(&h);
}

// What waits when a session ends may have a hold. An other end that does not know holds could not read it.
static void
hold_of_another_session(void)
{
	struct wb_frame f;
	struct wb_tx tx[32];
	unsigned data = 0, n;
	struct hub h;

	open_hub(&h);
	wb_tunnel_session_started(h.t, WB_FEATURE_FRAGMENT | WB_FEATURE_HOLD, h.now);
	h.t->equal.flows.flow[0] = (struct equal_flow){ .hash = 0, .on = true };
	h.t->equal.flows.n = 1;
	h.t->equal.hold = 100 * WB_MS;
	enqueue(&h, 1);
	wb_tunnel_session_ended(h.t, h.now);
	wb_tunnel_session_started(h.t, WB_FEATURE_FRAGMENT, h.now);
	for (wb_ns_t end = h.now + 100 * WB_MS; h.now < end && data == 0; h.now += WB_MS) {
		if (h.now == end - 100 * WB_MS)
			probe(&h, 0);
		n = wb_tunnel_poll(h.t, tx, 32, h.now);
		for (unsigned i = 0; i < n; i++) {
			unsigned off = WB_TIME_LEN;
			int len;

			while (off < tx[i].head_len) {
				len = wb_frame_read(tx[i].head + off, tx[i].head_len - off, &f);
				CU_ASSERT_FATAL(len > 0);
				off += (unsigned)len;
				if (f.type == WB_FRAME_PROBE) {
					struct wb_frame r = { .type = WB_FRAME_PROBE_REPLY,
						.probe.token = f.probe.token };

					put(&h, &r);
				}
				if (f.type != WB_FRAME_DATA)
					continue;
				data++;
				CU_ASSERT_EQUAL(f.data.hold, 0);
			}
		}
		if (h.len)
			say(&h, 0);
	}
	CU_ASSERT_EQUAL(data, 1);
	close_hub(&h);
}

// A flow that asks for realtime and sends more than its share of it goes as default, but is never held.
static void
too_much_realtime(void)
{
	struct wb_pkt *pkts[20];
	struct wb_tunnel_stats s;
	struct hub h;

	open_hub(&h);
	h.t->equal.flows.flow[0] = (struct equal_flow){ .hash = 7, .on = true };
	h.t->equal.flows.n = 1;
	h.t->equal.hold = 100 * WB_MS;
	for (unsigned i = 0; i < 20; i++) {
		pkts[i] = calloc(1, sizeof(*pkts[i]));
		*pkts[i] = (struct wb_pkt){ .len = 1000,
			.hash = 7,
			.sclass = WB_CLASS_REALTIME,
			.flags = WB_PKT_CLASS_SET };
		h.end.live++;
		wb_tunnel_enqueue(h.t, &pkts[i], 1, h.now);
	}
	wb_tunnel_stats(h.t, &s);
	CU_ASSERT(s.demoted > 0);
	CU_ASSERT_EQUAL_FATAL(h.end.live, 20);
	for (unsigned i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(pkts[i]->hold, 0);
	close_hub(&h);
}

static uint32_t
acknowledges_all(void *ctx, const struct wb_pkt *pkt)
{
	(void)ctx;
	(void)pkt;
	return 1;
}

// Acknowledgements without end while they are withheld: no more are than there is room for.
static void
withheld(void)
{
	struct hub h;

	open_hub(&h);
	open_path(&h, 0);
	h.t->equal.conf.acknowledges = acknowledges_all;
	h.t->equal.flows.flow[0] = (struct equal_flow){ .hash = 1 };
	h.t->equal.flows.n = 1;
	h.t->equal.state = EQUAL_GROW;
	h.t->equal.stall = EQUAL_STALL_MOST;
	h.t->equal.at = h.now;
	wb_tunnel_expire(h.t, h.now); // a stall begins
	CU_ASSERT(h.t->equal.stalling);
	CU_ASSERT_EQUAL(hold(&h, 0, 0, 0, 0), 1);
	wb_tunnel_set_room(h.t, 50);
	for (uint32_t seq = 1; seq < 1000; seq++)
		CU_ASSERT(hold(&h, 0, seq, 0, 0) <= 50);
	run(&h, EQUAL_STALL_MOST + WB_MS, true);
	CU_ASSERT_EQUAL(h.end.live, 0);
	close_hub(&h);
}

static const struct harness_test tests[] = {
	{ "replies without acks", replies_without_acks },
	{ "ACKs of all that was ever sent", acks_of_all },
	{ "a round trip of nothing", no_round_trip },
	{ "holes in the order", holes_in_the_order },
	{ "nothing arrives", nothing_arrives },
	{ "probes for another", probes_for_another },
	{ "sizes that change", sizes_that_change },
	{ "goes and comes", goes_and_comes },
	{ "room", room },
	{ "an impossible rate", impossible_rate },
	{ "acknowledged before it came", optimistic },
	{ "more paths than slots", more_paths_than_slots },
	{ "holds", holds },
	{ "a hold of another session", hold_of_another_session },
	{ "too much realtime", too_much_realtime },
	{ "withheld", withheld },
};

int
main(void)
{
	return HARNESS_RUN("hostile", tests);
}
