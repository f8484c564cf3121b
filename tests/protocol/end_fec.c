// SPDX-License-Identifier: BSD-3-Clause
// lib/fec behind lib/bond's vtable, for the packets of end.c.
#include "end.h"

#include <stdlib.h>
#include <string.h>

#include "wb_rs.h"

static struct wb_pkt *
symbol(void *ctx)
{
	struct record *r = calloc(1, sizeof(*r));

	(void)ctx;
	return r == NULL ? NULL : &r->pkt;
}

static uint8_t *
data_of(const struct wb_pkt *pkt)
{
	return ((struct record *)(uintptr_t)pkt)->data;
}

static void
longer(struct wb_pkt *symbol, uint32_t len)
{
	symbol->len = len > symbol->len ? len : symbol->len;
}

static const struct wb_rs *
code(void)
{
	static struct wb_rs *rs;

	if (rs == NULL)
		rs = wb_rs_create();
	return rs;
}

static void
add(void *ctx, struct wb_pkt *const *symbols, unsigned rows, const struct wb_fec_source *s)
{
	uint8_t *at[WB_RS_ROWS] = { NULL }, *after[WB_RS_ROWS] = { NULL };

	(void)ctx;
	for (unsigned r = 0; r < rows; r++) {
		at[r] = data_of(symbols[r]);
		after[r] = at[r] + WB_FEC_META;
		longer(symbols[r], WB_FEC_META + s->len);
	}
	wb_rs_add(code(), at, rows, s->index, s->meta, WB_FEC_META);
	wb_rs_add(code(), after, rows, s->index, data_of(s->pkt) + s->off, s->len);
}

static void
add_repair(void *ctx, struct wb_pkt *symbol, uint32_t offset, const struct wb_pkt *pkt)
{
	(void)ctx;
	longer(symbol, offset + pkt->len);
	wb_rs_add_symbol(data_of(symbol) + offset, data_of(pkt) + pkt->off, pkt->len);
}

static int
solve(void *ctx, struct wb_pkt *const *symbols, const struct wb_fec_loss *loss)
{
	struct wb_rs_loss l = { .n = loss->n };
	uint8_t *at[WB_RS_ROWS] = { NULL };

	(void)ctx;
	memcpy(l.rows, loss->rows, sizeof(l.rows));
	memcpy(l.missing, loss->missing, sizeof(l.missing));
	for (unsigned i = 0; i < loss->n; i++)
		at[i] = data_of(symbols[i]);
	return wb_rs_solve(code(), at, &l, WB_FEC_SYMBOL_MAX);
}

static uint32_t
sum(void *ctx, const struct wb_fec_source *s)
{
	const struct wb_rs *rs = code();

	(void)ctx;
	return wb_rs_crc32c(
		rs, wb_rs_crc32c(rs, 0, s->meta, WB_FEC_PLACE), data_of(s->pkt) + s->off, s->len);
}

static void
meta(void *ctx, const struct wb_pkt *symbol, uint8_t to[WB_FEC_META])
{
	(void)ctx;
	memcpy(to, data_of(symbol), WB_FEC_META);
}

const struct wb_fec_codec end_fec = {
	.name = "reed-solomon",
	.symbol = symbol,
	.add = add,
	.add_repair = add_repair,
	.solve = solve,
	.sum = sum,
	.meta = meta,
};
