// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rs.h"

#define POLYNOMIAL 0x1d // without x^8
#define CHUNK 512       // bytes copied at a time where a symbol is scaled in place

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

// a^254: the group of what is not 0 has 255 elements.
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
	struct wb_rs *rs = calloc(1, sizeof(*rs));

	if (rs == NULL)
		return NULL;
	rs->backend = backend;
	for (unsigned row = 0; row < WB_RS_ROWS; row++)
		for (unsigned index = 0; index < WB_RS_SOURCES; index++)
			backend->init(rs->tables[row][index], wb_rs_coefficient(row, index));
	return rs;
}

struct wb_rs *
wb_rs_create(void)
{
#ifdef WB_HAVE_ISAL
	return rs_create(&rs_isal);
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
	if (rows)
		rs->backend->update(rs, symbols, rows, index, src, len);
}

// s *= c
static void
scale(const struct wb_rs *rs, uint8_t *s, uint8_t c, size_t len)
{
	uint8_t table[RS_TABLE], copy[CHUNK];

	if (c == 1)
		return;
	rs->backend->init(table, c);
	for (size_t n; len; s += n, len -= n) {
		n = len < CHUNK ? len : CHUNK;
		memcpy(copy, s, n);
		memset(s, 0, n);
		rs->backend->mad(table, s, copy, n);
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

// Gauss-Jordan. No element of the diagonal becomes 0: every leading part of a Cauchy matrix, with its
// columns scaled, has an inverse.
int
wb_rs_solve(
	const struct wb_rs *rs, uint8_t *const *symbols, const struct wb_rs_loss *loss, size_t len)
{
	uint8_t m[WB_RS_ROWS][WB_RS_ROWS], table[RS_TABLE];
	unsigned n = loss->n;

	if (check(loss))
		return -EINVAL;
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < n; j++)
			m[i][j] = wb_rs_coefficient(loss->rows[i], loss->missing[j]);
	for (unsigned p = 0; p < n; p++) {
		uint8_t by = inverse(m[p][p]);

		scale(rs, symbols[p], by, len);
		for (unsigned j = 0; j < n; j++)
			m[p][j] = rs_multiply(m[p][j], by);
		for (unsigned i = 0; i < n; i++) {
			uint8_t factor = m[i][p];

			if (i == p || factor == 0)
				continue;
			rs->backend->init(table, factor);
			rs->backend->mad(table, symbols[i], symbols[p], len);
			for (unsigned j = 0; j < n; j++)
				m[i][j] ^= rs_multiply(factor, m[p][j]);
		}
	}
	return 0;
}
