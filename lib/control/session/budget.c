// SPDX-License-Identifier: BSD-3-Clause
// Counts what metered WANs carry in a month, keeps that over restarts, and sets the prices of their paths.
#include "budget.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "log.h"
#include "tunnel_call.h"
#include "wb_price.h"

#define LOOK_EVERY WB_SEC
#define SAVE_EVERY (30 * WB_SEC) // so much counting a crash may lose

// Returns whether the bytes of this port are counted.
static bool
counts(const struct wb_config *c, unsigned port)
{
	const struct wb_config_port *p = &c->ports[port];

	return port < c->n_ports && p->use == WB_CONFIG_WAN && (p->metered || p->budget != 0);
}

static void
file_of(const struct budgets *b, char *file, size_t len)
{
	snprintf(file, len, "%s/%s.usage", b->conf->state_dir, b->conf->name);
}

// Starts counting from 0 when a new month begins. An older month is ignored: the clock is not set yet.
static void
follow_calendar(struct budgets *b, unsigned port, struct usage_period *period)
{
	const struct wb_config_port *conf = &b->conf->ports[port];
	struct usage_entry *u = &b->ports[port].usage;

	usage_period(time(NULL), conf->budget_day ? conf->budget_day : 1, period);
	if (strcmp(period->since, u->since) <= 0)
		return;
	if (u->since[0] != 0)
		ctl_info("port %s: a new month begins, %.1f GB in the last one", conf->name,
			(double)u->bytes / 1e9);
	memcpy(u->since, period->since, sizeof(u->since));
	u->bytes = 0;
}

static wb_ns_t
price_of(struct budgets *b, unsigned port)
{
	const struct wb_config_port *conf = &b->conf->ports[port];
	struct wb_price p = { .backup = conf->backup,
		.metered = conf->metered,
		.budget = conf->budget,
		.used = b->ports[port].usage.bytes };
	struct usage_period period;

	if (counts(b->conf, port)) {
		follow_calendar(b, port, &period);
		p.used = b->ports[port].usage.bytes;
		p.period = period.length;
		p.left = period.left;
	}
	return wb_price(&p);
}

static void
count(struct budgets *b, unsigned port)
{
	struct budget *p = &b->ports[port];
	int slot = b->tunnels->wans[port].slot;
	struct wb_path_stats s;

	if (slot < 0 || tunnel_call_path_stats(b->tunnels->dp, 0, (unsigned)slot, &s) < 0)
		return;
	if (s.carried < p->carried) // the path has been added anew
		p->carried = 0;
	b->changed |= s.carried != p->carried;
	p->usage.bytes += s.carried - p->carried;
	p->carried = s.carried;
}

static void
reprice(struct budgets *b, unsigned port)
{
	struct wan *w = &b->tunnels->wans[port];
	wb_ns_t price = price_of(b, port);
	struct wb_path_conf conf;
	struct path_change change = { .configure = &conf };

	if (price / WB_MS == w->price / WB_MS)
		return;
	w->price = price;
	tunnels_path_conf(b->tunnels, port, &conf);
	if (w->slot >= 0)
		tunnel_call_path_change(b->tunnels->dp, 0, (unsigned)w->slot, &change);
}

static void
save(struct budgets *b)
{
	struct usage_entry entries[WB_CONFIG_PORTS];
	char file[WB_CONFIG_TEXT + WB_CONFIG_NAME + 8];
	unsigned n = 0;
	int r;

	for (unsigned i = 0; i < b->conf->n_ports; i++)
		if (counts(b->conf, i))
			entries[n++] = b->ports[i].usage;
	file_of(b, file, sizeof(file));
	mkdir(b->conf->state_dir, 0755);
	r = n == 0 ? 0 : usage_write(file, entries, n);
	if (r < 0 && !b->failed)
		ctl_err("%s: %s: what metered WANs carry will be forgotten (see \"state_dir\")",
			file, strerror(-r));
	b->failed = r < 0;
	b->changed = false;
}

void
budgets_start(struct budgets *b)
{
	struct usage_entry entries[WB_CONFIG_PORTS] = { 0 };
	char file[WB_CONFIG_TEXT + WB_CONFIG_NAME + 8], err[512];
	unsigned n = b->conf->n_ports;
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		snprintf(entries[i].name, sizeof(entries[i].name), "%s", b->conf->ports[i].name);
		any |= counts(b->conf, i);
	}
	file_of(b, file, sizeof(file));
	if (any && usage_read(file, entries, n, err, sizeof(err)) < 0)
		ctl_err("%s; what the file lacks is counted from 0", err);
	for (unsigned i = 0; i < n; i++) {
		b->ports[i].usage = entries[i];
		b->tunnels->wans[i].price = price_of(b, i);
	}
}

void
budgets_upkeep(struct budgets *b, wb_ns_t now)
{
	if (now < b->look_at)
		return;
	b->look_at = now + LOOK_EVERY;
	for (unsigned i = 0; i < b->conf->n_ports; i++) {
		if (!counts(b->conf, i))
			continue;
		count(b, i);
		reprice(b, i);
	}
	if (b->changed && now >= b->saved + SAVE_EVERY) {
		b->saved = now;
		save(b);
	}
}

void
budgets_stop(struct budgets *b)
{
	for (unsigned i = 0; i < b->conf->n_ports; i++)
		if (counts(b->conf, i))
			count(b, i);
	if (b->changed)
		save(b);
}

int
budget_find(const struct budgets *b, unsigned slot)
{
	int port = tunnels_port(b->tunnels, slot);

	return port >= 0 && counts(b->conf, (unsigned)port) ? port : -ENOENT;
}
