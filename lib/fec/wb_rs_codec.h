/* SPDX-License-Identifier: BSD-3-Clause */
// lib/bond's vtable of an erasure code (wb_fec.h) over the one of wb_rs.h, for a file that knows where a packet's bytes
// are. It includes this header once, after it has defined:
//
//   static uint8_t *codec_bytes(const struct wb_pkt *pkt);           pkt->rx.off counts from there
//   static void codec_grow(struct wb_pkt *symbol, uint32_t len);     zeroes from symbol->len up to len, which is more
//   static const struct wb_rs *codec_code(void *ctx);
//   static struct wb_pkt *codec_symbol(void *ctx);                   zeroes, len 0; NULL: no memory
#ifndef WB_RS_CODEC_H
#define WB_RS_CODEC_H

#include <string.h>

#include "wb_fec.h"
#include "wb_rs.h"

_Static_assert(WB_FEC_ROWS == WB_RS_ROWS && WB_FEC_SOURCES == WB_RS_SOURCES, "one code");

static void
codec_longer(struct wb_pkt *symbol, uint32_t len)
{
	if (len > symbol->len)
		codec_grow(symbol, len);
}

static void
codec_add(void *ctx, struct wb_pkt *const *symbols, unsigned rows, const struct wb_fec_source *s)
{
	const struct wb_rs *rs = codec_code(ctx);
	uint8_t *at[WB_RS_ROWS] = { NULL }, *after[WB_RS_ROWS] = { NULL };

	for (unsigned r = 0; r < rows; r++) {
		codec_longer(symbols[r], WB_FEC_META + s->len);
		at[r] = codec_bytes(symbols[r]);
		after[r] = at[r] + WB_FEC_META;
	}
	wb_rs_add(rs, at, rows, s->index, s->meta, WB_FEC_META);
	wb_rs_add(rs, after, rows, s->index, codec_bytes(s->pkt) + s->off, s->len);
}

static void
codec_add_repair(void *ctx, struct wb_pkt *symbol, uint32_t offset, const struct wb_pkt *pkt)
{
	(void)ctx;
	codec_longer(symbol, offset + pkt->len);
	wb_rs_add_symbol(codec_bytes(symbol) + offset, codec_bytes(pkt) + pkt->rx.off, pkt->len);
}

static int
codec_solve(void *ctx, struct wb_pkt *const *symbols, const struct wb_fec_loss *loss)
{
	struct wb_rs_loss l = { .n = loss->n };
	uint8_t *at[WB_RS_ROWS] = { NULL };
	uint32_t len = 0;

	for (unsigned i = 0; i < loss->n; i++)
		len = symbols[i]->len > len ? symbols[i]->len : len;
	for (unsigned i = 0; i < loss->n; i++) {
		codec_longer(symbols[i], len);
		at[i] = codec_bytes(symbols[i]);
		l.rows[i] = loss->rows[i];
		l.missing[i] = loss->missing[i];
	}
	return wb_rs_solve(codec_code(ctx), at, &l, len);
}

static uint32_t
codec_sum(void *ctx, const struct wb_fec_source *s)
{
	const struct wb_rs *rs = codec_code(ctx);
	uint32_t place = wb_rs_crc32c(rs, 0, s->meta, WB_FEC_PLACE);

	return wb_rs_crc32c(rs, place, codec_bytes(s->pkt) + s->off, s->len);
}

static void
codec_meta(void *ctx, const struct wb_pkt *symbol, uint8_t to[WB_FEC_META])
{
	(void)ctx;
	memset(to, 0, WB_FEC_META);
	memcpy(to, codec_bytes(symbol), symbol->len < WB_FEC_META ? symbol->len : WB_FEC_META);
}

#define WB_RS_CODEC                                                                                \
	{                                                                                          \
		.name = "reed-solomon", .symbol = codec_symbol, .add = codec_add,                  \
		.add_repair = codec_add_repair, .solve = codec_solve, .sum = codec_sum,            \
		.meta = codec_meta,                                                                \
	}

#endif
