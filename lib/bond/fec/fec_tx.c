// SPDX-License-Identifier: BSD-3-Clause
// Groups of packets on their way out. One group is open at a time, for all flows that are not bulk:
// the more of them, the sooner it is full. It closes with `want` sources or after `wait`, which is
// well before a resend would come. What that may cost is earned by what is sent:
//   repair bytes <= percent of all bytes sent + FEC_TRICKLE + CREDIT_MAX
#include "fec.h"

#include <string.h>

#define LITTLE_LOST "little is lost"
#define OUTER 70 // what else a datagram with a repair symbol has

void
fec_tx_init(struct fec_tx *f, const struct fec_conf *conf)
{
	memset(f, 0, sizeof(*f));
	f->conf = *conf;
	f->state = LITTLE_LOST;
}

static void
drop_pending(struct fec_tx *f)
{
	f->conf.release(f->conf.ctx, f->pending[0].symbol, WB_DROP_NONE);
	f->n_pending--;
	memmove(f->pending, f->pending + 1, f->n_pending * sizeof(f->pending[0]));
}

void
fec_tx_reset(struct fec_tx *f)
{
	for (unsigned r = 0; r < f->rows; r++)
		f->conf.release(f->conf.ctx, f->symbols[r], WB_DROP_NONE);
	f->rows = f->n = 0;
	while (f->n_pending)
		drop_pending(f);
	fec_tx_release_spent(f);
	memset(f->opened, 0, sizeof(f->opened));
	f->on = f->begins = false;
	f->state = LITTLE_LOST;
	f->number = 0;
	f->lossy_since = 0;
	f->single = f->multiple = 0;
	f->pause = f->paused_until = 0;
}

// Returns whether error correction is of no use now. Where losses come in bursts one symbol gives back little;
// then it pauses for a while.
static bool
is_futile(struct fec_tx *f, wb_ns_t now)
{
	unsigned lost = f->single + f->multiple;

	if (now < f->paused_until)
		return true;
	if (lost < JUDGED)
		return false;
	if (100 * f->single >= FUTILE * lost) {
		if (lost >= 4 * JUDGED) {
			f->single /= 2;
			f->multiple /= 2;
			f->pause = 0;
		}
		return false;
	}
	f->pause = f->pause ? 2 * f->pause : FUTILE_PAUSE;
	f->pause = f->pause < FUTILE_PAUSE_MAX ? f->pause : FUTILE_PAUSE_MAX;
	f->paused_until = now + f->pause;
	f->single = f->multiple = 0;
	return true;
}

void
fec_tx_lost(struct fec_tx *f, uint8_t group)
{
	unsigned n = ++f->lost_of[group];

	if (n == 1) {
		f->single++;
	} else if (n == 2) {
		f->single -= f->single > 0;
		f->multiple += 2;
	} else {
		f->multiple++;
	}
}

// Returns why packets are not protected. NULL: they are.
static const char *
why_off(struct fec_tx *f, const struct fec_view *v, wb_ns_t now)
{
	if (v->percent == 0)
		return "not allowed";
	if (!f->lossy_since || f->lossy_since + LASTING > now)
		return LITTLE_LOST;
	if (v->try < TRY_MIN)
		return "a resend is as quick";
	return is_futile(f, now) ? "losses come in bursts" : NULL;
}

void
fec_tx_tune(struct fec_tx *f, const struct fec_view *v, wb_ns_t now)
{
	if (!f->conf.codec)
		return;
	f->percent = v->percent;
	if (!v->idle && v->loss_ppm < OFF_PPM)
		f->lossy_since = 0;
	else if (v->loss_ppm >= ON_PPM && !f->lossy_since)
		f->lossy_since = now;
	f->state = why_off(f, v, now);
	f->on = f->state == NULL;
	f->begins = f->on || (v->percent && f->lossy_since && f->lossy_since + LASTING <= now &&
				     !is_futile(f, now));
	f->state = f->on ? "on" : f->begins ? "for beginnings of flows" : f->state;
	f->wait = v->try / 3;
	if (f->wait < WAIT_MIN)
		f->wait = WAIT_MIN;
	if (f->wait > WAIT_MAX)
		f->wait = WAIT_MAX;
	f->full = v->percent ? 100 / v->percent : WB_FEC_SOURCES;
	if (f->full < 2)
		f->full = 2;
	if (f->full > WB_FEC_SOURCES)
		f->full = WB_FEC_SOURCES;
	if (f->trickle_at && f->begins)
		f->credit += (int64_t)((now - f->trickle_at) * FEC_TRICKLE / WB_SEC);
	f->trickle_at = now;
	if (f->credit > CREDIT_MAX)
		f->credit = CREDIT_MAX;
}

void
fec_tx_earn(struct fec_tx *f, uint32_t bytes)
{
	if (f->begins)
		f->credit += bytes * f->percent / 100;
}

// Returns whether a packet is to be protected. One that is sent again comes a round trip late, and all behind it:
// requests and their answers feel that most, and a TCP that grows. Only what leaves room is worth it, else a bulk
// flow is slowed down.
bool
fec_tx_wants(struct fec_tx *f, const struct wb_pkt *pkt, wb_ns_t now)
{
	struct fec_start *s = &f->starts[pkt->bucket];

	if (now - s->last >= START_PAUSE)
		s->bytes = 0;
	s->last = now;
	if (s->bytes < START_BYTES)
		s->bytes += pkt->len;
	if (pkt->sclass == WB_CLASS_BULK)
		return false;
	return f->on || (f->begins && s->bytes < START_BYTES && pkt->tx.queued + ROOM_WAIT > now);
}

static bool
open_group(struct fec_tx *f, uint32_t len, wb_ns_t now)
{
	wb_ns_t before = f->opened[f->number % FEC_GROUPS];

	if (f->credit < (int64_t)len + OUTER || (before && before + FEC_GROUP_AGAIN > now))
		return false;
	f->symbols[0] = f->conf.codec->symbol(f->conf.ctx);
	if (f->symbols[0] == NULL)
		return false;
	f->rows = 1;
	f->opened[f->number % FEC_GROUPS] = now ? now : 1;
	f->lost_of[f->number % FEC_GROUPS] = 0;
	f->close_at = f->close_last = now + f->wait;
	f->want = f->credit > RICH && f->full > WANT_RICH ? WANT_RICH : f->full;
	memset(f->carried, 0, sizeof(f->carried));
	return true;
}

static void
close_group(struct fec_tx *f, wb_ns_t now)
{
	unsigned most = 0;

	for (unsigned i = 1; i < sizeof(f->carried) / sizeof(f->carried[0]); i++)
		most = f->carried[i] > f->carried[most] ? i : most;
	for (unsigned r = 0; r < f->rows; r++) {
		f->credit -= f->symbols[r]->len + OUTER;
		if (f->n_pending == FEC_PENDING) {
			f->stats.dropped++;
			drop_pending(f);
		}
		f->pending[f->n_pending++] = (struct fec_repair){
			.symbol = f->symbols[r],
			.made = now,
			.number = f->number,
			.sources = (uint8_t)f->n,
			.row = (uint8_t)r,
			.avoid = (uint8_t)most,
		};
	}
	f->rows = f->n = 0;
	f->number = (f->number + 1) & 0xffffff;
}

bool
fec_tx_take(struct fec_tx *f, const struct wb_pkt *pkt, uint8_t sclass, unsigned slot, wb_ns_t now,
	uint8_t place[2])
{
	struct wb_fec_source s = { .index = (uint8_t)f->n, .pkt = pkt, .len = pkt->len };
	struct fec_meta m = {
		.sclass = sclass, .bucket = pkt->bucket, .seq = pkt->seq, .len = pkt->len
	};

	if (WB_FEC_META + pkt->len > WB_FEC_SYMBOL_MAX)
		return false;
	if (f->n == 0 && !open_group(f, pkt->len, now))
		return false;
	place[0] = (uint8_t)f->number;
	place[1] = s.index;
	fec_meta_write(&f->conf, &s, &m);
	f->conf.codec->add(f->conf.ctx, f->symbols, f->rows, &s);
	f->carried[slot]++;
	f->stats.sources++;
	if (++f->n >= f->want)
		close_group(f, now);
	else if (!f->on)
		f->close_at = now + BURST_OVER < f->close_last ? now + BURST_OVER : f->close_last;
	return true;
}

bool
fec_tx_expire(struct fec_tx *f, wb_ns_t now)
{
	if (now < fec_tx_next_deadline(f))
		return false;
	close_group(f, now);
	return true;
}

struct fec_repair *
fec_tx_peek(struct fec_tx *f, wb_ns_t now)
{
	while (f->n_pending && f->pending[0].made + FEC_REPAIR_WAIT < now) {
		f->stats.dropped++;
		drop_pending(f);
	}
	return f->n_pending ? &f->pending[0] : NULL;
}

void
fec_tx_pop(struct fec_tx *f)
{
	struct wb_pkt *symbol = f->pending[0].symbol;

	symbol->next = f->spent;
	f->spent = symbol;
	f->stats.repairs++;
	f->n_pending--;
	memmove(f->pending, f->pending + 1, f->n_pending * sizeof(f->pending[0]));
}

void
fec_tx_release_spent(struct fec_tx *f)
{
	while (f->spent) {
		struct wb_pkt *symbol = f->spent;

		f->spent = symbol->next;
		f->conf.release(f->conf.ctx, symbol, WB_DROP_NONE);
	}
}

wb_ns_t
fec_tx_next_deadline(const struct fec_tx *f)
{
	return f->n ? f->close_at : WB_NEVER;
}
