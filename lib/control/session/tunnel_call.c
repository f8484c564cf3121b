// SPDX-License-Identifier: BSD-3-Clause
// Commands to a tunnel's worker. Each is a struct command on the caller's stack, which the worker runs while
// the caller waits.
#include "tunnel_call.h"

#include <stdio.h>

#include "wb_sched_program.h"

struct command {
	int (*run)(struct wb_tunnel *t, struct command *c, wb_ns_t now);
	unsigned slot;
	union {
		struct {
			const struct wb_path_conf *conf;
			const struct wb_addr *remote;
		} add;
		const struct path_change *change;
		struct wb_path_stats *path_stats;
		struct tunnel_picture *picture;
		struct {
			struct tunnel_flow *list;
			unsigned tunnel, from, max;
		} flows;
		struct {
			const char *name;
			const struct wb_sched_program *program;
		} scheduler;
		unsigned percent;
	};
	int result;
};

// Runs in the tunnel's worker.
static void
obey(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct command *c = arg;

	c->result = c->run(t, c, now);
}

static int
give(struct wb_dp *dp, unsigned tunnel, struct command *c)
{
	int r = wb_dp_tunnel_call(dp, tunnel, obey, c);

	return r < 0 ? r : c->result;
}

static int
path_add(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	int slot = wb_tunnel_path_add(t, c->add.conf, c->add.remote, now);

	if (slot >= 0)
		wb_tunnel_path_enable(t, (unsigned)slot, false, now);
	return slot;
}

int
tunnel_call_path_add(struct wb_dp *dp, unsigned tunnel, const struct wb_path_conf *conf,
	const struct wb_addr *remote)
{
	struct command c = { .run = path_add, .add = { conf, remote } };

	return give(dp, tunnel, &c);
}

static int
path_change(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	const struct path_change *change = c->change;
	int r = 0;

	if (change->configure != NULL)
		r = wb_tunnel_path_configure(t, c->slot, change->configure);
	if (r == 0 && change->disable)
		r = wb_tunnel_path_enable(t, c->slot, false, now);
	if (r == 0 && change->moved != NULL)
		r = wb_tunnel_path_moved(t, c->slot, change->moved, now);
	if (r == 0 && change->enable)
		r = wb_tunnel_path_enable(t, c->slot, true, now);
	if (r == 0 && change->rate != NULL)
		r = wb_tunnel_path_set_rate(t, c->slot, *change->rate);
	return r;
}

int
tunnel_call_path_change(
	struct wb_dp *dp, unsigned tunnel, unsigned slot, const struct path_change *change)
{
	struct command c = { .run = path_change, .slot = slot, .change = change };

	return give(dp, tunnel, &c);
}

static int
path_stats(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	(void)now;
	return wb_tunnel_path_stats(t, c->slot, c->path_stats);
}

int
tunnel_call_path_stats(
	struct wb_dp *dp, unsigned tunnel, unsigned slot, struct wb_path_stats *stats)
{
	struct command c = { .run = path_stats, .slot = slot, .path_stats = stats };

	return give(dp, tunnel, &c);
}

static int
paths_stats(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	(void)now;
	for (unsigned i = 0; i < WB_PATHS_MAX; i++)
		if (wb_tunnel_path_stats(t, i, &c->path_stats[i]) < 0)
			c->path_stats[i].state = WB_PATH_FREE;
	return 0;
}

int
tunnel_call_paths_stats(struct wb_dp *dp, unsigned tunnel, struct wb_path_stats stats[WB_PATHS_MAX])
{
	struct command c = { .run = paths_stats, .path_stats = stats };

	return give(dp, tunnel, &c);
}

static int
picture(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	struct tunnel_picture *p = c->picture;
	struct command paths = { .path_stats = p->paths };
	const char *scheduler = wb_tunnel_scheduler(t);

	wb_tunnel_stats(t, p->stats);
	p->inner_mtu = wb_tunnel_inner_mtu(t);
	snprintf(p->scheduler, sizeof(p->scheduler), "%s", scheduler != NULL ? scheduler : "?");
	return paths_stats(t, &paths, now);
}

int
tunnel_call_picture(struct wb_dp *dp, unsigned tunnel, struct tunnel_picture *p)
{
	struct command c = { .run = picture, .picture = p };

	return give(dp, tunnel, &c);
}

static int
flows(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	unsigned cursor = c->flows.from, n = 0;

	while (n < c->flows.max && wb_tunnel_flow_stats(t, &cursor, &c->flows.list[n].stats) == 0) {
		struct tunnel_flow *f = &c->flows.list[n++];

		f->tunnel = c->flows.tunnel;
		f->idle = now > f->stats.last_seen ? now - f->stats.last_seen : 0;
	}
	return (int)n;
}

int
tunnel_call_flows(
	struct wb_dp *dp, unsigned tunnel, unsigned from, struct tunnel_flow *list, unsigned max)
{
	struct command c = { .run = flows, .flows = { list, tunnel, from, max } };

	return give(dp, tunnel, &c);
}

static int
set_scheduler(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	(void)now;
	if (c->scheduler.program == NULL)
		return wb_tunnel_set_scheduler(t, c->scheduler.name);
	wb_tunnel_set_program(t, c->scheduler.program);
	return 0;
}

int
tunnel_call_set_scheduler(
	struct wb_dp *dp, unsigned tunnel, const char *name, const struct wb_sched_program *program)
{
	struct command c = { .run = set_scheduler, .scheduler = { name, program } };

	return give(dp, tunnel, &c);
}

static int
set_fec(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	(void)now;
	wb_tunnel_set_fec(t, c->percent);
	return 0;
}

int
tunnel_call_set_fec(struct wb_dp *dp, unsigned tunnel, unsigned percent)
{
	struct command c = { .run = set_fec, .percent = percent };

	return give(dp, tunnel, &c);
}

static int
stats_clear(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	(void)c;
	(void)now;
	wb_tunnel_stats_clear(t);
	return 0;
}

int
tunnel_call_stats_clear(struct wb_dp *dp, unsigned tunnel)
{
	struct command c = { .run = stats_clear };

	return give(dp, tunnel, &c);
}

static int
say_close(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	(void)c;
	wb_tunnel_close(t, now);
	return 0;
}

int
tunnel_call_close(struct wb_dp *dp, unsigned tunnel)
{
	struct command c = { .run = say_close };

	return give(dp, tunnel, &c);
}

static int
nothing(struct wb_tunnel *t, struct command *c, wb_ns_t now)
{
	(void)t;
	(void)c;
	(void)now;
	return 0;
}

int
tunnel_call_sync(struct wb_dp *dp, unsigned tunnel)
{
	struct command c = { .run = nothing };

	return give(dp, tunnel, &c);
}
