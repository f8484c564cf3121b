// SPDX-License-Identifier: BSD-3-Clause
// The congestion controls of a TCP flow: CUBIC and BBR.
#include "tcp.h"

static void
cubic_begin(struct tcp *t)
{
	cubic_init(&t->s.cubic);
}

static void
cubic_sample(struct tcp_sender *s, wb_ns_t rtt, wb_ns_t now)
{
	const struct cubic_ack a = { .rtt = rtt, .una = s->una, .nxt = s->nxt };

	cubic_rtt(&s->cubic, &s->win, &a, now);
}

static void
cubic_grow(struct tcp_sender *s, uint32_t n, wb_ns_t now)
{
	cubic_acked(&s->cubic, &s->win, n, s->srtt, now);
}

static void
cubic_reduce(struct tcp_sender *s)
{
	cubic_congestion(&s->cubic, &s->win);
}

static void
cubic_restart(struct tcp_sender *s, wb_ns_t now)
{
	cubic_timeout(&s->cubic, s->nxt, now);
}

const struct tcp_control tcp_cubic = {
	.name = "cubic",
	.init = cubic_begin,
	.rtt = cubic_sample,
	.acked = cubic_grow,
	.congestion = cubic_reduce,
	.timeout = cubic_restart,
};

static void
bbr_begin(struct tcp *t)
{
	struct tcp_sender *s = &t->s;

	bbr_init(&s->bbr, false, t->mss, (uint64_t)s->win.cwnd * t->mss, t->flow.hash);
	s->stamps = sim_alloc(s->size * sizeof(*s->stamps));
}

static void
bbr_sample(struct tcp_sender *s, wb_ns_t rtt, wb_ns_t now)
{
	(void)s; // update() gets it with the rest
	(void)rtt;
	(void)now;
}

static void
bbr_congestion(struct tcp_sender *s)
{
	bbr_save(&s->bbr);
}

static void
bbr_rto(struct tcp_sender *s, wb_ns_t now)
{
	(void)now;
	bbr_timeout(&s->bbr, (uint64_t)(tcp_in_flight(s) + 1) * s->bbr.mss);
}

static void
bbr_undone(struct tcp *t)
{
	bbr_undo(&t->s.bbr);
}

static void
bbr_ack(struct tcp *t, const struct ack_info *a, wb_ns_t now)
{
	struct tcp_sender *s = &t->s;
	struct delivery_sample d = { .rtt = a->rtt };

	d.acked = (uint64_t)a->delivered * t->mss;
	d.lost = (s->lost_ever - a->prior_lost) * t->mss;
	d.prior_in_flight = (uint64_t)a->prior_flight * t->mss;
	d.in_flight = (uint64_t)tcp_in_flight(s) * t->mss;
	d.recovering = s->state >= TCP_RECOVERY;
	delivery_sample(&s->rate, &d, s->min_rtt == WB_NEVER ? 0 : s->min_rtt, now);
	bbr_update(&s->bbr, &s->rate, &d, now);
	s->win.cwnd = (uint32_t)(bbr_window(&s->bbr) / t->mss);
}

const struct tcp_control tcp_bbr = {
	.name = "bbr",
	.paced = true,
	.init = bbr_begin,
	.rtt = bbr_sample,
	.congestion = bbr_congestion,
	.timeout = bbr_rto,
	.undone = bbr_undone,
	.update = bbr_ack,
};
