// SPDX-License-Identifier: BSD-3-Clause
// A hub whose peer holds the keys. Its paths are up and traffic flows, then the input decides what the
// peer does: each step is a frame that is well formed, with figures of the input in it (reports of what
// was sent and of what was not, times, group numbers, path numbers), traffic, or time that passes in
// honesty. Random bytes hardly ever get so far (fuzz_tunnel).
#include <string.h>

#include "end.h"
#include "realtime_queue.h"

#define PATHS 3
#define NUMBERS 64 // of the hub's datagrams that the peer remembers, by path
#define HELD_MAX 32
#define KEPT_MAX 64
#define RATE_LIMIT (UINT32_MAX * UINT64_C(1000)) // what a PATH_RATE may say

struct input {
	const uint8_t *data;
	size_t size;
};

struct peer {
	struct wb_tunnel *t;
	wb_ns_t now;
	struct input in;
	uint64_t next[256]; // number of the peer's next datagram, by path
	struct heard {
		uint64_t largest;
		uint32_t bytes; // as an honest peer counts them
		uint64_t tokens[4];
		unsigned n_tokens;
		bool news;
	} heard[PATHS];
	uint8_t plain[1400];
	uint32_t len;
};

static uint8_t
take(struct peer *p)
{
	if (p->in.size == 0)
		return 0;
	p->in.size--;
	return *p->in.data++;
}

// Small ones most often, now and then one from the ends of the range.
static uint64_t
figure(struct peer *p, uint64_t most)
{
	uint8_t b = take(p);
	uint64_t v;

	if (b < 200)
		return b <= most ? b : most;
	if (b < 220)
		return most - (b - 200u < most ? b - 200u : most);
	v = b;
	for (unsigned i = 0; i < b % 8u; i++)
		v = v << 8 | take(p);
	return v <= most ? v : v % (most + 1);
}

// ---- what the hub sends, as the peer sees it

static void
heard(void *ctx, const struct wb_tx *tx)
{
	struct peer *p = ctx;
	uint32_t at = WB_TIME_LEN;
	struct wb_frame f;
	struct heard *h;
	int n;

	if (tx->path >= PATHS)
		return;
	h = &p->heard[tx->path];
	h->largest = tx->number;
	h->bytes += WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN + tx->head_len + tx->pkt_len;
	while (at < tx->head_len && (n = wb_frame_read(tx->head + at, tx->head_len - at, &f)) > 0) {
		h->news = h->news || f.type == WB_FRAME_DATA || f.type == WB_FRAME_PROBE;
		if (f.type == WB_FRAME_PROBE)
			h->tokens[h->n_tokens++ % 4] = f.probe.token;
		at += (uint32_t)n;
	}
}

// ---- what the peer says

static void
say(struct peer *p, uint8_t path, uint16_t port)
{
	struct wb_addr from = { .family = 4, .udp_port = port, .ip = { 192, 0, 2, 1 } };
	struct wb_rx rx = { .path = path, .from = &from, .len = p->len };
	uint8_t *plain;

	p->len = 0;
	if (rx.len == 0 || wb_tunnel_rx_number(p->t, path, p->next[path]++, &rx.number))
		return;
	plain = malloc(rx.len); // of exactly this size: a read past it is seen
	memcpy(plain, p->plain, rx.len);
	rx.plain = plain;
	rx.wire_len = rx.len + WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN;
	rx.pkt = end_pkt();
	wb_tunnel_received(p->t, &rx, p->now);
	free(plain);
}

static void
put(struct peer *p, const struct wb_frame *f, uint32_t payload)
{
	uint32_t us = (uint32_t)(p->now / WB_US);
	int n;

	if (p->len == 0) {
		for (unsigned i = 0; i < WB_TIME_LEN; i++)
			p->plain[i] = (uint8_t)(us >> (24 - 8 * i));
		p->len = WB_TIME_LEN;
	}
	n = wb_frame_write(p->plain + p->len, sizeof(p->plain) - p->len, f);
	if (n <= 0 || p->len + (uint32_t)n + payload > sizeof(p->plain))
		return;
	p->len += (uint32_t)n;
	memset(p->plain + p->len, 0x45, payload);
	p->len += payload;
}

static void
honest(struct peer *p, uint8_t path)
{
	struct wb_frame f = { .type = WB_FRAME_ACK }, reply = { .type = WB_FRAME_PROBE_REPLY };
	struct heard *h = &p->heard[path];

	for (; h->n_tokens > 0; h->n_tokens--) {
		reply.probe.token = h->tokens[(h->n_tokens - 1) % 4];
		reply.probe.recv_us = (uint32_t)(p->now / WB_US);
		put(p, &reply, 0);
	}
	if (h->news) {
		f.ack.path = path;
		f.ack.largest = f.ack.ranges[0].high = h->largest;
		f.ack.ranges[0].low = h->largest > NUMBERS ? h->largest - NUMBERS : 0;
		f.ack.n_ranges = 1;
		f.ack.recv_us = (uint32_t)(p->now / WB_US);
		f.ack.bytes = h->bytes;
		put(p, &f, 0);
	}
	h->news = false;
	say(p, path, 4000);
}

static void
enqueue(struct peer *p, unsigned n, uint32_t len, uint8_t what)
{
	struct wb_pkt *pkts[32];

	n = n < 32 ? n : 32;
	for (unsigned i = 0; i < n; i++) {
		pkts[i] = end_pkt();
		pkts[i]->hash = what % 4u;
		pkts[i]->len = len;
		pkts[i]->ecn = what >> 2 & 3;
		pkts[i]->sclass = (what >> 4) % WB_CLASS_COUNT;
		pkts[i]->flags = what & 64 ? WB_PKT_CLASS_SET : 0;
	}
	wb_tunnel_enqueue(p->t, pkts, n, p->now);
}

// Rounds in which the hub sends and the peer does all as it should.
static void
rounds(struct peer *p, unsigned n, unsigned packets)
{
	for (unsigned i = 0; i < n; i++) {
		if (packets > 0)
			enqueue(p, packets, 1300, 0);
		end_run(p->t, &p->now, p->now + 5 * WB_MS, heard, p);
		for (uint8_t path = 0; path < PATHS; path++)
			honest(p, path);
	}
}

// A report with the input's figures: ranges that overlap what was sent, and what was not.
static void
report(struct peer *p)
{
	struct wb_frame f = { .type = WB_FRAME_ACK };
	uint8_t what = take(p), of = what % 5u;
	uint64_t at;

	f.ack.path = of < PATHS ? of : of == 3 ? 200 : 255;
	at = of < PATHS ? p->heard[of].largest : 0;
	at += what & 64 ? figure(p, 1ull << 47) : 0;
	at -= what & 64 ? 0 : figure(p, at);
	f.ack.largest = at & ((1ull << 48) - 1);
	f.ack.recv_us =
		(uint32_t)(p->now / WB_US) + (what & 32 ? (uint32_t)figure(p, UINT32_MAX) : 0);
	f.ack.bytes = (of < PATHS ? p->heard[of].bytes : 0) +
		      (what & 128 ? (uint32_t)figure(p, UINT32_MAX) : 0);
	at = f.ack.largest;
	while (f.ack.n_ranges < 1 + (what & 16 ? take(p) % 33u : 2)) {
		struct wb_ack_range *r = &f.ack.ranges[f.ack.n_ranges++];

		r->high = at;
		r->low = at - figure(p, at < 65535 ? at : 65535);
		if (r->low < 2 || (at = r->low - 2 - figure(p, r->low - 2)) == 0)
			break;
	}
	put(p, &f, 0);
}

static void
data(struct peer *p)
{
	struct wb_frame f = { .type = WB_FRAME_DATA };
	uint8_t what = take(p);

	f.data.sclass = what % WB_CLASS_COUNT;
	f.data.hold = what & 128 ? (uint8_t)figure(p, WB_HOLD_MAX) : 0;
	f.data.bucket = (uint16_t)figure(p, WB_BUCKETS - 1);
	f.data.seq = (uint32_t)figure(p, UINT32_MAX);
	if (what & 64) {
		f.type = WB_FRAME_DATA_FRAGMENT;
		f.data.total = (uint16_t)(1 + figure(p, 65534));
		f.data.offset = (uint16_t)figure(p, f.data.total - 1);
	} else if (what & 32) {
		f.type = WB_FRAME_FEC_SOURCE;
		f.data.group = take(p) & 3;
		f.data.index = take(p) % WB_FEC_SOURCES;
	}
	put(p, &f, 1 + (uint32_t)figure(p, 600));
}

static void
repair(struct peer *p)
{
	struct wb_frame f = { .type = WB_FRAME_FEC_REPAIR };
	uint8_t what = take(p);

	f.repair.number = what & 64 ? (uint32_t)figure(p, (1u << 24) - 1) : what & 3;
	f.repair.row = what >> 2 & 3;
	f.repair.last = what & 16;
	f.repair.sources = (uint8_t)(1 + figure(p, WB_FEC_SOURCES - 1));
	f.repair.offset = what & 32 ? (uint16_t)figure(p, 32767) : 0;
	put(p, &f, (uint32_t)figure(p, 600));
}

// What the control thread would have to read, and time for what it would answer.
static void
message(struct peer *p)
{
	static uint8_t bytes[WB_MESSAGE_MAX];
	struct wb_frame f = { .type = WB_FRAME_HANDSHAKE, .message.data = bytes };

	f.message.len = (uint16_t)figure(p, WB_MESSAGE_MAX);
	put(p, &f, 0);
	wb_tunnel_say(p->t, bytes, figure(p, WB_MESSAGE_MAX + 1), p->now);
}

static void
settings(struct peer *p)
{
	static const uint8_t types[] = { WB_FRAME_PATH_MTU, WB_FRAME_PATH_RATE, WB_FRAME_PATH_USE,
		WB_FRAME_PROBE, WB_FRAME_PROBE_REPLY, WB_FRAME_PATH_STATE };
	uint8_t what = take(p);
	struct wb_frame f = { .type = types[what % 6u] };

	switch (f.type) {
	case WB_FRAME_PATH_MTU:
		f.mtu.limit = (uint16_t)figure(p, UINT16_MAX);
		f.mtu.found = (uint16_t)figure(p, UINT16_MAX);
		break;
	case WB_FRAME_PATH_RATE:
		f.rate.kbit = (uint32_t)figure(p, UINT32_MAX);
		f.rate.flags = take(p);
		break;
	case WB_FRAME_PATH_USE:
		f.use.known = true;
		f.use.flags = take(p);
		f.use.price_ms = (uint16_t)figure(p, UINT16_MAX);
		f.use.weight = (uint16_t)figure(p, UINT16_MAX);
		f.use.priority = take(p);
		break;
	case WB_FRAME_PATH_STATE:
		f.state.path = take(p) & 31;
		f.state.state = take(p) & 7;
		f.state.lost = (uint16_t)figure(p, UINT16_MAX);
		f.state.kbit = (uint32_t)figure(p, UINT32_MAX);
		break;
	default: // a token of the hub's or another, and any time
		f.probe.token =
			what & 64 ? p->heard[what >> 3 & 1].tokens[0] : figure(p, UINT64_MAX);
		f.probe.recv_us = (uint32_t)(p->now / WB_US) +
				  (what & 128 ? (uint32_t)figure(p, UINT32_MAX) : 0);
	}
	put(p, &f, 0);
}

// ---- the whole

static void
check(const struct wb_tunnel *t)
{
	struct wb_tunnel_stats s;
	struct wb_path_stats ps;

	wb_tunnel_stats(t, &s);
	FUZZ_CHECK(s.held_packets <= HELD_MAX && s.retained_packets <= KEPT_MAX + 1);
	FUZZ_CHECK(s.queued_packets <= KEPT_MAX + REALTIME_PACKETS);
	for (unsigned slot = 0; slot < WB_PATHS_MAX; slot++) {
		if (wb_tunnel_path_stats(t, slot, &ps) < 0)
			continue;
		FUZZ_CHECK(ps.rate <= RATE_LIMIT && ps.pacing <= 4 * RATE_LIMIT);
		FUZZ_CHECK(ps.inflight <= 1024 * WB_PATH_MTU_MAX);
		FUZZ_CHECK(ps.cwnd <= 1ull << 32 || strcmp(ps.cc_state, "fixed") == 0);
		FUZZ_CHECK(ps.loss_ppm <= 1000000 && ps.mtu <= WB_PATH_MTU_MAX);
		FUZZ_CHECK(ps.srtt < 3600 * WB_SEC && ps.owd_above_min < 3600 * WB_SEC);
	}
}

static void
step(struct peer *p)
{
	static const uint8_t paths[] = { 0, 1, 2, 0, 1, 3, 200, 255 };
	uint8_t what = take(p);
	uint32_t len;

	switch (what % 16u) {
	case 0 ... 3:
		report(p);
		break;
	case 4 ... 5:
		data(p);
		break;
	case 6:
		repair(p);
		break;
	case 7:
		settings(p);
		break;
	case 8 ... 9: // what was put together leaves
		p->next[paths[what >> 4 & 7]] += what & 128 ? take(p) : 0;
		say(p, paths[what >> 4 & 7], 4000 + (what == 249));
		break;
	case 10:
		len = 40 + 15u * take(p); // one after the other: the compiler's order is its own
		enqueue(p, 1 + (what >> 4), len, take(p));
		break;
	case 11:
		rounds(p, 1 + (what >> 4), take(p) % 8u);
		break;
	case 12: // time, and nothing said
		end_run(p->t, &p->now, p->now + (WB_US << (what >> 4)) * take(p), heard, p);
		break;
	case 13:
		wb_tunnel_path_set_rate(p->t, what >> 4, 1000ull << take(p) % 26u);
		break;
	case 14:
		if (what & 16)
			message(p);
		else
			put(p,
				&(struct wb_frame){
					.type = WB_FRAME_CLOSE, .close.reason = take(p) },
				0);
		break;
	default:
		if (what == 255)
			wb_tunnel_session_started(p->t, END_FEATURES, p->now);
		else if (what == 239)
			wb_tunnel_set_scheduler(p->t, wb_scheduler_name(take(p) % 4u));
		else
			wb_tunnel_path_enable(p->t, what >> 5, what & 16, p->now);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wb_frame probe = { .type = WB_FRAME_PROBE, .probe.token = 1 };
	struct peer p = { .now = 5 * WB_SEC, .in = { data, size } };
	unsigned steps = 0;

	p.t = end_open(WB_ROLE_HUB, p.now);
	for (uint8_t path = 0; path < PATHS - (size & 1); path++) {
		put(&p, &probe, 0);
		say(&p, path, 4000);
	}
	rounds(&p, 4, 4);
	for (; p.in.size > 0 && steps < 300; steps++) {
		step(&p);
		check(p.t);
	}
	say(&p, 0, 4000);
	rounds(&p, 2, 1);
	check(p.t);
	end_close(p.t);
	return 0;
}

// Long honest traffic with one kind of step between, each.
size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	static const uint8_t steps[][12] = {
		{ 0, 2, 3, 5, 3, 1, 8 },
		{ 0, 16 | 1, 5, 9, 1, 1, 2, 1, 3, 1, 8 },
		{ 1, 64 | 32, 9, 7, 1, 1, 8 },
		{ 2, 128 | 1, 2, 220, 1, 3, 8 },
		{ 4, 1, 2, 3, 50, 8 },
		{ 4, 64, 1, 5, 199, 30, 99, 8 },
		{ 4, 32, 1, 5, 1, 2, 40, 8 },
		{ 4, 128, 50, 2, 3, 50, 8 },
		{ 4, 128 | 64, 219, 1, 5, 199, 0, 99, 8 },
		{ 6, 16, 2, 50, 8 },
		{ 6, 16 | 4, 3, 60, 8, 4, 32, 0, 1, 0, 0, 9 },
		{ 7, 0, 219, 215, 8 },
		{ 7, 1, 231, 9, 1, 8 },
		{ 7, 2, 1, 50, 3, 7, 8 },
		{ 7, 4 | 64, 8 },
		{ 10, 90, 64 | 0x21, 11, 3 },
		{ 0xac, 60, 11, 2 },
		{ 13, 20, 11, 4 },
		{ 14, 1, 8 },
		{ 14 | 16, 145, 91, 8 },
		{ 255, 11, 3 },
	};
	size_t len = 0;

	if (i >= 2 * sizeof(steps) / sizeof(steps[0]))
		return 0;
	for (unsigned n = 0; n < 6; n++) {
		buf[len++] = (uint8_t)(0xfb - 16 * n); // rounds
		buf[len++] = (uint8_t)(i & 1 ? 7 : 2);
		memcpy(buf + len, steps[i / 2], sizeof(steps[0]));
		len += sizeof(steps[0]);
	}
	return len;
}
