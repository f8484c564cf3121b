// SPDX-License-Identifier: BSD-3-Clause
// Runs the erasure code on mbufs, as lib/bond's vtable. A symbol is an mbuf of the same pool as the packets; a
// recovered packet is passed on in that mbuf.
#include <string.h>

#include "dp.h"
#include "wb_rs.h"

_Static_assert(WB_FEC_SYMBOL_MAX + RTE_PKTMBUF_HEADROOM <= MBUF_ROOM, "a symbol fits an mbuf");
_Static_assert(WB_FEC_ROWS == WB_RS_ROWS && WB_FEC_SOURCES == WB_RS_SOURCES, "one code");

#define SYMBOL_ROOM 4096 // buffers

static uint8_t *
bytes_of(const struct wb_pkt *pkt)
{
	return rte_pktmbuf_mtod(pkt_mbuf((struct wb_pkt *)(uintptr_t)pkt), uint8_t *);
}

static struct wb_pkt *
symbol(void *ctx)
{
	const struct slot *s = ctx;
	// Protection is optional, so it leaves the last buffers to packets.
	bool room = s->home->room_at == 0 || s->home->room >= SYMBOL_ROOM;
	struct rte_mbuf *m = room ? rte_pktmbuf_alloc(s->home->pool) : NULL;

	if (unlikely(m == NULL))
		return NULL;
	memset(mbuf_priv(m), 0, sizeof(struct mbuf_priv));
	return &mbuf_priv(m)->pkt;
}

// Makes a symbol longer by zeroes.
static void
longer(struct wb_pkt *symbol, uint32_t len)
{
	struct rte_mbuf *m = pkt_mbuf(symbol);

	if (len <= symbol->len)
		return;
	memset(bytes_of(symbol) + symbol->len, 0, len - symbol->len);
	symbol->len = len;
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
}

static void
add(void *ctx, struct wb_pkt *const *symbols, unsigned rows, const struct wb_fec_source *s)
{
	const struct wb_rs *rs = ((const struct slot *)ctx)->dp->rs;
	uint8_t *at[WB_RS_ROWS] = { NULL }, *after[WB_RS_ROWS] = { NULL };
	unsigned r;

	for (r = 0; r < rows; r++) {
		longer(symbols[r], WB_FEC_META + s->len);
		at[r] = bytes_of(symbols[r]);
		after[r] = at[r] + WB_FEC_META;
	}
	wb_rs_add(rs, at, rows, s->index, s->meta, WB_FEC_META);
	wb_rs_add(rs, after, rows, s->index, bytes_of(s->pkt) + s->off, s->len);
}

static void
add_repair(void *ctx, struct wb_pkt *symbol, uint32_t offset, const struct wb_pkt *pkt)
{
	RTE_SET_USED(ctx);
	longer(symbol, offset + pkt->len);
	wb_rs_add_symbol(bytes_of(symbol) + offset, bytes_of(pkt) + pkt->off, pkt->len);
}

static int
solve(void *ctx, struct wb_pkt *const *symbols, const struct wb_fec_loss *loss)
{
	struct wb_rs_loss l = { .n = loss->n };
	uint8_t *at[WB_RS_ROWS] = { NULL };
	uint32_t len = 0;
	unsigned i;

	for (i = 0; i < loss->n; i++)
		len = RTE_MAX(len, symbols[i]->len);
	for (i = 0; i < loss->n; i++) {
		longer(symbols[i], len);
		at[i] = bytes_of(symbols[i]);
		l.rows[i] = loss->rows[i];
		l.missing[i] = loss->missing[i];
	}
	return wb_rs_solve(((const struct slot *)ctx)->dp->rs, at, &l, len);
}

static uint32_t
sum(void *ctx, const struct wb_fec_source *s)
{
	const struct wb_rs *rs = ((const struct slot *)ctx)->dp->rs;

	return wb_rs_crc32c(
		rs, wb_rs_crc32c(rs, 0, s->meta, WB_FEC_PLACE), bytes_of(s->pkt) + s->off, s->len);
}

static void
meta(void *ctx, const struct wb_pkt *symbol, uint8_t to[WB_FEC_META])
{
	RTE_SET_USED(ctx);
	memset(to, 0, WB_FEC_META);
	memcpy(to, bytes_of(symbol), RTE_MIN(symbol->len, (uint32_t)WB_FEC_META));
}

const struct wb_fec_codec slot_fec = {
	.name = "reed-solomon",
	.symbol = symbol,
	.add = add,
	.add_repair = add_repair,
	.solve = solve,
	.sum = sum,
	.meta = meta,
};
