// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <string.h>

#include "harness.h"
#include "wb_pkt.h"
#include "wb_wire.h"

#define M48 ((1ull << 48) - 1)

static void
test_header(void)
{
	static const uint8_t bytes[WB_HDR_LEN] = { 4, 0xab, 1, 2, 3, 4, 0xf0, 5, 6, 7, 8, 9 };
	const struct wb_header in = { WB_DG_SESSION, 0xab, 0x01020304, 0x1234f00506070809ull };
	uint8_t buf[WB_HDR_LEN + WB_TIME_LEN + WB_TAG_LEN] = { 0 };
	struct wb_header h;

	wb_header_write(buf, &in);
	CU_ASSERT_EQUAL(memcmp(buf, bytes, sizeof(bytes)), 0);
	CU_ASSERT_EQUAL(wb_header_read(buf, sizeof(buf), &h), 0);
	CU_ASSERT_EQUAL(h.type, WB_DG_SESSION);
	CU_ASSERT_EQUAL(h.path, 0xab);
	CU_ASSERT_EQUAL(h.receiver, 0x01020304);
	CU_ASSERT_EQUAL(h.number, 0xf00506070809ull);
	CU_ASSERT_EQUAL(wb_header_read(buf, sizeof(buf) - 1, &h), -EINVAL);
	CU_ASSERT_EQUAL(wb_header_read(buf, 0, &h), -EINVAL);
	buf[0] = WB_DG_HANDSHAKE_INIT;
	CU_ASSERT_EQUAL(wb_header_read(buf, sizeof(buf), &h), -EINVAL);
}

static void
test_nonce(void)
{
	static const uint8_t bytes[] = { 0, 0, 0, 7, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		0x88 };
	uint8_t nonce[WB_NONCE_LEN];

	wb_nonce_write(nonce, 7, 0x1122334455667788ull);
	CU_ASSERT_EQUAL(memcmp(nonce, bytes, sizeof(bytes)), 0);
}

static const struct {
	uint64_t wire, expected, full;
} expansions[] = {
	/* 0 */ { 0, 0, 0 },
	/* 1 */ { 5, 3, 5 },
	/* 2 */ { 3, 5, 3 },
	/* 3 */ { 0, M48, M48 + 1 },   // just over the edge
	/* 4 */ { M48, M48 + 1, M48 }, // just under it
	/* 5 */ { M48, 0, M48 },       // nothing below 0
	/* 6 */ { 1, (5ull << 48) + 2, (5ull << 48) + 1 },
	/* 7 */ { M48 - 1, (5ull << 48) + 2, (5ull << 48) - 2 },
	/* 8 */ { 2, (5ull << 48) - 2, (5ull << 48) + 2 },
	/* 9 */ { 1ull << 47, (5ull << 48), (5ull << 48) + (1ull << 47) }, // half away: upward
	/* 10 */ { (1ull << 47) + 1, (5ull << 48), (4ull << 48) + (1ull << 47) + 1 },
	/* 11 */ { 0, UINT64_MAX, UINT64_MAX & ~M48 }, // nothing above the end
	/* 12 */ { M48, UINT64_MAX, UINT64_MAX },
	/* 13 */ { 0xffff000000000000ull | 9, 3, 9 },            // only 48 bits count
	/* 14 */ { 0, (5ull << 48) + (1ull << 47), 6ull << 48 }, // half away below: upward too
};

static void
test_number(void)
{
	for (unsigned i = 0; i < sizeof(expansions) / sizeof(expansions[0]); i++) {
		uint64_t n = wb_number_expand(expansions[i].wire, expansions[i].expected);

		if (n != expansions[i].full)
			fprintf(stderr, "expansion %u: %#llx\n", i, (unsigned long long)n);
		CU_ASSERT_EQUAL(n, expansions[i].full);
	}
}

// What is on the wire and how many bytes a frame takes; -EINVAL for each shorter length but those
// of DATA's payload.
static const struct {
	uint8_t bytes[24];
	uint8_t len, takes, shortest;
} frames[] = {
	/* 0 */ { { 0x00, 0x01 }, 2, 1, 1 },
	/* 1 */ { { 0x01, 2, 0x03, 0xff, 1, 2, 3, 4, 'x', 'y' }, 10, 10, 8 },
	/* 2 */ { { 0x01, 0, 0, 0, 0, 0, 0, 0 }, 8, 8, 8 },
	/* 3 */ { { 0x02, 1, 0, 5, 0, 0, 0, 9, 5, 220, 2, 0, 'a', 'b' }, 14, 14, 12 },
	/* 4 */ { { 0x03, 3, 0, 0, 0, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 16 }, 19, 19, 19 },
	/* 5 */
	{ { 0x03, 3, 0, 0, 0, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0, 0, 1, 0, 2 }, 23, 23, 23 },
	/* 6 */ { { 0x04, 1, 2, 3, 4, 5, 6, 7, 8 }, 9, 9, 9 },
	/* 7 */ { { 0x05, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 }, 13, 13, 13 },
	/* 8 */ { { 0x06, 1 }, 2, 2, 2 },
	/* 9 */ { { 0x40, 0, 0 }, 3, 3, 3 },
	/* 10 */ { { 0xff, 0, 2, 7, 7, 0x06 }, 6, 5, 5 },
	/* 11 */ { { 0x07, 0xaa, 0x5b, 0xff, 1, 2, 3, 4, 'x', 'y' }, 10, 10, 8 },
	/* 12 */ { { 0x08, 0xaa, 0xf3, 1, 2, 0x85, 0xdc, 'x' }, 8, 8, 7 },
	/* 13 */ { { 0x42, 0, 6, 1, 0, 20, 1, 2, 9 }, 9, 9, 9 },
	/* 14 */ { { 0x42, 0, 2, 1, 0 }, 5, 5, 5 }, // a PATH_USE of another length
	/* 15 */ { { 0x41, 0, 5, 0, 0, 3, 232, 1 }, 8, 8, 8 },
	/* 16 */ { { 0x41, 0, 4, 0, 0, 3, 232 }, 7, 7, 7 }, // without flags
	/* 17 */ { { 0x43, 0, 3, 1, 1, 0, 0x06 }, 7, 6, 6 },
	/* 18 */ { { 0x44, 0, 8, 2, 6, 0, 100, 0, 0, 3, 232 }, 11, 11, 11 },
	/* 19 */ { { 0x44, 0, 2, 2, 6 }, 5, 5, 5 }, // too short: skipped
};

static void
test_frame_lengths(void)
{
	for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct wb_frame f;
		int n = wb_frame_read(frames[i].bytes, frames[i].len, &f);

		if (n != frames[i].takes)
			fprintf(stderr, "frame %u: %d\n", i, n);
		CU_ASSERT_EQUAL(n, frames[i].takes);
		CU_ASSERT_EQUAL(f.type, frames[i].bytes[0]);
		for (size_t len = 0; len < frames[i].shortest; len++)
			CU_ASSERT_EQUAL(wb_frame_read(frames[i].bytes, len, &f), -EINVAL);
		CU_ASSERT_TRUE(wb_frame_read(frames[i].bytes, frames[i].shortest, &f) > 0);
	}
}

static const struct {
	uint8_t bytes[24];
	uint8_t len;
} bad[] = {
	/* 0 */ { { 0x07, 0, 0x0c, 0, 0, 0, 0, 0, 1 }, 9 }, // no such class
	/* 1 */ { { 0x08, 0, 0x04, 0, 0, 0, 0, 1 }, 8 },    // no such row
	/* 2 */ { { 0x3f, 0, 0, 0 }, 4 },
	/* 3 */ { { 0x40, 0, 2, 7 }, 4 },                                // body truncated
	/* 4 */ { { 0x01, 3, 0, 0, 0, 0, 0, 0 }, 8 },                    // no such class
	/* 5 */ { { 0x01, 0, 4, 0, 0, 0, 0, 0 }, 8 },                    // bucket 1024
	/* 6 */ { { 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 1 }, 13 },    // offset = total
	/* 7 */ { { 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 1 }, 14 }, // past total
	/* 8 */ { { 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 12 },       // total 0
	/* 9 */ { { 3, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5 }, 19 }, // below 0
	/* 10 */ { { 3, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1 }, 23 },
	/* 11 */ { { 3, 0, 0, 0, 0, 0, 9, 4, 0, 0, 0, 0, 0, 0, 0, 0, 33, 0, 1, 0, 1, 0, 1 }, 23 },
	/* 12 */ { { 0x01, 0xff, 0, 0, 0, 0, 0, 0 }, 8 },              // no such class, with a hold
	/* 13 */ { { 0x02, 7, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1 }, 13 }, // nor of a fragment
};

static void
test_bad_frames(void)
{
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct wb_frame f;
		int n = wb_frame_read(bad[i].bytes, bad[i].len, &f);

		if (n != -EINVAL)
			fprintf(stderr, "bad frame %u: %d\n", i, n);
		CU_ASSERT_EQUAL(n, -EINVAL);
	}
}

static void
test_data(void)
{
	struct wb_frame f = { .type = WB_FRAME_DATA_FRAGMENT }, g;
	uint8_t buf[64];

	f.data.sclass = WB_CLASS_BULK;
	f.data.bucket = 1023;
	f.data.seq = 0xfffffffe;
	f.data.total = 65535;
	f.data.offset = 65533;
	CU_ASSERT_EQUAL(wb_frame_write(buf, WB_FRAG_LEN - 1, &f), -ENOSPC);
	CU_ASSERT_EQUAL(wb_frame_write(buf, WB_FRAG_LEN, &f), WB_FRAG_LEN);
	CU_ASSERT_EQUAL(wb_frame_read(buf, WB_FRAG_LEN + 2, &g), WB_FRAG_LEN + 2);
	CU_ASSERT_EQUAL(g.data.sclass, WB_CLASS_BULK);
	CU_ASSERT_EQUAL(g.data.bucket, 1023);
	CU_ASSERT_EQUAL(g.data.seq, 0xfffffffe);
	CU_ASSERT_EQUAL(g.data.total, 65535);
	CU_ASSERT_EQUAL(g.data.offset, 65533);
	CU_ASSERT_EQUAL(g.data.len, 2);
	CU_ASSERT_PTR_EQUAL(g.data.payload, buf + WB_FRAG_LEN);
	CU_ASSERT_EQUAL(wb_frame_read(buf, WB_FRAG_LEN + 3, &g), -EINVAL);

	f.type = WB_FRAME_DATA;
	CU_ASSERT_EQUAL(wb_frame_write(buf, WB_DATA_LEN - 1, &f), -ENOSPC);
	CU_ASSERT_EQUAL(wb_frame_write(buf, sizeof(buf), &f), WB_DATA_LEN);
	CU_ASSERT_EQUAL(wb_frame_read(buf, sizeof(buf), &g), (int)sizeof(buf));
	CU_ASSERT_EQUAL(g.data.seq, 0xfffffffe);
	CU_ASSERT_EQUAL(g.data.len, sizeof(buf) - WB_DATA_LEN);
	CU_ASSERT_EQUAL(g.data.total, 0);
}

// Each hold with each class leaves both alone; FEC_SOURCE has no room for one.
static void
test_hold(void)
{
	static const uint8_t types[] = { WB_FRAME_DATA, WB_FRAME_DATA_FRAGMENT,
		WB_FRAME_FEC_SOURCE };
	unsigned wrong = 0;

	for (unsigned i = 0; i < 64 * WB_CLASS_COUNT * 3; i++) {
		struct wb_frame f = { .type = types[i % 3] }, g;
		uint8_t buf[WB_FRAG_LEN + 1] = { 0 };

		f.data.hold = (uint8_t)(i / 3 % 64);
		f.data.sclass = (uint8_t)(i / 3 / 64);
		f.data.bucket = 1023;
		f.data.total = 1;
		CU_ASSERT_FATAL(wb_frame_write(buf, sizeof(buf), &f) > 0);
		CU_ASSERT_FATAL(wb_frame_read(buf, sizeof(buf), &g) > 0);
		wrong += g.data.sclass != f.data.sclass || g.data.bucket != 1023;
		wrong += g.data.hold != (f.type == WB_FRAME_FEC_SOURCE ? 0 : f.data.hold);
		wrong += f.type != WB_FRAME_FEC_SOURCE && buf[1] != f.data.hold * 4 + f.data.sclass;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(WB_HOLD_MAX, 63);
}

static void
test_probe_close(void)
{
	struct wb_frame f = { .type = WB_FRAME_PROBE_REPLY }, g;
	uint8_t buf[16];

	f.probe.token = 0x8877665544332211ull;
	f.probe.recv_us = 0xdeadbeef;
	CU_ASSERT_EQUAL(wb_frame_write(buf, WB_PROBE_REPLY_LEN - 1, &f), -ENOSPC);
	CU_ASSERT_EQUAL(wb_frame_write(buf, sizeof(buf), &f), WB_PROBE_REPLY_LEN);
	CU_ASSERT_EQUAL(wb_frame_read(buf, sizeof(buf), &g), WB_PROBE_REPLY_LEN);
	CU_ASSERT_EQUAL(g.probe.token, f.probe.token);
	CU_ASSERT_EQUAL(g.probe.recv_us, f.probe.recv_us);
	f.type = WB_FRAME_PROBE;
	CU_ASSERT_EQUAL(wb_frame_write(buf, WB_PROBE_LEN - 1, &f), -ENOSPC);
	CU_ASSERT_EQUAL(wb_frame_write(buf, sizeof(buf), &f), WB_PROBE_LEN);
	CU_ASSERT_EQUAL(wb_frame_read(buf, sizeof(buf), &g), WB_PROBE_LEN);
	CU_ASSERT_EQUAL(g.probe.token, f.probe.token);

	f.type = WB_FRAME_CLOSE;
	f.close.reason = WB_CLOSE_PATH;
	CU_ASSERT_EQUAL(wb_frame_write(buf, 1, &f), -ENOSPC);
	CU_ASSERT_EQUAL(wb_frame_write(buf, 2, &f), WB_CLOSE_LEN);
	CU_ASSERT_EQUAL(wb_frame_read(buf, 2, &g), WB_CLOSE_LEN);
	CU_ASSERT_EQUAL(g.close.reason, WB_CLOSE_PATH);
	f.type = WB_FRAME_PADDING;
	CU_ASSERT_EQUAL(wb_frame_write(buf, 0, &f), -ENOSPC);
	CU_ASSERT_EQUAL(wb_frame_write(buf, 1, &f), 1);
	f.type = 0x3f;
	CU_ASSERT_EQUAL(wb_frame_write(buf, sizeof(buf), &f), -EINVAL);
}

static void
test_fec(void)
{
	struct wb_frame f = { .type = WB_FRAME_FEC_SOURCE }, g;
	uint8_t buf[16] = { 0 };

	f.data.group = 255;
	f.data.index = 15;
	f.data.sclass = WB_CLASS_REALTIME;
	f.data.bucket = 1023;
	f.data.seq = 0x80000001;
	CU_ASSERT_EQUAL(wb_frame_write(buf, WB_FEC_SOURCE_LEN - 1, &f), -ENOSPC);
	CU_ASSERT_EQUAL(wb_frame_write(buf, sizeof(buf), &f), WB_DATA_LEN); // no longer than DATA
	CU_ASSERT_EQUAL(wb_frame_read(buf, 10, &g), 10);
	CU_ASSERT_EQUAL(g.data.group, 255);
	CU_ASSERT_EQUAL(g.data.index, 15);
	CU_ASSERT_EQUAL(g.data.sclass, WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(g.data.bucket, 1023);
	CU_ASSERT_EQUAL(g.data.seq, 0x80000001);
	CU_ASSERT_EQUAL(g.data.len, 2);

	f.type = WB_FRAME_FEC_REPAIR;
	f.repair.number = 0xabcdef;
	f.repair.sources = 16;
	f.repair.row = 3;
	f.repair.last = true;
	f.repair.offset = 0x7ffe;
	CU_ASSERT_EQUAL(wb_frame_write(buf, WB_FEC_REPAIR_LEN - 1, &f), -ENOSPC);
	CU_ASSERT_EQUAL(wb_frame_write(buf, sizeof(buf), &f), WB_FEC_REPAIR_LEN);
	CU_ASSERT_EQUAL(wb_frame_read(buf, 8, &g), 8);
	CU_ASSERT_EQUAL(g.repair.number, 0xabcdef);
	CU_ASSERT_EQUAL(g.repair.sources, 16);
	CU_ASSERT_EQUAL(g.repair.row, 3);
	CU_ASSERT(g.repair.last);
	CU_ASSERT_EQUAL(g.repair.offset, 0x7ffe);
	CU_ASSERT_PTR_EQUAL(g.repair.symbol, buf + WB_FEC_REPAIR_LEN);
	CU_ASSERT_EQUAL(g.repair.len, 1);
}

// Ranges as they are written, and how many of them come out at the other end.
static const struct {
	struct wb_ack_range in[6];
	uint8_t n;
	uint8_t room; // bytes for further ranges
	uint8_t out;
	uint64_t last_low;
} acks[] = {
	/* 0 */ { { { 0, 0 } }, 1, 255, 1, 0 },
	/* 1 */ { { { 90, 100 }, { 80, 88 }, { 5, 5 } }, 3, 255, 3, 5 },
	/* 2 */ { { { 90, 100 }, { 80, 88 }, { 5, 5 } }, 3, 8, 3, 5 },
	/* 3 */ { { { 90, 100 }, { 80, 88 }, { 5, 5 } }, 3, 7, 2, 80 }, // oldest has no room
	/* 4 */ { { { 90, 100 }, { 80, 88 }, { 5, 5 } }, 3, 0, 1, 90 },
	/* 5 */ { { { 200000, 265535 }, { 10, 20 } }, 2, 255, 1, 200000 }, // gap over 65536
	/* 6 */ { { { 65541, 131076 }, { 4, 4 } }, 2, 255, 2, 4 },         // both at their maximum
	/* 7 */ { { { 65540, 131076 }, { 4, 4 } }, 2, 255, 1, 65541 },     // length over 65536: cut
	/* 8 */ { { { 300000, 300001 }, { 100000, 299000 }, { 1, 1 } }, 3, 255, 2, 233465 },
	/* 9 */ { { { M48, M48 }, { M48 - 2, M48 - 2 } }, 2, 255, 2, M48 - 2 },
};

static void
test_ack(void)
{
	for (unsigned i = 0; i < sizeof(acks) / sizeof(acks[0]); i++) {
		struct wb_frame f = { .type = WB_FRAME_ACK }, g;
		uint8_t buf[WB_ACK_LEN + 255];
		int n, len = WB_ACK_LEN + (acks[i].out - 1) * WB_ACK_RANGE_LEN;

		f.ack.path = 200;
		f.ack.largest = acks[i].in[0].high;
		f.ack.recv_us = 0x80000001;
		f.ack.bytes = 0xfffffff0;
		f.ack.n_ranges = acks[i].n;
		memcpy(f.ack.ranges, acks[i].in, sizeof(acks[i].in));
		CU_ASSERT_EQUAL(wb_frame_write(buf, WB_ACK_LEN - 1, &f), -ENOSPC);
		n = wb_frame_write(buf, WB_ACK_LEN + acks[i].room, &f);
		if (n != len)
			fprintf(stderr, "ack %u: %d bytes\n", i, n);
		CU_ASSERT_EQUAL_FATAL(n, len);
		CU_ASSERT_EQUAL_FATAL(wb_frame_read(buf, sizeof(buf), &g), len);
		CU_ASSERT_EQUAL(g.ack.path, 200);
		CU_ASSERT_EQUAL(g.ack.largest, f.ack.largest);
		CU_ASSERT_EQUAL(g.ack.recv_us, f.ack.recv_us);
		CU_ASSERT_EQUAL(g.ack.bytes, f.ack.bytes);
		CU_ASSERT_EQUAL_FATAL(g.ack.n_ranges, acks[i].out);
		for (unsigned k = 0; k < g.ack.n_ranges; k++)
			CU_ASSERT_EQUAL(g.ack.ranges[k].high, acks[i].in[k].high);
		CU_ASSERT_EQUAL(g.ack.ranges[g.ack.n_ranges - 1].low, acks[i].last_low);
	}
}

static void
test_ack_full(void)
{
	struct wb_frame f = { .type = WB_FRAME_ACK }, g;
	uint8_t buf[WB_ACK_LEN + WB_ACK_RANGES_MAX * WB_ACK_RANGE_LEN];
	uint8_t longer[sizeof(buf) + WB_ACK_RANGE_LEN] = { 0 };

	f.ack.n_ranges = WB_ACK_RANGES_MAX + 1;
	for (unsigned i = 0; i <= WB_ACK_RANGES_MAX; i++)
		f.ack.ranges[i].low = f.ack.ranges[i].high = 1000 - 2 * i;
	f.ack.largest = 1000;
	CU_ASSERT_EQUAL(wb_frame_write(buf, sizeof(buf), &f), (int)sizeof(buf));
	CU_ASSERT_EQUAL(wb_frame_read(buf, sizeof(buf), &g), (int)sizeof(buf));
	CU_ASSERT_EQUAL(g.ack.n_ranges, WB_ACK_RANGES_MAX + 1);
	CU_ASSERT_EQUAL(memcmp(g.ack.ranges, f.ack.ranges, sizeof(g.ack.ranges)), 0);
	CU_ASSERT_EQUAL(wb_frame_read(buf, sizeof(buf) - 1, &g), -EINVAL);
	memcpy(longer, buf, sizeof(buf));
	longer[16]++; // one more than there may be, though its bytes are there
	CU_ASSERT_EQUAL(wb_frame_read(longer, sizeof(longer), &g), -EINVAL);
}

static const struct harness_test tests[] = {
	{ "header", test_header },
	{ "nonce", test_nonce },
	{ "number", test_number },
	{ "frame lengths", test_frame_lengths },
	{ "bad frames", test_bad_frames },
	{ "data", test_data },
	{ "hold", test_hold },
	{ "probe and close", test_probe_close },
	{ "fec", test_fec },
	{ "ack", test_ack },
	{ "ack with all ranges", test_ack_full },
};

int
main(void)
{
	return HARNESS_RUN("wire", tests);
}
