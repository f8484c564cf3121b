// SPDX-License-Identifier: BSD-3-Clause
// Echo requests: round trip and loss.
#include "world.h"

#define PING_SIZE 84
#define TAIL WB_SEC

struct ping {
	struct flow flow;
	struct sim_timer timer;
	uint64_t next, judged, judged_received;
	wb_ns_t judged_until;
	struct histogram rtt;
	struct gaps gaps;
};

static void
send_next(void *arg, wb_ns_t now)
{
	struct ping *g = arg;
	const struct scenario_flow *c = g->flow.conf;
	struct packet *p;

	if (now >= c->stop)
		return;
	p = world_packet(g->flow.w, &g->flow, !g->flow.from, c->size ? c->size : PING_SIZE);
	p->seq = g->next++;
	if (now < g->judged_until)
		g->judged++;
	world_send(g->flow.w, p);
	sim_timer_set(&g->flow.w->sim, &g->timer, now + c->interval);
}

static void
start(struct flow *f, wb_ns_t now)
{
	struct ping *g = (struct ping *)f;
	wb_ns_t end = f->w->scenario->duration;

	end = f->conf->stop < end ? f->conf->stop : end;
	g->judged_until = end > TAIL ? end - TAIL : 0;
	sim_timer_init(&g->timer, send_next, g);
	send_next(g, now);
}

static void
receive(struct flow *f, const struct packet *p, enum side at, wb_ns_t now)
{
	struct ping *g = (struct ping *)f;
	struct packet *reply;

	if (at != f->from) {
		reply = world_packet(f->w, f, f->from, p->wb.len);
		reply->seq = p->seq;
		reply->made = p->made;
		world_send(f->w, reply);
		return;
	}
	if (p->made < g->judged_until)
		g->judged_received++;
	histogram_add(&g->rtt, now - p->made);
	gaps_add(&g->gaps, now);
}

static json_t *
result(const struct flow *f)
{
	const struct ping *g = (const struct ping *)f;
	uint64_t lost = g->judged > g->judged_received ? g->judged - g->judged_received : 0;
	json_t *j = json_object();

	gaps_json(j, &g->gaps);
	json_object_set_new(j, "sent", json_integer((json_int_t)g->next));
	json_object_set_new(j, "lost", json_integer((json_int_t)lost));
	json_object_set_new(j, "loss_percent",
		json_rounded(g->judged ? 100.0 * (double)lost / (double)g->judged : 0));
	json_object_set_new(j, "rtt_ms", histogram_json(&g->rtt));
	return j;
}

const struct flow_ops ping_flow = {
	.size = sizeof(struct ping),
	.start = start,
	.receive = receive,
	.result = result,
};
