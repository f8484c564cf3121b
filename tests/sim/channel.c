// SPDX-License-Identifier: BSD-3-Clause
#include "channel.h"

#define WINDOW (6u << 20) // Linux's default of the largest receive buffer

static void
at_server(void *arg, wb_ns_t now)
{
	struct channel *c = arg;

	tcp_write(c->down, c->answer, now);
}

static void
at_client(void *arg, wb_ns_t now)
{
	struct channel *c = arg;

	c->answered(c->arg, c, now);
}

static struct tcp *
half(struct channel *c, struct flow *of, unsigned i, uint32_t hash)
{
	enum direction dir = i == 0 ? !of->conf->direction : of->conf->direction;

	c->conf[i] = *of->conf;
	c->conf[i].kind = FLOW_CUBIC;
	c->conf[i].direction = dir;
	c->conf[i].window = WINDOW;
	c->conf[i].stop = WB_NEVER;
	return (struct tcp *)world_flow_add(of->w, &c->conf[i], hash);
}

void
channel_open(struct channel *c, struct flow *of, wb_ns_t now)
{
	uint32_t hash = (uint32_t)world_seed(of->w);

	c->up = half(c, of, 0, hash);
	c->down = half(c, of, 1, hash);
	tcp_open(c->up, at_server, c, now);
	tcp_open(c->down, at_client, c, now);
}

void
channel_renew(struct channel *c)
{
	tcp_renew(c->up);
	tcp_renew(c->down);
}

void
channel_ask(struct channel *c, uint32_t bytes, uint32_t answer, wb_ns_t now)
{
	c->answer = answer;
	tcp_write(c->up, bytes, now);
}
