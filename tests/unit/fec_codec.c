// SPDX-License-Identifier: BSD-3-Clause
#include "fec_codec.h"

#include <stdlib.h>
#include <string.h>

#include "wb_rs.h"

static struct fec_codec *
codec(void *ctx)
{
	return ctx;
}

struct fec_bytes *
fec_bytes(const struct wb_pkt *pkt)
{
	return (struct fec_bytes *)(uintptr_t)pkt;
}

struct wb_pkt *
fec_codec_new(struct fec_codec *c)
{
	struct fec_bytes *b;

	if (c->live >= c->most)
		return NULL;
	b = calloc(1, sizeof(*b));
	c->live++;
	return &b->pkt;
}

void
fec_codec_release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)reason;
	codec(ctx)->live--;
	free(pkt);
}

static struct wb_pkt *
symbol(void *ctx)
{
	return fec_codec_new(codec(ctx));
}

static void
rows_of(struct wb_pkt *const *symbols, unsigned n, uint32_t at, uint8_t *rows[WB_RS_ROWS])
{
	for (unsigned r = 0; r < n; r++)
		rows[r] = fec_bytes(symbols[r])->bytes + at;
}

static void
add(void *ctx, struct wb_pkt *const *symbols, unsigned n, const struct wb_fec_source *s)
{
	uint8_t *rows[WB_RS_ROWS] = { NULL };

	rows_of(symbols, n, 0, rows);
	wb_rs_add(codec(ctx)->rs, rows, n, s->index, s->meta, WB_FEC_META);
	rows_of(symbols, n, WB_FEC_META, rows);
	wb_rs_add(codec(ctx)->rs, rows, n, s->index, fec_bytes(s->pkt)->bytes + s->off, s->len);
	for (unsigned r = 0; r < n; r++)
		if (symbols[r]->len < WB_FEC_META + s->len)
			symbols[r]->len = WB_FEC_META + s->len;
}

static void
add_repair(void *ctx, struct wb_pkt *symbol, uint32_t offset, const struct wb_pkt *pkt)
{
	(void)ctx;
	wb_rs_add_symbol(
		fec_bytes(symbol)->bytes + offset, fec_bytes(pkt)->bytes + pkt->off, pkt->len);
	if (symbol->len < offset + pkt->len)
		symbol->len = offset + pkt->len;
}

static int
solve(void *ctx, struct wb_pkt *const *symbols, const struct wb_fec_loss *loss)
{
	struct wb_rs_loss l = { .n = loss->n };
	uint8_t *rows[WB_RS_ROWS] = { NULL };

	memcpy(l.rows, loss->rows, sizeof(l.rows));
	memcpy(l.missing, loss->missing, sizeof(l.missing));
	rows_of(symbols, loss->n, 0, rows);
	return wb_rs_solve(codec(ctx)->rs, rows, &l, WB_FEC_SYMBOL_MAX);
}

static uint32_t
sum(void *ctx, const struct wb_fec_source *s)
{
	const struct wb_rs *rs = codec(ctx)->rs;

	return wb_rs_crc32c(rs, wb_rs_crc32c(rs, 0, s->meta, WB_FEC_PLACE),
		fec_bytes(s->pkt)->bytes + s->off, s->len);
}

static void
meta(void *ctx, const struct wb_pkt *symbol, uint8_t bytes[WB_FEC_META])
{
	(void)ctx;
	memcpy(bytes, fec_bytes(symbol)->bytes, WB_FEC_META);
}

static const struct wb_fec_codec ops = {
	.name = "test",
	.symbol = symbol,
	.add = add,
	.add_repair = add_repair,
	.solve = solve,
	.sum = sum,
	.meta = meta,
};

struct fec_conf
fec_codec_open(struct fec_codec *c)
{
	c->rs = wb_rs_create();
	c->live = 0;
	c->most = 10000;
	return (struct fec_conf){ .codec = &ops, .release = fec_codec_release, .ctx = c };
}

void
fec_codec_close(struct fec_codec *c)
{
	wb_rs_destroy(c->rs);
}
