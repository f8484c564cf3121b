// SPDX-License-Identifier: BSD-3-Clause
// A tunnel with its whole life: datagrams of any content from an authentic peer, packets of its own,
// paths that come and go, sessions, time. Each packet handed in leaves once; no deadline is left in
// the past (the caller would spin).
#include <string.h>

#include "fuzz.h"
#include "wb_tunnel.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static unsigned live;
static void *memory[64];
static unsigned n_memory;

static uint8_t
take(struct input *in)
{
	if (in->size == 0)
		return 0;
	in->size--;
	return *in->data++;
}

static void *
fuzz_alloc(void *ctx, size_t size)
{
	(void)ctx;
	FUZZ_CHECK(n_memory < 64);
	return memory[n_memory++] = calloc(1, size);
}

static struct wb_pkt *
new_pkt(void)
{
	live++;
	return calloc(1, sizeof(struct wb_pkt));
}

static void
leave(struct wb_pkt *pkt)
{
	FUZZ_CHECK(live > 0);
	live--;
	free(pkt);
}

static void
op_deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		FUZZ_CHECK(pkts[i]->len > 0);
		leave(pkts[i]);
	}
}

static void
op_release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)ctx;
	FUZZ_CHECK(reason < WB_DROP_COUNT);
	leave(pkt);
}

static void
op_mark_ce(void *ctx, struct wb_pkt *pkt)
{
	(void)ctx;
	pkt->ecn = 3;
}

static void
op_join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	(void)ctx;
	FUZZ_CHECK(head != tail && tail->len > 0);
	leave(tail);
}

static void
op_event(void *ctx, const struct wb_event *event)
{
	(void)ctx;
	FUZZ_CHECK(event->type != WB_EVENT_PATH_STATE || event->path < WB_PATHS_MAX);
}

// ---- an erasure code without bytes: whatever is solved for is the same packet

static struct wb_pkt *
fec_symbol(void *ctx)
{
	(void)ctx;
	return live < 500 ? new_pkt() : NULL;
}

static void
fec_add(void *ctx, struct wb_pkt *const *symbols, unsigned rows, const struct wb_fec_source *s)
{
	(void)ctx;
	FUZZ_CHECK(rows <= WB_FEC_ROWS && s->index < WB_FEC_SOURCES);
	FUZZ_CHECK(s->len > 0 && WB_FEC_META + s->len <= WB_FEC_SYMBOL_MAX);
	for (unsigned r = 0; r < rows; r++)
		if (symbols[r]->len < WB_FEC_META + s->len)
			symbols[r]->len = WB_FEC_META + s->len;
}

static void
fec_add_repair(void *ctx, struct wb_pkt *symbol, uint32_t offset, const struct wb_pkt *pkt)
{
	(void)ctx;
	FUZZ_CHECK(pkt->len > 0 && offset + pkt->len <= WB_FEC_SYMBOL_MAX);
	if (symbol->len < offset + pkt->len)
		symbol->len = offset + pkt->len;
}

static int
fec_solve(void *ctx, struct wb_pkt *const *symbols, const struct wb_fec_loss *loss)
{
	(void)ctx;
	FUZZ_CHECK(loss->n > 0 && loss->n <= WB_FEC_ROWS);
	for (unsigned i = 0; i < loss->n; i++) {
		FUZZ_CHECK(symbols[i] && loss->rows[i] < WB_FEC_ROWS);
		FUZZ_CHECK(loss->missing[i] < WB_FEC_SOURCES);
	}
	return 0;
}

static void
fec_meta(void *ctx, const struct wb_pkt *symbol, uint8_t meta[WB_FEC_META])
{
	uint32_t len = symbol->len % 50, check = len * 0x9e3779b1u >> 16;

	(void)ctx;
	memset(meta, 0, WB_FEC_META);
	meta[7] = (uint8_t)len;
	meta[8] = (uint8_t)(check >> 8);
	meta[9] = (uint8_t)check;
}

static const struct wb_fec_codec fuzz_fec = { "fuzz", fec_symbol, fec_add, fec_add_repair,
	fec_solve, fec_meta };

static void
on_datagram(struct wb_tunnel *t, struct input *in, wb_ns_t now)
{
	static const uint8_t paths[] = { 0, 0, 1, 2, 3, 4, 200, 255 };
	uint8_t what = take(in), delta = take(in);
	struct wb_addr from = { .family = 4, .udp_port = what >> 6, .ip = { 192, 0, 2, 1 } };
	struct wb_rx rx = { .path = paths[what & 7], .from = &from };
	uint8_t *plain;

	// The wire's 48 bits: near the ones seen before, now and then somewhere else.
	if (wb_tunnel_rx_number(t, rx.path, delta & 128 ? delta * 7777ull : delta, &rx.number))
		return;
	rx.len = take(in) * (what & 32 ? 6 : 1);
	if (rx.len > in->size)
		rx.len = (uint32_t)in->size;
	plain = malloc(rx.len ? rx.len : 1); // of exactly this size: a read past it is seen
	memcpy(plain, in->data, rx.len);
	in->data += rx.len;
	in->size -= rx.len;
	rx.plain = plain;
	rx.wire_len = rx.len + WB_OUTER_IPV4 + WB_HDR_LEN + WB_TAG_LEN;
	rx.pkt = new_pkt();
	wb_tunnel_received(t, &rx, now);
	free(plain);
}

static void
on_packets(struct wb_tunnel *t, struct input *in, wb_ns_t now)
{
	uint8_t what = take(in), n = 1 + what % 16;
	struct wb_pkt *pkts[16];

	for (unsigned i = 0; i < n; i++) {
		pkts[i] = new_pkt();
		pkts[i]->hash = what >> 6;
		pkts[i]->len = 40 + take(in) * (what & 32 ? 40 : 5);
		pkts[i]->ecn = what >> 4 & 3;
		pkts[i]->sclass = what % WB_CLASS_COUNT;
	}
	wb_tunnel_enqueue(t, pkts, n, now);
}

static void
on_path(struct wb_tunnel *t, struct input *in, wb_ns_t now)
{
	struct wb_addr to = { .family = 4, .udp_port = WB_UDP_PORT, .ip = { 203, 0, 113, 1 } };
	uint8_t what = take(in);
	struct wb_path_conf conf = { .name = "p0",
		.mtu = what & 8 ? 1280 : 0,
		.rate_up = what & 16 ? 1000000 : 0,
		.backup = what & 32 };
	unsigned slot = what >> 6;

	conf.name[1] = (char)('0' + slot);
	switch (what & 7) {
	case 0:
		wb_tunnel_path_remove(t, slot, now);
		break;
	case 1:
		wb_tunnel_path_enable(t, slot, what & 8, now);
		break;
	case 2:
		wb_tunnel_path_moved(t, slot, &to, now);
		break;
	case 3:
		wb_tunnel_path_configure(t, slot, &conf);
		break;
	case 4:
		wb_tunnel_set_scheduler(t, wb_scheduler_name(slot) ? wb_scheduler_name(slot) : "?");
		break;
	default:
		wb_tunnel_path_add(t, &conf, &to, now);
	}
}

static void
send_all(struct wb_tunnel *t, wb_ns_t now)
{
	static struct wb_tx tx[32];
	unsigned n, sent = 0;

	while ((n = wb_tunnel_poll(t, tx, 32, now)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			FUZZ_CHECK(
				tx[i].head_len >= WB_TIME_LEN && tx[i].head_len <= WB_TX_HEAD_MAX);
			FUZZ_CHECK(tx[i].head_len + tx[i].pkt_len <= WB_PATH_MTU_MAX);
			FUZZ_CHECK(!tx[i].pkt || !tx[i].pkt_len ||
				   tx[i].pkt_off + tx[i].pkt_len <= tx[i].pkt->len);
		}
		sent += n;
		FUZZ_CHECK(sent < 100000);
	}
}

// The caller's loop up to `until`.
static void
run(struct wb_tunnel *t, wb_ns_t *now, wb_ns_t until)
{
	for (unsigned idle = 0;;) {
		wb_ns_t next;

		if (*now >= wb_tunnel_next_deadline(t))
			wb_tunnel_expire(t, *now);
		send_all(t, *now);
		next = wb_tunnel_next_deadline(t);
		idle = next > *now ? 0 : idle + 1;
		if (next > until)
			break; // packets that wait for a session have no deadline
		FUZZ_CHECK(idle < 16);
		*now = next > *now ? next : *now;
	}
	*now = until;
}

static struct wb_tunnel *
open_tunnel(enum wb_role role, wb_ns_t now)
{
	static const struct wb_tunnel_ops ops = { op_deliver, op_release, op_mark_ce, op_join,
		op_event };
	struct wb_tunnel_conf conf = { .role = role,
		.ops = &ops,
		.alloc = fuzz_alloc,
		.fec = &fuzz_fec,
		.fec_percent = 50,
		.seed = { 1, 2 },
		.queue_packets = 64,
		.retain_packets = 64,
		.sent_records = 1024,
		.reorder_packets = 32 };
	struct wb_tunnel *t = wb_tunnel_create(&conf, now);

	FUZZ_CHECK(t != NULL);
	wb_tunnel_session_started(t, WB_FEATURE_FRAGMENT | WB_FEATURE_FEC, now);
	return t;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	wb_ns_t now = 5 * WB_SEC;
	struct wb_tunnel *t = open_tunnel(take(&in) & 1 ? WB_ROLE_EDGE : WB_ROLE_HUB, now);

	while (in.size > 0) {
		uint8_t what = take(&in);

		if (what < 128)
			on_datagram(t, &in, now);
		else if (what < 180)
			on_packets(t, &in, now);
		else if (what < 200)
			on_path(t, &in, now);
		else if (what < 204)
			wb_tunnel_session_ended(t, now);
		else if (what < 210)
			wb_tunnel_session_started(t, what & 3, now);
		else if (what == 210)
			wb_tunnel_close(t, now);
		else
			run(t, &now, now + (what - 210ull) * (what & 1 ? WB_MS : 20 * WB_US));
	}
	run(t, &now, now + 100 * WB_MS);
	wb_tunnel_destroy(t);
	FUZZ_CHECK(live == 0);
	while (n_memory > 0)
		free(memory[--n_memory]);
	return 0;
}

static size_t
put_datagram(uint8_t *buf, uint8_t path, uint8_t number, const struct wb_frame *f, uint8_t payload)
{
	int n;

	buf[0] = 0;
	buf[1] = path;
	buf[2] = number;
	memset(buf + 4, number, WB_TIME_LEN);
	n = wb_frame_write(buf + 4 + WB_TIME_LEN, 128, f);
	FUZZ_CHECK(n > 0);
	memset(buf + 4 + WB_TIME_LEN + n, 0x45, payload);
	buf[3] = (uint8_t)(WB_TIME_LEN + n + payload);
	return 4u + buf[3];
}

// A path or three, some traffic both ways, acknowledgements of it.
size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	struct wb_frame probe = { .type = WB_FRAME_PROBE }, ack = { .type = WB_FRAME_ACK };
	struct wb_frame data = { .type = i & 2 ? WB_FRAME_DATA : WB_FRAME_DATA_FRAGMENT };
	struct wb_frame source = { .type = WB_FRAME_FEC_SOURCE };
	struct wb_frame repair = { .type = WB_FRAME_FEC_REPAIR };
	size_t len = 0;

	if (i >= 8)
		return 0;
	buf[len++] = (uint8_t)i;
	repair.repair.sources = 3;
	repair.repair.last = true;
	for (uint8_t k = 0; k < 3 && i & 1; k++) {
		buf[len++] = 190; // add a path
		buf[len++] = (uint8_t)(k << 6 | 7);
	}
	ack.ack.n_ranges = 1;
	data.data.total = 60;
	for (uint8_t k = 0; k < 20; k++) {
		probe.probe.token = k;
		ack.ack.path = k % 3;
		ack.ack.largest = ack.ack.ranges[0].high = k / 2;
		data.data.bucket = k % 2;
		data.data.seq = k / 2 ^ (i >> 1 & 3);
		data.data.offset = k % 2 * 30;
		len += put_datagram(buf + len, k % 4, (uint8_t)(3 * k), &probe, 0);
		len += put_datagram(buf + len, k % 4, (uint8_t)(3 * k + 1), &ack, 0);
		if (!(i & 4))
			len += put_datagram(buf + len, k % 4, (uint8_t)(3 * k + 2), &data, 30);
		else if (k % 4 == 3)
			len += put_datagram(buf + len, 1, (uint8_t)(3 * k + 2), &repair, 40);
		else
			len += put_datagram(buf + len, 1, (uint8_t)(3 * k + 2), &source, 20);
		source.data.group = repair.repair.number = k / 4;
		source.data.index = k % 4;
		source.data.seq = k;
		if (k % 4 == i % 4) {
			buf[len++] = 130; // packets
			buf[len++] = (uint8_t)(k << 4 | 3);
			memset(buf + len, 30 * k, 4);
			len += 4;
		}
		buf[len++] = (uint8_t)(211 + 2 * k % 40);
	}
	return len;
}
