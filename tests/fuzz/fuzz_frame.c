// SPDX-License-Identifier: BSD-3-Clause
// The frames of a decrypted datagram, one after the other, as the tunnel reads them. What can be read
// can be written, and reads the same again.
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "wb_pkt.h"
#include "wb_wire.h"

static void
check_ack(const struct wb_frame *f)
{
	const struct wb_ack_range *r = f->ack.ranges;

	FUZZ_CHECK(f->ack.n_ranges >= 1 && f->ack.n_ranges <= WB_ACK_RANGES_MAX + 1);
	FUZZ_CHECK(f->ack.largest < 1ull << 48 && r[0].high == f->ack.largest);
	for (unsigned i = 0; i < f->ack.n_ranges; i++) {
		FUZZ_CHECK(r[i].low <= r[i].high);
		FUZZ_CHECK(i == 0 || r[i].high + 1 < r[i - 1].low);
	}
}

static void
check_data(const struct wb_frame *f, const uint8_t *data, size_t size)
{
	FUZZ_CHECK(f->data.sclass < WB_CLASS_COUNT && f->data.bucket < WB_BUCKETS);
	FUZZ_CHECK(f->data.hold <= (f->type == WB_FRAME_FEC_SOURCE ? 0 : WB_HOLD_MAX));
	FUZZ_CHECK(f->data.payload >= data && f->data.payload + f->data.len == data + size);
	FUZZ_CHECK(f->type != WB_FRAME_FEC_SOURCE || f->data.index < WB_FEC_SOURCES);
	if (f->type == WB_FRAME_DATA_FRAGMENT)
		FUZZ_CHECK(f->data.offset < f->data.total &&
			   f->data.offset + f->data.len <= f->data.total);
}

static void
check_repair(const struct wb_frame *f, const uint8_t *data, size_t size)
{
	FUZZ_CHECK(f->repair.row < WB_FEC_ROWS && f->repair.number < 1u << 24);
	FUZZ_CHECK(f->repair.sources >= 1 && f->repair.sources <= WB_FEC_SOURCES);
	FUZZ_CHECK(f->repair.symbol >= data && f->repair.symbol + f->repair.len == data + size);
}

static void
check_again(const struct wb_frame *f, const uint8_t *data, int taken)
{
	static uint8_t buf[65536];
	struct wb_frame g;
	int n = wb_frame_write(buf, sizeof(buf), f);
	size_t payload = 0;

	if (f->type == WB_FRAME_PATH_MTU && taken != WB_PATH_MTU_LEN)
		return; // of a length to come: skipped
	if (f->type == WB_FRAME_PATH_RATE && taken != WB_PATH_RATE_LEN)
		return;
	if (f->type == WB_FRAME_PATH_USE && !f->use.known)
		return;
	if (f->type == WB_FRAME_HANDSHAKE) {
		FUZZ_CHECK(f->message.data == data + 3 && 3 + f->message.len == taken);
		if (f->message.len > WB_MESSAGE_MAX) {
			FUZZ_CHECK(n == -ENOSPC);
			return;
		}
	}
	if (f->type == WB_FRAME_PATH_STATE && taken != WB_PATH_STATE_LEN)
		return;
	if (f->type > WB_FRAME_PATH_STATE) {
		FUZZ_CHECK(n == -EINVAL);
		return;
	}
	if (f->type == WB_FRAME_DATA || f->type == WB_FRAME_DATA_FRAGMENT ||
		f->type == WB_FRAME_FEC_SOURCE) {
		payload = f->data.len;
		memcpy(buf + n, f->data.payload, payload);
	}
	if (f->type == WB_FRAME_FEC_REPAIR) {
		payload = f->repair.len;
		memcpy(buf + n, f->repair.symbol, payload);
	}
	FUZZ_CHECK(n + (int)payload == taken);
	FUZZ_CHECK(memcmp(buf, data, (size_t)taken) == 0);
	FUZZ_CHECK(wb_frame_read(buf, (size_t)taken, &g) == taken);
	for (int room = 0; room < n; room++) {
		int short_of = wb_frame_write(buf, (size_t)room, f);

		FUZZ_CHECK(short_of == -ENOSPC || (f->type == WB_FRAME_ACK && short_of <= room));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size > 0) {
		struct wb_frame f;
		int n = wb_frame_read(data, size, &f);

		if (n < 0) {
			FUZZ_CHECK(n == -EINVAL);
			break;
		}
		FUZZ_CHECK(n > 0 && (size_t)n <= size && f.type == data[0]);
		if (f.type == WB_FRAME_ACK)
			check_ack(&f);
		if (f.type == WB_FRAME_DATA || f.type == WB_FRAME_DATA_FRAGMENT ||
			f.type == WB_FRAME_FEC_SOURCE)
			check_data(&f, data, size);
		if (f.type == WB_FRAME_FEC_REPAIR)
			check_repair(&f, data, size);
		check_again(&f, data, n);
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static size_t
put(uint8_t *buf, size_t len, const struct wb_frame *f, size_t payload)
{
	int n = wb_frame_write(buf + len, FUZZ_INPUT_MAX - len, f);

	FUZZ_CHECK(n > 0 && len + (size_t)n + payload <= FUZZ_INPUT_MAX);
	memset(buf + len + n, 0x45, payload);
	return len + (size_t)n + payload;
}

size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	struct wb_frame ack = { .type = WB_FRAME_ACK }, probe = { .type = WB_FRAME_PROBE };
	struct wb_frame reply = { .type = WB_FRAME_PROBE_REPLY }, end = { .type = WB_FRAME_CLOSE };
	struct wb_frame data = { .type = i % 2 ? WB_FRAME_DATA : WB_FRAME_DATA_FRAGMENT };
	struct wb_frame source = { .type = WB_FRAME_FEC_SOURCE };
	struct wb_frame repair = { .type = WB_FRAME_FEC_REPAIR };
	size_t len = 0;

	if (i >= 10)
		return 0;
	source.data.index = (uint8_t)i;
	source.data.sclass = (uint8_t)(i % WB_CLASS_COUNT);
	repair.repair.sources = (uint8_t)(i + 1);
	repair.repair.last = i & 1;
	if (i >= 8)
		return put(buf, 0, i & 1 ? &source : &repair, i * 9);
	ack.ack.largest = 100000;
	ack.ack.n_ranges = (uint8_t)(1 + i * 4);
	for (unsigned k = 0; k < ack.ack.n_ranges; k++) {
		ack.ack.ranges[k].high = 100000 - 1000 * k;
		ack.ack.ranges[k].low = 100000 - 1000 * k - 37 * i;
	}
	data.data.sclass = (uint8_t)(i % WB_CLASS_COUNT);
	data.data.hold = (uint8_t)(i * 9);
	data.data.bucket = (uint16_t)(i * 100);
	data.data.seq = 0xfffffff0u + i;
	data.data.total = 1400;
	data.data.offset = (uint16_t)(i * 100);
	if (i & 1)
		len = put(buf, len, &probe, 0);
	if (i & 2)
		len = put(buf, len, &reply, 0);
	if (i & 4)
		len = put(buf, len, &end, 0);
	if (i > 0)
		len = put(buf, len, &ack, 0);
	if (i & 2) { // a frame from the future
		memcpy(buf + len, "\x41\x00\x03xyz", 6);
		len += 6;
	}
	return put(buf, len, &data, i * 90);
}
