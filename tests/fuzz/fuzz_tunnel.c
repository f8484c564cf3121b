// SPDX-License-Identifier: BSD-3-Clause
// A tunnel with its whole life: datagrams of any content from an authentic peer, packets of its own,
// paths that come and go, sessions, time. Each packet handed in leaves once; no deadline is left in
// the past (the caller would spin).
#include <string.h>

#include "end.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static uint8_t
take(struct input *in)
{
	if (in->size == 0)
		return 0;
	in->size--;
	return *in->data++;
}

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
	rx.pkt = end_pkt();
	wb_tunnel_received(t, &rx, now);
	free(plain);
}

static void
on_packets(struct wb_tunnel *t, struct input *in, wb_ns_t now)
{
	uint8_t what = take(in), n = 1 + what % 16;
	struct wb_pkt *pkts[16];

	for (unsigned i = 0; i < n; i++) {
		pkts[i] = end_pkt();
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	wb_ns_t now = 5 * WB_SEC;
	struct wb_tunnel *t = end_open(take(&in) & 1 ? WB_ROLE_EDGE : WB_ROLE_HUB, now);

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
			wb_tunnel_session_started(
				t, (what & 3) | (what & 4 ? WB_FEATURE_HOLD : 0), now);
		else if (what == 210)
			wb_tunnel_close(t, now);
		else
			end_run(t, &now, now + (what - 210ull) * (what & 1 ? WB_MS : 20 * WB_US),
				NULL, NULL);
	}
	end_run(t, &now, now + 100 * WB_MS, NULL, NULL);
	end_close(t);
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
		data.data.hold = k * 13 & WB_HOLD_MAX;
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
