/* SPDX-License-Identifier: BSD-3-Clause */
// The arithmetic that wb_rs.h needs, as ISA-L's calls offer it.
#ifndef WB_FEC_RS_H
#define WB_FEC_RS_H

#include <stdbool.h>

#include "crc32c.h"
#include "wb_rs.h"

#define RS_TABLE 32 // bytes a coefficient in tables
#define RS_TABLES(k, rows) ((size_t)RS_TABLE * (k) * (rows))

struct rs_shape;

struct rs_backend {
	const char *name;
	// Fills tables[RS_TABLES(k, rows)] from matrix[row][index], row by row. What is in them is the
	// backend's own business, and holds for that k and these rows only.
	void (*init)(int k, int rows, const uint8_t *matrix, uint8_t *tables);
	// dst[r] += matrix[r][index] * src, r < rows.
	void (*update)(size_t len, const struct rs_shape *shape, unsigned index, const uint8_t *src,
		uint8_t *const *dst);
	// dst[r] = sum over i < k of matrix[r][i] * src[i], r < rows.
	void (*encode)(
		size_t len, const struct rs_shape *shape, uint8_t *const *src, uint8_t *const *dst);
	// As wb_rs_crc32c().
	uint32_t (*crc32c)(const struct wb_rs *rs, uint32_t crc, const uint8_t *bytes, size_t len);
};

// A matrix and its tables.
struct rs_shape {
	int k, rows;
	const uint8_t *tables;
};

struct wb_rs {
	const struct rs_backend *backend;
	char trouble[WB_RS_TROUBLE];
	struct crc32c_tables crc; // of the portable backend
	uint8_t matrix[WB_RS_ROWS][WB_RS_SOURCES];
	// For 1 to WB_RS_ROWS repair symbols: the first so many rows of the matrix.
	uint8_t tables[WB_RS_ROWS][RS_TABLES(WB_RS_SOURCES, WB_RS_ROWS)]
		__attribute__((aligned(64)));
};

extern const struct rs_backend rs_portable;
#ifdef WB_HAVE_ISAL
extern const struct rs_backend rs_isal;
#endif

struct wb_rs *rs_create(const struct rs_backend *backend);
// Creates a code with the backend, or with the portable one if their results differ.
struct wb_rs *rs_create_proven(const struct rs_backend *backend);
uint8_t rs_multiply(uint8_t a, uint8_t b);

// rs_proof.c. Compares the backend of rs with the portable one in all that wb_rs.h may use: rows, indexes, patterns of
// losses, lengths around the widths of registers. Returns false, with the first difference as text.
bool rs_proof(const struct wb_rs *rs, char text[WB_RS_TROUBLE]);

#endif
