// SPDX-License-Identifier: BSD-3-Clause
// For machines without ISA-L: two look-ups a byte.
#include "rs.h"

static void
init(uint8_t table[RS_TABLE], uint8_t c)
{
	for (unsigned i = 0; i < 16; i++) {
		table[i] = rs_multiply(c, (uint8_t)i);
		table[16 + i] = rs_multiply(c, (uint8_t)(i << 4));
	}
}

static void
mad(uint8_t table[RS_TABLE], uint8_t *dst, const uint8_t *src, size_t len)
{
	for (size_t i = 0; i < len; i++)
		dst[i] ^= table[src[i] & 15] ^ table[16 + (src[i] >> 4)];
}

static void
update(const struct wb_rs *rs, uint8_t *const *dst, unsigned rows, unsigned index,
	const uint8_t *src, size_t len)
{
	wb_rs_add_symbol(dst[0], src, len); // row 0 is all ones
	for (unsigned r = 1; r < rows; r++) {
		const uint8_t *table = rs->tables[r][index];

		for (size_t i = 0; i < len; i++)
			dst[r][i] ^= table[src[i] & 15] ^ table[16 + (src[i] >> 4)];
	}
}

const struct rs_backend rs_portable = {
	.name = "portable",
	.init = init,
	.update = update,
	.mad = mad,
};
