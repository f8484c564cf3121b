// SPDX-License-Identifier: BSD-3-Clause
// Constant rate without feedback: `udp` (rate and size) and `voip` (a small packet each interval).
#include <stdlib.h>

#include "world.h"

#define VOIP_SIZE 200
#define TOO_LATE (150 * WB_MS) // for a call (ITU-T G.114)
#define TAIL WB_SEC // what was sent in the last second may still be on the way: not judged

struct udp {
	struct flow flow;
	struct sim_timer timer;
	wb_ns_t interval, judged_until;
	uint32_t size;
	uint64_t next, sent, judged, received, judged_received, in_time, highest;
	uint64_t reordered, three_later; // overtaken; by three or more: QUIC calls that a loss
	struct histogram delay;
	struct series series;
	struct gaps gaps;
	struct wb_em_random ports;
};

static struct flow *
create(struct world *w, const struct scenario_flow *conf, uint32_t index)
{
	struct udp *u = sim_alloc(sizeof(*u));

	(void)conf;
	(void)index;
	series_init(&u->series, w->scenario->duration);
	return &u->flow;
}

static void
send_next(void *arg, wb_ns_t now)
{
	struct udp *u = arg;
	struct packet *p;

	if (now >= u->flow.conf->stop)
		return;
	p = world_packet(u->flow.w, &u->flow, !u->flow.from, u->size);
	p->seq = u->next++;
	if (u->flow.conf->ports)
		p->wb.hash += 2 * (uint32_t)(wb_em_random_next(&u->ports) % u->flow.conf->ports);
	u->sent++;
	if (now < u->judged_until)
		u->judged++;
	world_send(u->flow.w, p);
	sim_timer_set(&u->flow.w->sim, &u->timer, now + u->interval);
}

static void
start(struct flow *f, wb_ns_t now)
{
	struct udp *u = (struct udp *)f;
	const struct scenario_flow *c = f->conf;
	wb_ns_t end = f->w->scenario->duration;

	u->size = c->size ? c->size : c->kind == FLOW_UDP ? UDP_SIZE : VOIP_SIZE;
	u->interval = c->kind == FLOW_UDP ? u->size * 8 * WB_SEC / c->rate : c->interval;
	end = c->stop < end ? c->stop : end;
	wb_em_random_seed(&u->ports, f->hash);
	u->judged_until = end > TAIL ? end - TAIL : 0;
	sim_timer_init(&u->timer, send_next, u);
	send_next(u, now);
}

static void
receive(struct flow *f, const struct packet *p, enum side at, wb_ns_t now)
{
	struct udp *u = (struct udp *)f;

	(void)at;
	u->received++;
	if (p->made < u->judged_until) {
		u->judged_received++;
		u->in_time += now - p->made <= TOO_LATE;
	}
	histogram_add(&u->delay, now - p->made);
	series_add(&u->series, now, p->wb.len);
	gaps_add(&u->gaps, now);
	if (p->seq < u->highest)
		u->reordered++;
	if (p->seq + 3 <= u->highest)
		u->three_later++;
	if (p->seq > u->highest)
		u->highest = p->seq;
}

static json_t *
result(const struct flow *f)
{
	const struct udp *u = (const struct udp *)f;
	json_t *j = json_object();
	uint64_t lost = u->judged > u->judged_received ? u->judged - u->judged_received : 0;

	series_json(j, &u->series, f->conf->start, f->conf->stop);
	gaps_json(j, &u->gaps);
	json_object_set_new(j, "sent", json_integer((json_int_t)u->sent));
	json_object_set_new(j, "lost", json_integer((json_int_t)lost));
	json_object_set_new(j, "loss_percent",
		json_rounded(u->judged ? 100.0 * (double)lost / (double)u->judged : 0));
	json_object_set_new(j, "lost_or_late_percent",
		json_rounded(u->judged ? 100 - 100.0 * (double)u->in_time / (double)u->judged : 0));
	json_object_set_new(j, "reordered", json_integer((json_int_t)u->reordered));
	json_object_set_new(j, "three_later", json_integer((json_int_t)u->three_later));
	json_object_set_new(j, "delay_ms", histogram_json(&u->delay));
	return j;
}

static void
line(const struct flow *f, FILE *out)
{
	const struct udp *u = (const struct udp *)f;

	fprintf(out, "\"bytes\":%llu,\"sent\":%llu,\"received\":%llu,\"three_later\":%llu",
		(unsigned long long)(u->received * u->size), (unsigned long long)u->sent,
		(unsigned long long)u->received, (unsigned long long)u->three_later);
}

static void
destroy(struct flow *f)
{
	series_free(&((struct udp *)f)->series);
	free(f);
}

const struct flow_ops udp_flow = {
	.create = create,
	.start = start,
	.receive = receive,
	.result = result,
	.line = line,
	.destroy = destroy,
};
