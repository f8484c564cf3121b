// SPDX-License-Identifier: BSD-3-Clause
// `request`: one connection; a request, its response, a pause, and again. The first exchange is the
// connection's set-up and is not counted.
#include "channel.h"

#define SETUP 64 // bytes

struct request {
	struct flow flow;
	struct channel channel;
	struct sim_timer timer;
	wb_ns_t asked; // 0: setting up, or no request under way
	uint64_t n, done;
	struct histogram times;
	struct gaps gaps;
};

static void
ask(void *arg, wb_ns_t now)
{
	struct request *q = arg;
	const struct scenario_flow *c = q->flow.conf;

	if (now >= c->stop)
		return;
	q->n++;
	q->asked = now;
	channel_ask(&q->channel, c->request_bytes, c->response_bytes, now);
}

static void
answered(void *arg, struct channel *channel, wb_ns_t now)
{
	struct request *q = arg;

	(void)channel;
	if (q->asked == 0) {
		ask(q, now);
		return;
	}
	q->done++;
	histogram_add(&q->times, now - q->asked);
	gaps_add(&q->gaps, now);
	q->asked = 0;
	sim_timer_set(&q->flow.w->sim, &q->timer, now + q->flow.conf->think);
}

static void
think_over(void *arg, wb_ns_t now)
{
	ask(arg, now);
}

static void
start(struct flow *f, wb_ns_t now)
{
	struct request *q = (struct request *)f;

	q->channel.answered = answered;
	q->channel.arg = q;
	sim_timer_init(&q->timer, think_over, q);
	channel_open(&q->channel, f, now);
	channel_ask(&q->channel, SETUP, SETUP, now);
}

static json_t *
result(const struct flow *f)
{
	const struct request *q = (const struct request *)f;
	json_t *j = json_object();

	gaps_json(j, &q->gaps);
	json_object_set_new(j, "requests", json_integer((json_int_t)q->n));
	json_object_set_new(j, "completed", json_integer((json_int_t)q->done));
	json_object_set_new(j, "completion_ms", histogram_json(&q->times));
	return j;
}

const struct flow_ops request_flow = {
	.size = sizeof(struct request),
	.start = start,
	.result = result,
};
