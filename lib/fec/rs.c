// SPDX-License-Identifier: BSD-3-Clause
// The Reed-Solomon code: encoding symbol by symbol, and solving for what is lost.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rs.h"

#define POLYNOMIAL 0x1d // without x^8
#define CHUNK 512       // bytes that are solved for at a time

typedef uint8_t vector __attribute__((vector_size(16), aligned(1), may_alias));

uint8_t
rs_multiply(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = (uint8_t)(a << 1) ^ (a & 0x80 ? POLYNOMIAL : 0);
	}
	return product;
}

// Returns a^254, the inverse of a, as the multiplicative group has 255 elements.
static uint8_t
inverse(uint8_t a)
{
	uint8_t power = a, product = 1;

	for (unsigned bit = 1; bit < 8; bit++) {
		power = rs_multiply(power, power);
		product = rs_multiply(product, power);
	}
	return product;
}

uint8_t
wb_rs_coefficient(unsigned row, unsigned index)
{
	return rs_multiply((uint8_t)(WB_RS_SOURCES ^ index),
		inverse((uint8_t)((WB_RS_SOURCES + row) ^ index)));
}

struct wb_rs *
rs_create(const struct rs_backend *backend)
{
	struct wb_rs *rs = aligned_alloc(_Alignof(struct wb_rs), sizeof(*rs));

	if (rs == NULL)
		return NULL;
	memset(rs, 0, sizeof(*rs));
	rs->backend = backend;
	crc32c_init(&rs->crc);
	for (unsigned row = 0; row < WB_RS_ROWS; row++)
		for (unsigned index = 0; index < WB_RS_SOURCES; index++)
			rs->matrix[row][index] = wb_rs_coefficient(row, index);
	for (int rows = 1; rows <= WB_RS_ROWS; rows++)
		backend->init(WB_RS_SOURCES, rows, rs->matrix[0], rs->tables[rows - 1]);
	return rs;
}

struct wb_rs *
rs_create_proven(const struct rs_backend *backend)
{
	struct wb_rs *rs = rs_create(backend), *portable;
	char trouble[WB_RS_TROUBLE];

	if (rs == NULL || backend == &rs_portable || rs_proof(rs, trouble))
		return rs;
	portable = rs_create(&rs_portable);
	if (portable != NULL)
		memcpy(portable->trouble, trouble, sizeof(trouble));
	wb_rs_destroy(rs);
	return portable;
}

struct wb_rs *
wb_rs_create(void)
{
#ifdef WB_HAVE_ISAL
	return rs_create_proven(&rs_isal);
#else
	return rs_create(&rs_portable);
#endif
}

void
wb_rs_destroy(struct wb_rs *rs)
{
	free(rs);
}

const char *
wb_rs_backend(const struct wb_rs *rs)
{
	return rs->backend->name;
}

const char *
wb_rs_trouble(const struct wb_rs *rs)
{
	return rs->trouble[0] ? rs->trouble : NULL;
}

uint32_t
wb_rs_crc32c(const struct wb_rs *rs, uint32_t crc, const uint8_t *bytes, size_t len)
{
	return rs->backend->crc32c(rs, crc, bytes, len);
}

void
wb_rs_add_symbol(uint8_t *dst, const uint8_t *src, size_t len)
{
	size_t i = 0;

	for (; i + sizeof(vector) <= len; i += sizeof(vector))
		*(vector *)(dst + i) ^= *(const vector *)(src + i);
	for (; i < len; i++)
		dst[i] ^= src[i];
}

void
wb_rs_add(const struct wb_rs *rs, uint8_t *const *symbols, unsigned rows, unsigned index,
	const uint8_t *src, size_t len)
{
	if (rows) {
		struct rs_shape shape = { WB_RS_SOURCES, (int)rows, rs->tables[rows - 1] };

		rs->backend->update(len, &shape, index, src, symbols);
	}
}

static int
check(const struct wb_rs_loss *loss)
{
	unsigned rows = 0, missing = 0;

	if (loss->n == 0 || loss->n > WB_RS_ROWS)
		return -EINVAL;
	for (unsigned i = 0; i < loss->n; i++) {
		if (loss->rows[i] >= WB_RS_ROWS || loss->missing[i] >= WB_RS_SOURCES ||
			rows >> loss->rows[i] & 1 || missing >> loss->missing[i] & 1)
			return -EINVAL;
		rows |= 1u << loss->rows[i];
		missing |= 1u << loss->missing[i];
	}
	return 0;
}

// Adds row `from`, `by` times, to row `to`; the row itself (to == from) is multiplied by that.
static void
add_row(uint8_t *to, const uint8_t *from, unsigned n, uint8_t by)
{
	for (unsigned j = 0; j < n; j++)
		to[j] = to == from ? rs_multiply(from[j], by) : to[j] ^ rs_multiply(from[j], by);
}

// Computes the inverse by Gauss-Jordan. No element of the diagonal becomes 0: every leading part of a Cauchy
// matrix, with its columns scaled, has an inverse.
static void
invert(const struct wb_rs *rs, const struct wb_rs_loss *loss, uint8_t *inverted)
{
	uint8_t m[WB_RS_ROWS][2 * WB_RS_ROWS] = { { 0 } };
	unsigned n = loss->n;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = 0; j < n; j++)
			m[i][j] = rs->matrix[loss->rows[i]][loss->missing[j]];
		m[i][n + i] = 1;
	}
	for (unsigned p = 0; p < n; p++) {
		add_row(m[p], m[p], 2 * n, inverse(m[p][p]));
		for (unsigned i = 0; i < n; i++)
			if (i != p)
				add_row(m[i], m[p], 2 * n, m[i][p]);
	}
	for (unsigned i = 0; i < n; i++)
		memcpy(inverted + i * n, m[i] + n, n);
}

int
wb_rs_solve(
	const struct wb_rs *rs, uint8_t *const *symbols, const struct wb_rs_loss *loss, size_t len)
{
	uint8_t matrix[WB_RS_ROWS * WB_RS_ROWS], tables[RS_TABLES(WB_RS_ROWS, WB_RS_ROWS)];
	struct rs_shape shape = { (int)loss->n, (int)loss->n, tables };
	uint8_t found[WB_RS_ROWS][CHUNK], *from[WB_RS_ROWS], *to[WB_RS_ROWS];

	if (check(loss))
		return -EINVAL;
	if (loss->n == 1 && loss->rows[0] == 0)
		return 0; // plain parity
	invert(rs, loss, matrix);
	rs->backend->init(shape.k, shape.rows, matrix, tables);
	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < CHUNK ? len - at : CHUNK;
		for (unsigned i = 0; i < loss->n; i++) {
			from[i] = symbols[i] + at;
			to[i] = found[i];
		}
		rs->backend->encode(n, &shape, from, to);
		for (unsigned i = 0; i < loss->n; i++)
			memcpy(from[i], found[i], n);
	}
	return 0;
}
