// SPDX-License-Identifier: BSD-3-Clause
// `web`: pages as a browser loads them: a document over one connection, then its objects over six,
// each asked for when a connection is free; every page with new connections (TCP's and TLS 1.3's
// round trips), then a pause. Sizes are drawn: most objects small, a few large.
#include "channel.h"

#define CONNECTIONS 6
#define DOCUMENT 30000
#define OBJECTS 40
#define QUESTION 500 // request with its headers, ClientHello
#define TLS_ANSWER 4000
#define SYN 40
#define OBJECT_MIN 1000
#define OBJECT_MAX 1000000

enum stage { STAGE_SYN, STAGE_TLS, STAGE_DOCUMENT, STAGE_OBJECT, STAGE_FREE };

struct web {
	struct flow flow;
	struct channel channels[CONNECTIONS];
	enum stage stage[CONNECTIONS];
	struct sim_timer timer;
	struct wb_em_random random;
	wb_ns_t began;
	unsigned to_ask, to_come; // objects of the page
	uint64_t pages, done, bytes;
	struct histogram times;
	struct gaps gaps;
};

// Grows by 8/5 with a chance of 3 in 5: a heavy tail. Mean 11 kB, half are under 5 kB.
static uint32_t
object_size(struct web *b)
{
	uint64_t size = OBJECT_MIN + wb_em_random_next(&b->random) % (4 * OBJECT_MIN);

	while (size < OBJECT_MAX && wb_em_random_next(&b->random) % 5 < 3)
		size = size * 8 / 5;
	return (uint32_t)(size < OBJECT_MAX ? size : OBJECT_MAX);
}

static void
connect_to(struct web *b, unsigned i, wb_ns_t now)
{
	b->stage[i] = STAGE_SYN;
	channel_renew(&b->channels[i]);
	channel_ask(&b->channels[i], SYN, SYN, now);
}

static void
ask_object(struct web *b, unsigned i, wb_ns_t now)
{
	uint32_t size = object_size(b);

	b->stage[i] = STAGE_FREE;
	if (b->to_ask == 0)
		return;
	b->to_ask--;
	b->stage[i] = STAGE_OBJECT;
	b->bytes += size;
	channel_ask(&b->channels[i], QUESTION, size, now);
}

static void
page_done(struct web *b, wb_ns_t now)
{
	b->done++;
	histogram_add(&b->times, now - b->began);
	gaps_add(&b->gaps, now);
	sim_timer_set(&b->flow.w->sim, &b->timer, now + b->flow.conf->think);
}

static void
answered(void *arg, struct channel *c, wb_ns_t now)
{
	struct web *b = arg;
	unsigned i = (unsigned)(c - b->channels);

	switch (b->stage[i]) {
	case STAGE_SYN:
		b->stage[i] = STAGE_TLS;
		channel_ask(c, QUESTION, TLS_ANSWER, now);
		break;
	case STAGE_TLS:
		if (i > 0) {
			ask_object(b, i, now);
			break;
		}
		b->stage[i] = STAGE_DOCUMENT;
		channel_ask(c, QUESTION, DOCUMENT, now);
		break;
	case STAGE_DOCUMENT:
		for (unsigned k = 1; k < CONNECTIONS; k++)
			connect_to(b, k, now);
		ask_object(b, i, now);
		break;
	case STAGE_OBJECT:
		if (--b->to_come == 0)
			page_done(b, now);
		else
			ask_object(b, i, now);
		break;
	case STAGE_FREE:
		break;
	}
}

static void
page(void *arg, wb_ns_t now)
{
	struct web *b = arg;

	if (now >= b->flow.conf->stop)
		return;
	b->pages++;
	b->began = now;
	b->to_ask = b->to_come = b->flow.conf->objects ? b->flow.conf->objects : OBJECTS;
	connect_to(b, 0, now);
}

static void
start(struct flow *f, wb_ns_t now)
{
	struct web *b = (struct web *)f;

	wb_em_random_seed(&b->random, f->hash);
	sim_timer_init(&b->timer, page, b);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		b->channels[i].answered = answered;
		b->channels[i].arg = b;
		channel_open(&b->channels[i], f, now);
	}
	page(b, now);
}

static json_t *
result(const struct flow *f)
{
	const struct web *b = (const struct web *)f;
	json_t *j = json_object();

	gaps_json(j, &b->gaps);
	json_object_set_new(j, "pages", json_integer((json_int_t)b->pages));
	json_object_set_new(j, "completed", json_integer((json_int_t)b->done));
	json_object_set_new(j, "object_bytes", json_integer((json_int_t)b->bytes));
	json_object_set_new(j, "page_load_ms", histogram_json(&b->times));
	return j;
}

const struct flow_ops web_flow = {
	.size = sizeof(struct web),
	.start = start,
	.result = result,
};
