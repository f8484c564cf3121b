/* SPDX-License-Identifier: BSD-3-Clause */
// CRC-32C (RFC 3720 B.4), for machines without ISA-L: eight look-ups for eight bytes.
#ifndef WB_FEC_CRC32C_H
#define WB_FEC_CRC32C_H

#include <stddef.h>
#include <stdint.h>

struct crc32c_tables {
	uint32_t at[8][256]; // at[n][b]: what byte b becomes with n bytes of 0 behind it
};
void crc32c_init(struct crc32c_tables *t);
// Returns the checksum of these bytes after those with the checksum `crc`; 0: they are the first.
uint32_t crc32c(const struct crc32c_tables *t, uint32_t crc, const uint8_t *bytes, size_t len);

#endif
