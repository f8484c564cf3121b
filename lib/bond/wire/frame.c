// SPDX-License-Identifier: BSD-3-Clause
// The frames in a datagram, read and written. docs/protocol.md has their layouts.
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "bytes.h"
#include "wb_pkt.h"
#include "wb_wire.h"

static int
read_data(const uint8_t *buf, size_t len, struct wb_frame *f)
{
	size_t head = f->type == WB_FRAME_DATA ? WB_DATA_LEN : WB_FRAG_LEN;

	if (len < head || len > INT_MAX)
		return -EINVAL;
	f->data.sclass = buf[1] & 3;
	f->data.hold = buf[1] >> 2;
	f->data.bucket = get16(buf + 2);
	f->data.seq = get32(buf + 4);
	f->data.payload = buf + head;
	f->data.len = (uint32_t)(len - head);
	f->data.total = f->data.offset = 0;
	if (f->data.sclass >= WB_CLASS_COUNT || f->data.bucket >= WB_BUCKETS)
		return -EINVAL;
	if (f->type == WB_FRAME_DATA_FRAGMENT) {
		f->data.total = get16(buf + 8);
		f->data.offset = get16(buf + 10);
		if (f->data.offset >= f->data.total ||
			f->data.len > (uint32_t)(f->data.total - f->data.offset))
			return -EINVAL;
	}
	return (int)len;
}

static int
read_source(const uint8_t *buf, size_t len, struct wb_frame *f)
{
	uint16_t place;

	if (len < WB_FEC_SOURCE_LEN || len > INT_MAX)
		return -EINVAL;
	place = get16(buf + 2);
	f->data.group = buf[1];
	f->data.index = (uint8_t)(place >> 12);
	f->data.sclass = place >> 10 & 3;
	f->data.hold = 0;
	f->data.bucket = place & (WB_BUCKETS - 1);
	f->data.seq = get32(buf + 4);
	f->data.total = f->data.offset = 0;
	f->data.payload = buf + WB_FEC_SOURCE_LEN;
	f->data.len = (uint32_t)(len - WB_FEC_SOURCE_LEN);
	return f->data.sclass < WB_CLASS_COUNT ? (int)len : -EINVAL;
}

static int
read_repair(const uint8_t *buf, size_t len, struct wb_frame *f)
{
	if (len < WB_FEC_REPAIR_LEN || len > INT_MAX)
		return -EINVAL;
	f->repair.number = (uint32_t)get16(buf + 3) << 8 | buf[1];
	f->repair.sources = (uint8_t)((buf[2] >> 4) + 1);
	f->repair.row = buf[2] & 15;
	f->repair.last = buf[5] >> 7;
	f->repair.offset = get16(buf + 5) & 0x7fff;
	f->repair.symbol = buf + WB_FEC_REPAIR_LEN;
	f->repair.len = (uint32_t)(len - WB_FEC_REPAIR_LEN);
	return f->repair.row < WB_FEC_ROWS ? (int)len : -EINVAL;
}

// Ranges stay within [0, largest]: a peer that has sent fewer than 2^48 packets on a path (nine
// months at 10 Mpps) never writes one that goes below 0.
static int
read_ack(const uint8_t *buf, size_t len, struct wb_frame *f)
{
	unsigned more;
	uint64_t high;

	if (len < WB_ACK_LEN)
		return -EINVAL;
	f->ack.path = buf[1];
	f->ack.largest = high = get48(buf + 2);
	f->ack.recv_us = get32(buf + 8);
	f->ack.bytes = get32(buf + 12);
	more = buf[16];
	if (more > WB_ACK_RANGES_MAX || len < WB_ACK_LEN + (size_t)more * WB_ACK_RANGE_LEN)
		return -EINVAL;
	f->ack.n_ranges = (uint8_t)(more + 1);
	if (get16(buf + 17) > high)
		return -EINVAL;
	f->ack.ranges[0].high = high;
	f->ack.ranges[0].low = high - get16(buf + 17);
	for (unsigned i = 1; i <= more; i++) {
		const uint8_t *p = buf + WB_ACK_LEN + (i - 1) * WB_ACK_RANGE_LEN;
		// `gap` numbers are missing between this range and the one above it.
		uint32_t gap = get16(p) + 1u, length = get16(p + 2) + 1u;
		uint64_t above = f->ack.ranges[i - 1].low;

		if (above < (uint64_t)gap + length)
			return -EINVAL;
		f->ack.ranges[i].high = above - gap - 1;
		f->ack.ranges[i].low = above - gap - length;
	}
	return (int)(WB_ACK_LEN + more * WB_ACK_RANGE_LEN);
}

static int
read_probe(const uint8_t *buf, size_t len, struct wb_frame *f)
{
	bool reply = f->type == WB_FRAME_PROBE_REPLY;
	size_t need = reply ? WB_PROBE_REPLY_LEN : WB_PROBE_LEN;

	if (len < need)
		return -EINVAL;
	f->probe.token = get64(buf + 1);
	f->probe.recv_us = reply ? get32(buf + 9) : 0;
	return (int)need;
}

// Reads a frame whose body has `body` bytes. A body that is too short, or of a type that is not known, is skipped.
static void
read_extension(const uint8_t *buf, uint16_t body, struct wb_frame *f)
{
	switch (f->type) {
	case WB_FRAME_PATH_MTU:
		f->mtu.limit = body >= 2 ? get16(buf + 3) : 0;
		f->mtu.found = body >= 4 ? get16(buf + 5) : 0;
		break;
	case WB_FRAME_PATH_RATE:
		f->rate.skip = body != WB_PATH_RATE_LEN - 3 && body != WB_PATH_RATE_LEN - 4;
		f->rate.kbit = f->rate.skip ? 0 : get32(buf + 3);
		f->rate.flags = body == WB_PATH_RATE_LEN - 3 ? buf[7] : 0;
		break;
	case WB_FRAME_PATH_STATE:
		f->state.known = body >= WB_PATH_STATE_LEN - 3;
		if (!f->state.known)
			break;
		f->state.path = buf[3];
		f->state.state = buf[4];
		f->state.lost = get16(buf + 5);
		f->state.kbit = get32(buf + 7);
		break;
	case WB_FRAME_HANDSHAKE:
		f->message.data = buf + WB_HANDSHAKE_FRAME_LEN;
		f->message.len = body;
		break;
	case WB_FRAME_PATH_USE:
		f->use.known = body == WB_PATH_USE_LEN - 3;
		if (!f->use.known)
			break;
		f->use.flags = buf[3];
		f->use.price_ms = get16(buf + 4);
		f->use.weight = get16(buf + 6);
		f->use.priority = buf[8];
		break;
	default:
		break;
	}
}

int
wb_frame_read(const uint8_t *buf, size_t len, struct wb_frame *f)
{
	if (len == 0)
		return -EINVAL;
	f->type = buf[0];
	switch (f->type) {
	case WB_FRAME_PADDING:
		return 1;
	case WB_FRAME_DATA:
	case WB_FRAME_DATA_FRAGMENT:
		return read_data(buf, len, f);
	case WB_FRAME_FEC_SOURCE:
		return read_source(buf, len, f);
	case WB_FRAME_FEC_REPAIR:
		return read_repair(buf, len, f);
	case WB_FRAME_ACK:
		return read_ack(buf, len, f);
	case WB_FRAME_PROBE:
	case WB_FRAME_PROBE_REPLY:
		return read_probe(buf, len, f);
	case WB_FRAME_CLOSE:
		if (len < WB_CLOSE_LEN)
			return -EINVAL;
		f->close.reason = buf[1];
		return WB_CLOSE_LEN;
	}
	if (f->type < WB_FRAME_EXTENSION || len < 3 || len - 3 < get16(buf + 1))
		return -EINVAL;
	read_extension(buf, get16(buf + 1), f);
	return 3 + get16(buf + 1);
}

static int
write_data(uint8_t *buf, size_t room, const struct wb_frame *f)
{
	int head = f->type == WB_FRAME_DATA ? WB_DATA_LEN : WB_FRAG_LEN;

	if (room < (size_t)head)
		return -ENOSPC;
	buf[0] = f->type;
	buf[1] = (uint8_t)(f->data.hold << 2 | f->data.sclass);
	put16(buf + 2, f->data.bucket);
	put32(buf + 4, f->data.seq);
	if (f->type == WB_FRAME_DATA_FRAGMENT) {
		put16(buf + 8, f->data.total);
		put16(buf + 10, f->data.offset);
	}
	return head;
}

static int
write_source(uint8_t *buf, size_t room, const struct wb_frame *f)
{
	if (room < WB_FEC_SOURCE_LEN)
		return -ENOSPC;
	buf[0] = WB_FRAME_FEC_SOURCE;
	buf[1] = f->data.group;
	put16(buf + 2,
		(uint32_t)f->data.index << 12 | (uint32_t)f->data.sclass << 10 | f->data.bucket);
	put32(buf + 4, f->data.seq);
	return WB_FEC_SOURCE_LEN;
}

static int
write_repair(uint8_t *buf, size_t room, const struct wb_frame *f)
{
	if (room < WB_FEC_REPAIR_LEN)
		return -ENOSPC;
	buf[0] = WB_FRAME_FEC_REPAIR;
	buf[1] = (uint8_t)f->repair.number;
	buf[2] = (uint8_t)((f->repair.sources - 1) << 4 | f->repair.row);
	put16(buf + 3, f->repair.number >> 8);
	put16(buf + 5, (f->repair.last ? 0x8000u : 0) | f->repair.offset);
	return WB_FEC_REPAIR_LEN;
}

static uint32_t
clamp16(uint64_t v)
{
	return v > UINT16_MAX ? UINT16_MAX : (uint32_t)v;
}

// Writes ranges downward from the largest until room, the format's maximum, or a gap or length over
// 65536 ends it: what is left out is merely not reported.
static int
write_ack(uint8_t *buf, size_t room, const struct wb_frame *f)
{
	const struct wb_ack_range *r = f->ack.ranges;
	uint64_t length = f->ack.n_ranges ? r[0].high - r[0].low : 0;
	size_t max = f->ack.n_ranges ? f->ack.n_ranges - 1u : 0, i;

	if (room < WB_ACK_LEN)
		return -ENOSPC;
	if (max > WB_ACK_RANGES_MAX)
		max = WB_ACK_RANGES_MAX;
	if (max > (room - WB_ACK_LEN) / WB_ACK_RANGE_LEN)
		max = (room - WB_ACK_LEN) / WB_ACK_RANGE_LEN;
	buf[0] = WB_FRAME_ACK;
	buf[1] = f->ack.path;
	put48(buf + 2, f->ack.largest);
	put32(buf + 8, f->ack.recv_us);
	put32(buf + 12, f->ack.bytes);
	put16(buf + 17, clamp16(length));
	for (i = 0; i < max && length <= UINT16_MAX; i++) {
		uint8_t *p = buf + WB_ACK_LEN + i * WB_ACK_RANGE_LEN;
		uint64_t gap = r[i].low - r[i + 1].high - 2;

		if (gap > UINT16_MAX)
			break;
		length = r[i + 1].high - r[i + 1].low;
		put16(p, (uint32_t)gap);
		put16(p + 2, clamp16(length));
	}
	buf[16] = (uint8_t)i;
	return (int)(WB_ACK_LEN + i * WB_ACK_RANGE_LEN);
}

static int
write_probe(uint8_t *buf, size_t room, const struct wb_frame *f)
{
	int need = f->type == WB_FRAME_PROBE ? WB_PROBE_LEN : WB_PROBE_REPLY_LEN;

	if (room < (size_t)need)
		return -ENOSPC;
	buf[0] = f->type;
	put64(buf + 1, f->probe.token);
	if (f->type == WB_FRAME_PROBE_REPLY)
		put32(buf + 9, f->probe.recv_us);
	return need;
}

static size_t
extension_len(const struct wb_frame *f)
{
	switch (f->type) {
	case WB_FRAME_PATH_MTU:
		return WB_PATH_MTU_LEN;
	case WB_FRAME_PATH_RATE:
		return WB_PATH_RATE_LEN;
	case WB_FRAME_PATH_USE:
		return WB_PATH_USE_LEN;
	case WB_FRAME_PATH_STATE:
		return WB_PATH_STATE_LEN;
	case WB_FRAME_HANDSHAKE:
		return f->message.len > WB_MESSAGE_MAX
			       ? SIZE_MAX
			       : WB_HANDSHAKE_FRAME_LEN + (size_t)f->message.len;
	default:
		return 0;
	}
}

// Writes a frame that has a length.
static int
write_extension(uint8_t *buf, size_t room, const struct wb_frame *f)
{
	size_t len = extension_len(f);

	if (len == 0)
		return -EINVAL;
	if (room < len)
		return -ENOSPC;
	buf[0] = f->type;
	put16(buf + 1, (uint32_t)len - 3);
	switch (f->type) {
	case WB_FRAME_PATH_MTU:
		put16(buf + 3, f->mtu.limit);
		put16(buf + 5, f->mtu.found);
		break;
	case WB_FRAME_PATH_RATE:
		put32(buf + 3, f->rate.kbit);
		buf[7] = f->rate.flags;
		break;
	case WB_FRAME_PATH_USE:
		buf[3] = f->use.flags;
		put16(buf + 4, f->use.price_ms);
		put16(buf + 6, f->use.weight);
		buf[8] = f->use.priority;
		break;
	case WB_FRAME_PATH_STATE:
		buf[3] = f->state.path;
		buf[4] = f->state.state;
		put16(buf + 5, f->state.lost);
		put32(buf + 7, f->state.kbit);
		break;
	default: // WB_FRAME_HANDSHAKE
		memcpy(buf + WB_HANDSHAKE_FRAME_LEN, f->message.data, f->message.len);
		break;
	}
	return (int)len;
}

int
wb_frame_write(uint8_t *buf, size_t room, const struct wb_frame *f)
{
	switch (f->type) {
	case WB_FRAME_PADDING:
		if (room < 1)
			return -ENOSPC;
		buf[0] = WB_FRAME_PADDING;
		return 1;
	case WB_FRAME_DATA:
	case WB_FRAME_DATA_FRAGMENT:
		return write_data(buf, room, f);
	case WB_FRAME_FEC_SOURCE:
		return write_source(buf, room, f);
	case WB_FRAME_FEC_REPAIR:
		return write_repair(buf, room, f);
	case WB_FRAME_ACK:
		return write_ack(buf, room, f);
	case WB_FRAME_PROBE:
	case WB_FRAME_PROBE_REPLY:
		return write_probe(buf, room, f);
	case WB_FRAME_CLOSE:
		if (room < WB_CLOSE_LEN)
			return -ENOSPC;
		buf[0] = WB_FRAME_CLOSE;
		buf[1] = f->close.reason;
		return WB_CLOSE_LEN;
	default:
		return write_extension(buf, room, f);
	}
}
