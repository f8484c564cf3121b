// SPDX-License-Identifier: BSD-3-Clause
// CRC-32C by tables, eight bytes a step.
#include "crc32c.h"

#define POLYNOMIAL 0x82f63b78u // bits reversed

void
crc32c_init(struct crc32c_tables *t)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t c = byte;

		for (unsigned bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? POLYNOMIAL : 0);
		t->at[0][byte] = c;
	}
	for (unsigned n = 1; n < 8; n++)
		for (unsigned byte = 0; byte < 256; byte++)
			t->at[n][byte] =
				t->at[n - 1][byte] >> 8 ^ t->at[0][t->at[n - 1][byte] & 255];
}

uint32_t
crc32c(const struct crc32c_tables *t, uint32_t crc, const uint8_t *bytes, size_t len)
{
	uint32_t c = ~crc;

	for (; len >= 8; len -= 8, bytes += 8)
		c = t->at[7][(c & 255) ^ bytes[0]] ^ t->at[6][(c >> 8 & 255) ^ bytes[1]] ^
		    t->at[5][(c >> 16 & 255) ^ bytes[2]] ^ t->at[4][c >> 24 ^ bytes[3]] ^
		    t->at[3][bytes[4]] ^ t->at[2][bytes[5]] ^ t->at[1][bytes[6]] ^
		    t->at[0][bytes[7]];
	for (; len; len--)
		c = c >> 8 ^ t->at[0][(c & 255) ^ *bytes++];
	return ~c;
}
