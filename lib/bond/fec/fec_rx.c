// SPDX-License-Identifier: BSD-3-Clause
// A group keeps a sum a row of all that has come (`seen`), no packets. With the repair symbols added,
// the sums are over what is missing, and that is solved for. Memory: WB_FEC_ROWS symbols a group.
#include "fec.h"

#include <errno.h>
#include <string.h>

// Works out the check of a source. CRC-32C is linear over XOR, the product is not: a sum with a source of another
// group in it shows.
static uint32_t
meta_check(const struct fec_conf *conf, const struct wb_fec_source *s)
{
	return conf->codec->sum(conf->ctx, s) * 0x9e3779b1u;
}

static void
write32(uint8_t *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t
read32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

void
fec_meta_write(const struct fec_conf *conf, struct wb_fec_source *s, const struct fec_meta *m)
{
	uint32_t place = (uint32_t)m->sclass << 10 | m->bucket;

	s->meta[0] = (uint8_t)(place >> 8);
	s->meta[1] = (uint8_t)place;
	write32(s->meta + 2, m->seq);
	s->meta[6] = (uint8_t)(m->len >> 8);
	s->meta[7] = (uint8_t)m->len;
	write32(s->meta + WB_FEC_PLACE, meta_check(conf, s));
}

// Returns whether a symbol is a source as it was sent, and which packet of which flow.
static bool
meta_read(const struct fec_conf *conf, const struct wb_pkt *symbol, struct fec_meta *m)
{
	struct wb_fec_source s = { .pkt = symbol, .off = WB_FEC_META };

	conf->codec->meta(conf->ctx, symbol, s.meta);
	m->sclass = s.meta[0] >> 2 & 63; // what is not 0 to 2 is nonsense
	m->bucket = (uint16_t)((s.meta[0] & 3) << 8 | s.meta[1]);
	m->seq = read32(s.meta + 2);
	m->len = s.len = (uint32_t)s.meta[6] << 8 | s.meta[7];
	return m->sclass < WB_CLASS_COUNT && m->len > 0 && WB_FEC_META + m->len <= symbol->len &&
	       read32(s.meta + WB_FEC_PLACE) == meta_check(conf, &s);
}

void
fec_rx_init(
	struct fec_rx *f, const struct fec_conf *conf, const struct fec_rx_ops *ops, void *owner)
{
	memset(f, 0, sizeof(*f));
	f->conf = *conf;
	f->ops = ops;
	f->owner = owner;
	f->rows = 1;
}

static void
drop_symbols(struct fec_rx *f, struct fec_group *g)
{
	for (unsigned r = 0; r < WB_FEC_ROWS; r++) {
		if (g->symbols[r])
			f->conf.release(f->conf.ctx, g->symbols[r], WB_DROP_NONE);
		g->symbols[r] = NULL;
	}
	g->rows = 0;
}

// Gives up a group from which nothing more is to be had. It stays in use, so that what comes late begins no new
// group.
static void
finish(struct fec_rx *f, struct fec_group *g)
{
	drop_symbols(f, g);
	g->done = true;
}

// Forgets a group whose time is over. What was rebuilt and has not come by now was lost.
static void
forget(struct fec_rx *f, struct fec_group *g)
{
	for (unsigned i = 0; i < g->n_rebuilt; i++) {
		if (g->rebuilt[i].slot < 0 || g->seen >> g->rebuilt[i].index & 1)
			continue;
		f->stats.recovered++;
		f->ops->recovered(f->owner, &g->rebuilt[i]);
	}
	drop_symbols(f, g);
	memset(g, 0, sizeof(*g));
}

static void
nonsense(struct fec_rx *f, struct fec_group *g)
{
	f->stats.bad++;
	finish(f, g);
}

void
fec_rx_reset(struct fec_rx *f)
{
	for (; f->head != f->tail; f->head++)
		forget(f, &f->groups[f->order[f->head % FEC_GROUPS]]);
	f->rows = 1;
}

wb_ns_t
fec_rx_next_deadline(const struct fec_rx *f)
{
	if (f->head == f->tail)
		return WB_NEVER;
	return f->groups[f->order[f->head % FEC_GROUPS]].opened + FEC_GROUP_LIFE;
}

void
fec_rx_expire(struct fec_rx *f, wb_ns_t now)
{
	while (fec_rx_next_deadline(f) <= now) {
		struct fec_group *g = &f->groups[f->order[f->head++ % FEC_GROUPS]];

		f->stats.failed += g->sources && !g->done;
		forget(f, g);
	}
}

// Symbols up to `rows`, as far as there is memory. None may be missing below one that is there.
static void
add_rows(struct fec_rx *f, struct fec_group *g, unsigned rows)
{
	while (g->rows < rows) {
		struct wb_pkt *symbol = f->conf.codec->symbol(f->conf.ctx);

		if (symbol == NULL)
			return;
		g->symbols[g->rows++] = symbol;
	}
}

static struct fec_group *
group_of(struct fec_rx *f, uint8_t id, wb_ns_t now)
{
	struct fec_group *g = &f->groups[id];

	fec_rx_expire(f, now);
	if (g->opened)
		return g;
	g->opened = now ? now : 1;
	f->order[f->tail++ % FEC_GROUPS] = id;
	add_rows(f, g, f->rows);
	return g;
}

static void
hand_on(struct fec_rx *f, struct fec_group *g, uint8_t index, struct wb_pkt *symbol, wb_ns_t now)
{
	struct fec_rebuilt *r = &g->rebuilt[g->n_rebuilt];
	struct fec_meta m;

	if (!meta_read(&f->conf, symbol, &m)) {
		f->stats.bad++;
		f->ops->bad(f->owner, symbol);
		return;
	}
	symbol->rx.off = WB_FEC_META;
	symbol->len = m.len;
	symbol->bucket = m.bucket;
	symbol->seq = m.seq;
	symbol->sclass = m.sclass;
	symbol->hold = 0;
	symbol->flags = 0;
	f->stats.rebuilt++;
	r->index = index;
	r->sclass = m.sclass;
	r->slot = (int8_t)f->ops->rebuilt(f->owner, symbol, now);
	g->n_rebuilt++;
}

static void
solve(struct fec_rx *f, struct fec_group *g, wb_ns_t now)
{
	unsigned missing = ((1u << g->sources) - 1) & ~(unsigned)g->seen, repairs = 0, n = 0;
	struct wb_pkt *symbols[WB_FEC_ROWS] = { NULL };
	struct wb_fec_loss loss;

	if (!g->sources || g->done)
		return;
	for (unsigned r = 0; r < g->rows; r++)
		repairs += g->total[r] && g->got[r] == g->total[r];
	loss.n = (unsigned)__builtin_popcount(missing);
	if (loss.n == 0) {
		f->stats.unneeded += repairs;
		finish(f, g);
		return;
	}
	if (repairs < loss.n)
		return;
	for (unsigned r = 0; n < loss.n; r++) {
		if (!g->total[r] || g->got[r] != g->total[r])
			continue;
		loss.rows[n] = (uint8_t)r;
		loss.missing[n] = (uint8_t)__builtin_ctz(missing);
		missing &= missing - 1;
		symbols[n++] = g->symbols[r];
	}
	f->stats.unneeded += repairs - n;
	if (f->conf.codec->solve(f->conf.ctx, symbols, &loss)) {
		nonsense(f, g);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		g->symbols[loss.rows[i]] = NULL;
	finish(f, g);
	for (unsigned i = 0; i < n; i++)
		hand_on(f, g, loss.missing[i], symbols[i], now);
}

void
fec_rx_source(struct fec_rx *f, const struct wb_pkt *pkt, uint8_t id, uint8_t index, wb_ns_t now)
{
	struct fec_group *g = group_of(f, id, now);
	struct wb_fec_source s = {
		.index = index, .pkt = pkt, .off = pkt->rx.off, .len = pkt->len
	};
	struct fec_meta m = {
		.sclass = pkt->sclass, .bucket = pkt->bucket, .seq = pkt->seq, .len = pkt->len
	};

	f->stats.sources++;
	if (g->done || g->seen >> index & 1) { // a second copy, or too late
		for (unsigned i = 0; i < g->n_rebuilt; i++)
			f->stats.unneeded +=
				g->rebuilt[i].index == index && !(g->seen >> index & 1);
		g->seen |= (uint16_t)(1u << index);
		return;
	}
	if (WB_FEC_META + pkt->len > WB_FEC_SYMBOL_MAX || (g->sources && index >= g->sources)) {
		nonsense(f, g);
		return;
	}
	g->seen |= (uint16_t)(1u << index);
	fec_meta_write(&f->conf, &s, &m);
	f->conf.codec->add(f->conf.ctx, g->symbols, g->rows, &s);
	solve(f, g, now);
}

int
fec_rx_repair(struct fec_rx *f, const struct wb_pkt *pkt, const struct wb_frame *frame, wb_ns_t now)
{
	unsigned row = frame->repair.row, end = frame->repair.offset + frame->repair.len;
	struct fec_group *g;

	if (frame->repair.len == 0 || end > WB_FEC_SYMBOL_MAX) {
		f->stats.bad++;
		return -EINVAL;
	}
	f->stats.repairs += frame->repair.last;
	if (row >= f->rows)
		f->rows = row + 1;
	g = group_of(f, (uint8_t)frame->repair.number, now);
	if (g->done) {
		f->stats.unneeded += frame->repair.last;
		return 0;
	}
	if ((g->sources &&
		    (g->number != frame->repair.number || g->sources != frame->repair.sources)) ||
		g->seen >> frame->repair.sources) {
		nonsense(f, g);
		return 0;
	}
	if (g->seen == 0)
		add_rows(f, g, row + 1);
	g->number = frame->repair.number;
	g->sources = frame->repair.sources;
	if (row >= g->rows)
		return 0; // what has come so far is not in that sum
	f->conf.codec->add_repair(f->conf.ctx, g->symbols[row], frame->repair.offset, pkt);
	g->got[row] = (uint16_t)(g->got[row] + frame->repair.len);
	if (frame->repair.last)
		g->total[row] = (uint16_t)end;
	solve(f, g, now);
	return 0;
}
