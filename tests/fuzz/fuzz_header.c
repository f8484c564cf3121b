// SPDX-License-Identifier: BSD-3-Clause
// The clear header of a datagram as it comes from anybody on the Internet.
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "wb_wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wb_header h;
	uint8_t buf[WB_HDR_LEN];
	uint64_t expected = 0, full;

	if (wb_header_read(data, size, &h) < 0) {
		FUZZ_CHECK(
			size < WB_HDR_LEN + WB_TIME_LEN + WB_TAG_LEN || data[0] != WB_DG_SESSION);
		return 0;
	}
	wb_header_write(buf, &h);
	FUZZ_CHECK(memcmp(buf, data, WB_HDR_LEN) == 0);
	FUZZ_CHECK(h.number < 1ull << 48);
	// Any number expected: the nearest one whose low 48 bits are those on the wire.
	memcpy(&expected, data + WB_HDR_LEN, sizeof(expected));
	full = wb_number_expand(h.number, expected);
	FUZZ_CHECK((full & ((1ull << 48) - 1)) == h.number);
	if (expected > 1ull << 48 && expected < UINT64_MAX - (1ull << 49))
		FUZZ_CHECK((full > expected ? full - expected : expected - full) <= 1ull << 47);
	return 0;
}

size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	struct wb_header h = { WB_DG_SESSION, (uint8_t)(85 * i), 0x01020304 * i,
		0xffffffffffffull >> (12 * i) };

	if (i >= 4)
		return 0;
	wb_header_write(buf, &h);
	memset(buf + WB_HDR_LEN, 0x11 << i, WB_TIME_LEN + WB_TAG_LEN + i);
	return WB_HDR_LEN + WB_TIME_LEN + WB_TAG_LEN + i;
}
