// SPDX-License-Identifier: BSD-3-Clause
// Runs the erasure code on mbufs, as lib/bond's vtable. A symbol is an mbuf of the same pool as the packets; a
// recovered packet is passed on in that mbuf.
#include <string.h>

#include "dp.h"

_Static_assert(WB_FEC_SYMBOL_MAX + RTE_PKTMBUF_HEADROOM <= MBUF_ROOM, "a symbol fits an mbuf");

#define SYMBOL_ROOM 4096 // buffers

static uint8_t *
codec_bytes(const struct wb_pkt *pkt)
{
	return rte_pktmbuf_mtod(pkt_mbuf((struct wb_pkt *)(uintptr_t)pkt), uint8_t *);
}

static struct wb_pkt *
codec_symbol(void *ctx)
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

static void
codec_grow(struct wb_pkt *symbol, uint32_t len)
{
	struct rte_mbuf *m = pkt_mbuf(symbol);

	memset(codec_bytes(symbol) + symbol->len, 0, len - symbol->len);
	symbol->len = len;
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
}

static const struct wb_rs *
codec_code(void *ctx)
{
	return ((const struct slot *)ctx)->dp->rs;
}

#include "wb_rs_codec.h"

const struct wb_fec_codec slot_fec = WB_RS_CODEC;
