// SPDX-License-Identifier: BSD-3-Clause
// The erasure code without bytes: a symbol knows which sources are in it. What a real one would give
// back is given back, and what would come out as garbage does so here.
#include <errno.h>
#include <string.h>

#include "world.h"

static struct packet *
packet_of(struct wb_pkt *pkt)
{
	return (struct packet *)(void *)pkt;
}

static struct wb_pkt *
symbol(void *ctx)
{
	struct world *w = ((struct host *)ctx)->w;
	struct packet *p = pool_get(&w->packets);

	*p = (struct packet){ .symbol = pool_get(&w->symbols) };
	p->symbol->own = p->symbol->all = 0;
	p->symbol->mixed = false;
	return &p->wb;
}

static void
longer(struct wb_pkt *symbol, uint32_t len)
{
	if (len > WB_FEC_SYMBOL_MAX)
		sim_fatal("a symbol of %u bytes", len);
	symbol->len = len > symbol->len ? len : symbol->len;
}

static void
add(void *ctx, struct wb_pkt *const *symbols, unsigned rows, const struct wb_fec_source *s)
{
	(void)ctx;
	for (unsigned r = 0; r < rows; r++) {
		struct symbol *y = packet_of(symbols[r])->symbol;
		struct symbol_source *to = &y->sources[s->index];

		if (y->own >> s->index & 1)
			sim_fatal("source %u added twice", s->index);
		y->own |= 1u << s->index;
		memcpy(to->meta, s->meta, sizeof(to->meta));
		to->packet = *(const struct packet *)(const void *)s->pkt;
		longer(symbols[r], WB_FEC_META + s->len);
	}
}

// What is received is the other end's symbol; sources of both must be the same ones.
static void
add_repair(void *ctx, struct wb_pkt *symbol, uint32_t offset, const struct wb_pkt *pkt)
{
	struct symbol *y = packet_of(symbol)->symbol;
	const struct symbol *x = ((const struct packet *)(const void *)pkt)->symbol;

	(void)ctx;
	longer(symbol, offset + pkt->len);
	if (x == NULL) {
		y->mixed = true;
		return;
	}
	y->all = x->own;
	y->mixed |= (y->own & ~x->own) != 0;
	for (unsigned i = 0; i < WB_FEC_SOURCES; i++) {
		if (x->own & y->own & 1u << i)
			y->mixed |=
				memcmp(x->sources[i].meta, y->sources[i].meta, WB_FEC_META) != 0;
		else if (x->own & 1u << i)
			y->sources[i] = x->sources[i];
	}
}

static int
solve(void *ctx, struct wb_pkt *const *symbols, const struct wb_fec_loss *loss)
{
	unsigned missing = 0;

	(void)ctx;
	for (unsigned i = 0; i < loss->n; i++)
		missing |= 1u << loss->missing[i];
	for (unsigned i = 0; i < loss->n; i++) {
		struct packet *p = packet_of(symbols[i]);
		struct symbol *y = p->symbol;
		struct symbol_source *s = &y->sources[loss->missing[i]];
		struct wb_pkt wb = p->wb;

		if (y->mixed || (y->all & ~y->own) != missing) {
			memset(y->meta, 0x55, sizeof(y->meta));
			continue;
		}
		memcpy(y->meta, s->meta, sizeof(y->meta));
		*p = s->packet;
		p->wb = wb;
		p->symbol = y;
	}
	return 0;
}

// Of a packet without bytes.
static uint32_t
sum(void *ctx, const struct wb_fec_source *s)
{
	uint32_t n = 0;

	(void)ctx;
	for (unsigned i = 0; i < WB_FEC_PLACE; i++)
		n = n * 31 + s->meta[i];
	return n;
}

static void
meta(void *ctx, const struct wb_pkt *symbol, uint8_t bytes[WB_FEC_META])
{
	(void)ctx;
	memcpy(bytes, ((const struct packet *)(const void *)symbol)->symbol->meta, WB_FEC_META);
}

const struct wb_fec_codec sim_fec = {
	.name = "counted",
	.symbol = symbol,
	.add = add,
	.add_repair = add_repair,
	.solve = solve,
	.sum = sum,
	.meta = meta,
};
