// SPDX-License-Identifier: BSD-3-Clause
// For machines without ISA-L: two look-ups a byte. A table has c * 0..15, then c * 0x00, 0x10 .. 0xf0.
#include <string.h>

#include "rs.h"

static void
init(int k, int rows, const uint8_t *matrix, uint8_t *tables)
{
	for (int n = 0; n < k * rows; n++, tables += RS_TABLE) {
		for (unsigned i = 0; i < 16; i++) {
			tables[i] = rs_multiply(matrix[n], (uint8_t)i);
			tables[16 + i] = rs_multiply(matrix[n], (uint8_t)(i << 4));
		}
	}
}

static void
mad(const uint8_t table[RS_TABLE], uint8_t *dst, const uint8_t *src, size_t len)
{
	if (table[1] == 1) { // as all of row 0
		wb_rs_add_symbol(dst, src, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		dst[i] ^= table[src[i] & 15] ^ table[16 + (src[i] >> 4)];
}

static void
update(size_t len, const struct rs_shape *shape, unsigned index, const uint8_t *src,
	uint8_t *const *dst)
{
	for (int r = 0; r < shape->rows; r++)
		mad(shape->tables + RS_TABLES(shape->k, r) + RS_TABLE * index, dst[r], src, len);
}

static void
encode(size_t len, const struct rs_shape *shape, uint8_t *const *src, uint8_t *const *dst)
{
	for (int r = 0; r < shape->rows; r++)
		memset(dst[r], 0, len);
	for (int i = 0; i < shape->k; i++)
		update(len, shape, (unsigned)i, src[i], dst);
}

static uint32_t
crc(const struct wb_rs *rs, uint32_t before, const uint8_t *bytes, size_t len)
{
	return crc32c(&rs->crc, before, bytes, len);
}

const struct rs_backend rs_portable = {
	.name = "portable",
	.init = init,
	.update = update,
	.encode = encode,
	.crc32c = crc,
};
