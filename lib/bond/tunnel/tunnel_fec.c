// SPDX-License-Identifier: BSD-3-Clause
// What the tunnel makes of forward error correction: whether it pays, and which path repairs take.
#include "tunnel.h"

#include <errno.h>
#include <string.h>

static int
rebuilt(void *owner, struct wb_pkt *pkt, wb_ns_t now)
{
	struct wb_tunnel *t = owner;
	uint64_t duplicates = t->stats.drops[WB_DROP_DUPLICATE];
	struct path *from = t->from;

	t->from = NULL; // it came on none
	pkt->rx.sent_us = t->from_us;
	pkt->path = from->slot;
	reorder_received(t->reorder, pkt, now);
	t->from = from;
	return t->stats.drops[WB_DROP_DUPLICATE] == duplicates ? from->slot : -1;
}

static void
bad(void *owner, struct wb_pkt *symbol)
{
	tunnel_release(owner, symbol, WB_DROP_BAD_REPAIR);
}

static void
recovered(void *owner, const struct fec_rebuilt *r)
{
	struct wb_tunnel *t = owner;

	t->stats.classes[r->sclass].fec_recovered++;
	t->paths[r->slot].stats.fec_recovered++;
}

static const struct fec_rx_ops rx_ops = { .rebuilt = rebuilt, .bad = bad, .recovered = recovered };

int
tunnel_fec_create(struct wb_tunnel *t, void *(*alloc)(void *ctx, size_t size), void *ctx)
{
	struct fec_conf conf = { .codec = t->conf.fec, .release = t->ops->release, .ctx = t->ctx };

	if (!conf.codec)
		return 0;
	t->fec = alloc(ctx, sizeof(*t->fec));
	if (!t->fec)
		return -ENOMEM;
	fec_tx_init(&t->fec->tx, &conf);
	fec_rx_init(&t->fec->rx, &conf, &rx_ops, t);
	return 0;
}

void
tunnel_fec_reset(struct wb_tunnel *t)
{
	if (!t->fec)
		return;
	fec_tx_reset(&t->fec->tx);
	fec_rx_reset(&t->fec->rx);
}

void
wb_tunnel_set_fec(struct wb_tunnel *t, unsigned percent)
{
	t->conf.fec_percent = percent < 100 ? percent : 100;
}

void
tunnel_fec_tune(struct wb_tunnel *t, wb_ns_t now)
{
	struct fec_view v = { .idle = true, .try = WB_NEVER, .percent = t->conf.fec_percent };

	if (!tunnel_fec_used(t))
		return;
	// What is not bulk takes the quickest path, and is sent again there.
	WB_FOREACH_PATH (t, p) {
		if (!WB_PATH_CARRIES(p) || !rtt_valid(&p->rtt))
			continue;
		if (p->rtt.srtt + 2 * p->rtt.rttvar + TUNNEL_TRY_EXTRA < v.try)
			v.try = p->rtt.srtt + 2 * p->rtt.rttvar + TUNNEL_TRY_EXTRA;
		if (p->data_out + WB_SEC < now)
			continue;
		v.idle = false;
		if (p->loss_ppm > v.loss_ppm)
			v.loss_ppm = p->loss_ppm;
	}
	fec_tx_tune(&t->fec->tx, &v, now);
}

wb_ns_t
tunnel_fec_next_deadline(const struct wb_tunnel *t)
{
	wb_ns_t tx, rx;

	if (!t->fec)
		return WB_NEVER;
	tx = fec_tx_next_deadline(&t->fec->tx);
	rx = fec_rx_next_deadline(&t->fec->rx);
	return tx < rx ? tx : rx;
}

unsigned
tunnel_fec_paths(const struct wb_tunnel *t, const struct fec_repair *r, const struct sched_path *v,
	unsigned n, struct sched_path *out)
{
	// The repair is to be there before a resend: wait is a third of one. That of a group of beginnings has
	// little time: another path would save it from no more than a burst that takes just the group's end.
	bool quick = r->sources > 2 && !t->fec->tx.on;
	int64_t slack = quick ? 0 : (int64_t)t->fec->tx.wait, avoided = INT64_MAX / 2;
	unsigned m = 0;

	for (unsigned i = 0; i < n; i++)
		if (v[i].slot == r->avoid)
			avoided = v[i].owd;
	for (unsigned i = 0; i < n; i++)
		if (v[i].slot != r->avoid && v[i].owd <= avoided + slack)
			out[m++] = v[i];
	if (m == 0)
		memcpy(out, v, n * sizeof(*v));
	return m ? m : n;
}

void
tunnel_fec_stats(const struct wb_tunnel *t, struct wb_tunnel_stats *s)
{
	const char *state = !t->fec ? "no codec" : t->fec->tx.state;

	if (t->in_session && t->fec && !tunnel_fec_used(t))
		state = "not known to the other end";
	memcpy(s->fec_state, state, strlen(state) + 1);
	if (!t->fec)
		return;
	s->fec_protected = t->fec->tx.stats.sources;
	s->fec_repairs = t->fec->tx.stats.repairs;
	s->fec_bytes = t->fec->tx.stats.bytes;
	s->fec_recovered = t->fec->rx.stats.recovered;
	s->fec_unneeded = t->fec->rx.stats.unneeded;
	s->fec_failed = t->fec->rx.stats.failed;
}
