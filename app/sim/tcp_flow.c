// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "tcp.h"

static struct flow *
create(struct world *w, const struct scenario_flow *conf, uint32_t index)
{
	struct tcp *t = sim_alloc(sizeof(*t));

	(void)conf;
	(void)index;
	series_init(&t->r.series, w->scenario->duration);
	return &t->flow;
}

static void
prepare(struct tcp *t)
{
	uint32_t size = t->flow.conf->size;

	t->mss = (size ? size : world_mtu(t->flow.w)) - TCP_HEADERS;
	t->message_last = UINT64_MAX;
	tcp_receiver_init(t);
	tcp_sender_init(t);
}

static void
start(struct flow *f, wb_ns_t now)
{
	struct tcp *t = (struct tcp *)f;

	prepare(t);
	tcp_output(t, now);
}

void
tcp_open(struct tcp *t, void (*arrived)(void *arg, wb_ns_t now), void *arg, wb_ns_t now)
{
	(void)now;
	t->arrived = arrived;
	t->arg = arg;
	prepare(t);
	t->s.end = 0;
}

// After a pause the window is not what the path is known to bear any more: halved by each timeout's
// length (RFC 2861, as Linux does it).
static void
decay(struct tcp_sender *s, wb_ns_t now)
{
	wb_ns_t pause = s->nxt > 0 ? now - seg_at(s, s->nxt - 1)->sent : 0;

	if (s->una < s->nxt)
		return;
	for (; pause > s->rto && s->win.cwnd > TCP_INITIAL_WINDOW; pause -= s->rto)
		s->win.cwnd =
			s->win.cwnd / 2 > TCP_INITIAL_WINDOW ? s->win.cwnd / 2 : TCP_INITIAL_WINDOW;
}

void
tcp_write(struct tcp *t, uint32_t bytes, wb_ns_t now)
{
	decay(&t->s, now);
	t->s.end += (bytes + t->mss - 1) / t->mss;
	t->message_last = t->s.end - 1;
	t->message_len = (bytes - 1) % t->mss + 1;
	tcp_output(t, now);
}

void
tcp_renew(struct tcp *t)
{
	t->s.win = (struct tcp_window){ TCP_INITIAL_WINDOW, TCP_UNLIMITED };
	cubic_init(&t->s.cubic);
	t->s.cubic.round_end = t->s.nxt;
}

static void
receive(struct flow *f, const struct packet *p, enum side at, wb_ns_t now)
{
	struct tcp *t = (struct tcp *)f;

	if (at == f->from)
		tcp_ack_received(t, p, now);
	else
		tcp_data_received(t, p, now);
}

static double
milliseconds(wb_ns_t t)
{
	return (double)t / 1e6;
}

static json_t *
result(const struct flow *f)
{
	const struct tcp *t = (const struct tcp *)f;
	json_t *j = json_object();

	transfer_json(j, &t->r.series, f->conf->start, f->conf->stop, t->r.done);
	gaps_json(j, &t->r.gaps);
	json_object_set_new(j, "bytes", json_integer((json_int_t)(t->r.delivered * t->mss)));
	json_object_set_new(
		j, "inner_per_byte", json_real((double)(t->mss + TCP_HEADERS) / t->mss));
	json_object_set_new(j, "retransmits", json_integer((json_int_t)t->s.retransmits));
	json_object_set_new(j, "recoveries", json_integer((json_int_t)t->s.recoveries));
	json_object_set_new(j, "timeouts", json_integer((json_int_t)t->s.timeouts));
	json_object_set_new(j, "undone", json_integer((json_int_t)t->s.undone));
	json_object_set_new(j, "loss_probes", json_integer((json_int_t)t->s.probes));
	json_object_set_new(j, "ecn_marks", json_integer((json_int_t)t->s.marks));
	json_object_set_new(j, "out_of_order", json_integer((json_int_t)t->r.out_of_order));
	json_object_set_new(j, "duplicates", json_integer((json_int_t)t->r.duplicates));
	json_object_set_new(j, "cwnd", json_integer(t->s.win.cwnd));
	json_object_set_new(j, "srtt_ms", json_rounded(milliseconds(t->s.srtt)));
	json_object_set_new(j, "min_rtt_ms", json_rounded(milliseconds(t->s.min_rtt)));
	if (t->r.delay != NULL)
		json_object_set_new(j, "delay_ms", histogram_json(t->r.delay));
	return j;
}

static void
line(const struct flow *f, FILE *out)
{
	static const char *const state[] = { "open", "disorder", "cwr", "recovery", "loss" };
	const struct tcp *t = (const struct tcp *)f;

	fprintf(out,
		"\"state\":\"%s\",\"cwnd\":%u,\"ssthresh\":%u,"
		"\"in_flight\":%u,\"srtt_ms\":%.3f,\"delivered\":%llu,\"retransmits\":%llu,"
		"\"bytes\":%llu,\"out_of_order\":%llu",
		state[t->s.state], t->s.win.cwnd, t->s.win.ssthresh, tcp_in_flight(&t->s),
		milliseconds(t->s.srtt), (unsigned long long)t->r.delivered,
		(unsigned long long)t->s.retransmits, (unsigned long long)(t->r.delivered * t->mss),
		(unsigned long long)t->r.out_of_order);
}

static void
destroy(struct flow *f)
{
	struct tcp *t = (struct tcp *)f;

	series_free(&t->r.series);
	free(t->r.delay);
	free(t->r.bitmap);
	free(t->s.segs);
	free(t->s.stamps);
	free(t);
}

const struct flow_ops tcp_flow = {
	.create = create,
	.start = start,
	.receive = receive,
	.result = result,
	.line = line,
	.destroy = destroy,
};
