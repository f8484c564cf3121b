// SPDX-License-Identifier: BSD-3-Clause
#include "channel.h"

#include "split.h"

#define WINDOW (6u << 20) // Linux's default of the largest receive buffer

static void
write_to(struct flow *f, uint32_t bytes, wb_ns_t now)
{
	if (f->conf->split)
		split_write((struct split *)f, bytes, now);
	else
		tcp_write((struct tcp *)f, bytes, now);
}

static void
at_server(void *arg, wb_ns_t now)
{
	struct channel *c = arg;

	write_to(c->down, c->answer, now);
}

static void
at_client(void *arg, wb_ns_t now)
{
	struct channel *c = arg;

	c->answered(c->arg, c, now);
}

static struct flow *
half(struct channel *c, struct flow *of, unsigned i, uint32_t hash)
{
	enum direction dir = i == 0 ? !of->conf->direction : of->conf->direction;

	c->conf[i] = *of->conf;
	c->conf[i].kind = FLOW_CUBIC;
	c->conf[i].direction = dir;
	c->conf[i].window = WINDOW;
	c->conf[i].stop = WB_NEVER;
	return world_flow_add(of->w, &c->conf[i], hash);
}

void
channel_open(struct channel *c, struct flow *of, wb_ns_t now)
{
	uint32_t hash = (uint32_t)world_seed(of->w);

	c->up = half(c, of, 0, hash);
	c->down = half(c, of, 1, hash);
	if (of->conf->split) {
		split_open((struct split *)c->up, at_server, c, now);
		split_open((struct split *)c->down, at_client, c, now);
	} else {
		tcp_open((struct tcp *)c->up, at_server, c, now);
		tcp_open((struct tcp *)c->down, at_client, c, now);
	}
}

static void
renew(struct flow *f)
{
	if (f->conf->split)
		split_renew((struct split *)f);
	else
		tcp_renew((struct tcp *)f);
}

void
channel_renew(struct channel *c)
{
	renew(c->up);
	renew(c->down);
}

void
channel_ask(struct channel *c, uint32_t bytes, uint32_t answer, wb_ns_t now)
{
	c->answer = answer;
	write_to(c->up, bytes, now);
}
