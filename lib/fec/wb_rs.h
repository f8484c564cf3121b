/* SPDX-License-Identifier: BSD-3-Clause */
// An erasure code over byte strings, with k <= 16 sources and up to 4 repair symbols. Any n lost sources can be
// recovered from any n repair symbols. Systematic Reed-Solomon in GF(2^8), x^8 + x^4 + x^3 + x^2 + 1, with
// the Cauchy matrix coefficient(row, index) = (16 ^ index) / ((16 + row) ^ index): every square part
// of it has an inverse, and row 0 is all ones (plain parity). Encoding is incremental at both ends:
//
//   repair[row] = sum over index of coefficient(row, index) * source[index]
//
// The receiver adds what arrived in the same way, adds the repair symbol, and so holds the same sum
// over what is missing: only the n x n part of these is inverted (n <= 4).
// Source: J. Bloemer et al., "An XOR-Based Erasure-Resilient Coding Scheme", 1995; RFC 5510.
#ifndef WB_RS_H
#define WB_RS_H

#include <stddef.h>
#include <stdint.h>

#define WB_RS_SOURCES 16
#define WB_RS_ROWS 4

struct wb_rs;

#define WB_RS_TROUBLE 96

// Creates the tables, which any number of threads may use. It takes about 30 ms, as ISA-L is compared with portable
// code; if they differ, the portable code is used. NULL: no memory.
struct wb_rs *wb_rs_create(void);
void wb_rs_destroy(struct wb_rs *rs);
// Returns what does the arithmetic: "isa-l" or "portable".
const char *wb_rs_backend(const struct wb_rs *rs);
// Returns what ISA-L computed wrongly, as text. NULL: nothing, or there is no ISA-L.
const char *wb_rs_trouble(const struct wb_rs *rs);

// Returns the coefficient of a source in a row, which is never 0. row < WB_RS_ROWS, index < WB_RS_SOURCES.
uint8_t wb_rs_coefficient(unsigned row, unsigned index);

// Adds a source to symbols: symbols[r][0..len) += coefficient(r, index) * src[0..len) for r = 0..rows-1. Sources
// shorter than a symbol count as if followed by zeros.
void wb_rs_add(const struct wb_rs *rs, uint8_t *const *symbols, unsigned rows, unsigned index,
	const uint8_t *src, size_t len);
// Adds one symbol to another: dst[0..len) += src[0..len), which is plain XOR.
void wb_rs_add_symbol(uint8_t *dst, const uint8_t *src, size_t len);

// What was lost, and the repair symbols that stand for it.
struct wb_rs_loss {
	unsigned n;                  // lost sources and repair symbols, 1..WB_RS_ROWS
	uint8_t rows[WB_RS_ROWS];    // symbols[i] is of that row; all different
	uint8_t missing[WB_RS_ROWS]; // indexes; all different
};
// Recovers sources in place: symbols[i], which held the sum of row rows[i] over the missing sources, becomes
// source missing[i]. -EINVAL: n, a row or an index out of range, or one named twice; nothing is changed.
int wb_rs_solve(
	const struct wb_rs *rs, uint8_t *const *symbols, const struct wb_rs_loss *loss, size_t len);

// Returns CRC-32C over bytes that follow those of the sum `crc` (0: none before).
uint32_t wb_rs_crc32c(const struct wb_rs *rs, uint32_t crc, const uint8_t *bytes, size_t len);

#endif
