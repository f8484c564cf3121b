// SPDX-License-Identifier: BSD-3-Clause
// A group keeps a sum a row of all that has come (`seen`), no packets. With the repair symbols added,
// the sums are over what is missing, and that is solved for. Memory: WB_FEC_ROWS symbols a group.
#include "fec.h"

#include <errno.h>
#include <string.h>

// Not linear over XOR: a sum with a source of another group in it shows.
static uint32_t
meta_check(const struct fec_meta *m)
{
	uint32_t place = (uint32_t)m->sclass << 10 | m->bucket;

	return (m->seq ^ (place << 16 | m->len)) * 0x9e3779b1u >> 16;
}

void
fec_meta_write(uint8_t buf[WB_FEC_META], const struct fec_meta *m)
{
	uint32_t place = (uint32_t)m->sclass << 10 | m->bucket, check = meta_check(m);

	buf[0] = (uint8_t)(place >> 8);
	buf[1] = (uint8_t)place;
	buf[2] = (uint8_t)(m->seq >> 24);
	buf[3] = (uint8_t)(m->seq >> 16);
	buf[4] = (uint8_t)(m->seq >> 8);
	buf[5] = (uint8_t)m->seq;
	buf[6] = (uint8_t)(m->len >> 8);
	buf[7] = (uint8_t)m->len;
	buf[8] = (uint8_t)(check >> 8);
	buf[9] = (uint8_t)check;
}

bool
fec_meta_read(const uint8_t buf[WB_FEC_META], struct fec_meta *m)
{
	m->sclass = buf[0] >> 2 & 63; // what is not 0 to 2 is nonsense
	m->bucket = (uint16_t)((buf[0] & 3) << 8 | buf[1]);
	m->seq = (uint32_t)buf[2] << 24 | (uint32_t)buf[3] << 16 | (uint32_t)buf[4] << 8 | buf[5];
	m->len = (uint32_t)buf[6] << 8 | buf[7];
	return (buf[8] << 8 | buf[9]) == (int)meta_check(m) && m->sclass < WB_CLASS_COUNT &&
	       m->len > 0;
}

void
fec_rx_init(struct fec_rx *f, const struct fec_conf *conf,
	void (*recovered)(void *owner, struct wb_pkt *pkt, wb_ns_t now), void *owner)
{
	memset(f, 0, sizeof(*f));
	f->conf = *conf;
	f->recovered = recovered;
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

// Nothing more is to be had from it. It stays in use, so that what comes late finds no new group.
static void
finish(struct fec_rx *f, struct fec_group *g)
{
	drop_symbols(f, g);
	g->done = true;
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
	for (; f->head != f->tail; f->head++) {
		struct fec_group *g = &f->groups[f->order[f->head % FEC_GROUPS]];

		drop_symbols(f, g);
		memset(g, 0, sizeof(*g));
	}
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
		drop_symbols(f, g);
		memset(g, 0, sizeof(*g));
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
hand_on(struct fec_rx *f, struct wb_pkt *symbol, wb_ns_t now)
{
	uint8_t buf[WB_FEC_META];
	struct fec_meta m;

	f->conf.codec->meta(f->conf.ctx, symbol, buf);
	if (!fec_meta_read(buf, &m) || WB_FEC_META + m.len > symbol->len) {
		f->stats.bad++;
		f->conf.release(f->conf.ctx, symbol, WB_DROP_NONE);
		return;
	}
	symbol->off = WB_FEC_META;
	symbol->len = m.len;
	symbol->bucket = m.bucket;
	symbol->seq = m.seq;
	symbol->sclass = m.sclass;
	symbol->flags = 0;
	symbol->refs = 0;
	f->stats.recovered++;
	f->recovered(f->owner, symbol, now);
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
		hand_on(f, symbols[i], now);
}

void
fec_rx_source(struct fec_rx *f, const struct wb_pkt *pkt, uint8_t id, uint8_t index, wb_ns_t now)
{
	struct fec_group *g = group_of(f, id, now);
	struct wb_fec_source s = { .index = index, .pkt = pkt, .off = pkt->off, .len = pkt->len };
	struct fec_meta m = {
		.sclass = pkt->sclass, .bucket = pkt->bucket, .seq = pkt->seq, .len = pkt->len
	};

	f->stats.sources++;
	if (g->done || g->seen >> index & 1)
		return; // a second copy
	if (WB_FEC_META + pkt->len > WB_FEC_SYMBOL_MAX || (g->sources && index >= g->sources)) {
		nonsense(f, g);
		return;
	}
	g->seen |= (uint16_t)(1u << index);
	fec_meta_write(s.meta, &m);
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
