/* SPDX-License-Identifier: BSD-3-Clause */
// What the arithmetic behind wb_rs.h has to offer.
#ifndef WB_FEC_RS_H
#define WB_FEC_RS_H

#include "wb_rs.h"

// For one constant c: c * 0..15, then c * 0x00, 0x10 .. 0xf0.
#define RS_TABLE 32

struct rs_backend {
	const char *name;
	void (*init)(uint8_t table[RS_TABLE], uint8_t c);
	// dst[r] += c(r, index) * src with tables[r][index], r < rows.
	void (*update)(const struct wb_rs *rs, uint8_t *const *dst, unsigned rows, unsigned index,
		const uint8_t *src, size_t len);
	// dst += c * src, by c's table.
	void (*mad)(uint8_t table[RS_TABLE], uint8_t *dst, const uint8_t *src, size_t len);
};

struct wb_rs {
	const struct rs_backend *backend;
	uint8_t tables[WB_RS_ROWS][WB_RS_SOURCES][RS_TABLE];
};

extern const struct rs_backend rs_portable;
#ifdef WB_HAVE_ISAL
extern const struct rs_backend rs_isal;
#endif

struct wb_rs *rs_create(const struct rs_backend *backend);
uint8_t rs_multiply(uint8_t a, uint8_t b);

#endif
