// SPDX-License-Identifier: BSD-3-Clause
// The header of a datagram: read and written, its number made whole, the nonce made of it.
#include <errno.h>

#include "bytes.h"
#include "wb_wire.h"

#define NUMBER_MASK ((1ull << 48) - 1)

void
wb_header_write(uint8_t *buf, const struct wb_header *h)
{
	buf[WB_HDR_TYPE] = h->type;
	buf[WB_HDR_PATH] = h->path;
	put32(buf + WB_HDR_RECEIVER, h->receiver);
	put48(buf + WB_HDR_NUMBER, h->number);
}

int
wb_header_read(const uint8_t *buf, size_t len, struct wb_header *h)
{
	if (len < WB_HDR_LEN + WB_TIME_LEN + WB_TAG_LEN || buf[WB_HDR_TYPE] != WB_DG_SESSION)
		return -EINVAL;
	h->type = buf[WB_HDR_TYPE];
	h->path = buf[WB_HDR_PATH];
	h->receiver = get32(buf + WB_HDR_RECEIVER);
	h->number = get48(buf + WB_HDR_NUMBER);
	return 0;
}

void
wb_nonce_write(uint8_t nonce[WB_NONCE_LEN], uint32_t path, uint64_t number)
{
	put32(nonce, path);
	put64(nonce + 4, number);
}

uint64_t
wb_number_expand(uint64_t wire, uint64_t expected)
{
	const uint64_t win = NUMBER_MASK + 1, half = win / 2;
	uint64_t candidate = (expected & ~NUMBER_MASK) | (wire & NUMBER_MASK);

	// RFC 9000 A.3, written without a subtraction that could fall below 0.
	if (candidate + half <= expected && candidate < UINT64_MAX - win)
		return candidate + win;
	if (candidate > expected && candidate - expected > half && candidate >= win)
		return candidate - win;
	return candidate;
}
