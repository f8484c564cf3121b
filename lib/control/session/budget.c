// SPDX-License-Identifier: BSD-3-Clause
// Metered WANs of an edge: what they have carried in their month, over restarts, and the price that
// follows from it.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "control.h"
#include "log.h"
#include "wb_price.h"

#define LOOK_EVERY WB_SEC
#define SAVE_EVERY (30 * WB_SEC) // what a crash may cost

bool
budget_counts(const struct control *ctl, unsigned port)
{
	const struct wb_config_port *p = &ctl->conf->ports[port];

	return port < ctl->conf->n_ports && p->use == WB_CONFIG_WAN &&
	       (p->metered || p->budget != 0);
}

static void
file_of(const struct control *ctl, char *file, size_t len)
{
	snprintf(file, len, "%s/%s.usage", ctl->conf->state_dir, ctl->conf->name);
}

// A new month starts at nothing. A clock that is not set yet shows an old one: that does not count.
static void
follow_calendar(struct control *ctl, unsigned port, struct usage_period *period)
{
	const struct wb_config_port *conf = &ctl->conf->ports[port];
	struct usage_entry *u = &ctl->ports[port].usage;

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
price_of(struct control *ctl, unsigned port)
{
	const struct wb_config_port *conf = &ctl->conf->ports[port];
	struct wb_price p = { .backup = conf->backup,
		.metered = conf->metered,
		.budget = conf->budget,
		.used = ctl->ports[port].usage.bytes };
	struct usage_period period;

	if (budget_counts(ctl, port)) {
		follow_calendar(ctl, port, &period);
		p.used = ctl->ports[port].usage.bytes;
		p.period = period.length;
		p.left = period.left;
	}
	return wb_price(&p);
}

struct path_look {
	unsigned slot;
	const struct wb_path_conf *conf; // to be set; NULL: look only
	uint64_t carried;
	int result;
};

static void
look(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct path_look *l = arg;
	struct wb_path_stats s;

	(void)now;
	l->result = wb_tunnel_path_stats(t, l->slot, &s);
	l->carried = l->result < 0 ? 0 : s.carried;
	if (l->result == 0 && l->conf != NULL)
		l->result = wb_tunnel_path_configure(t, l->slot, l->conf);
}

static void
count(struct control *ctl, unsigned port)
{
	struct control_port *p = &ctl->ports[port];
	struct path_look l = { .slot = (unsigned)p->slot };

	if (p->slot < 0 || wb_dp_tunnel_call(ctl->dp, 0, look, &l) < 0 || l.result < 0)
		return;
	if (l.carried < p->carried) // the path has been added anew
		p->carried = 0;
	ctl->usage_changed |= l.carried != p->carried;
	p->usage.bytes += l.carried - p->carried;
	p->carried = l.carried;
}

static void
reprice(struct control *ctl, unsigned port)
{
	struct control_port *p = &ctl->ports[port];
	wb_ns_t price = price_of(ctl, port);
	struct wb_path_conf conf;
	struct path_look l = { .slot = (unsigned)p->slot, .conf = &conf };

	if (price / WB_MS == p->price / WB_MS)
		return;
	p->price = price;
	tunnels_path_conf(ctl, port, &conf);
	if (p->slot >= 0)
		wb_dp_tunnel_call(ctl->dp, 0, look, &l);
}

static void
save(struct control *ctl)
{
	struct usage_entry entries[WB_CONFIG_PORTS];
	char file[WB_CONFIG_TEXT + WB_CONFIG_NAME + 8];
	unsigned n = 0;
	int r;

	for (unsigned i = 0; i < ctl->conf->n_ports; i++)
		if (budget_counts(ctl, i))
			entries[n++] = ctl->ports[i].usage;
	file_of(ctl, file, sizeof(file));
	mkdir(ctl->conf->state_dir, 0755);
	r = n == 0 ? 0 : usage_write(file, entries, n);
	if (r < 0 && !ctl->usage_failed)
		ctl_err("%s: %s: what metered WANs carry will be forgotten (see \"state_dir\")",
			file, strerror(-r));
	ctl->usage_failed = r < 0;
	ctl->usage_changed = false;
}

void
budgets_start(struct control *ctl)
{
	struct usage_entry entries[WB_CONFIG_PORTS] = { 0 };
	char file[WB_CONFIG_TEXT + WB_CONFIG_NAME + 8], err[512];
	unsigned n = ctl->conf->n_ports;
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		snprintf(entries[i].name, sizeof(entries[i].name), "%s", ctl->conf->ports[i].name);
		any |= budget_counts(ctl, i);
	}
	file_of(ctl, file, sizeof(file));
	if (any && usage_read(file, entries, n, err, sizeof(err)) < 0)
		ctl_err("%s; counting from 0 what it does not say", err);
	for (unsigned i = 0; i < n; i++) {
		ctl->ports[i].usage = entries[i];
		ctl->ports[i].price = price_of(ctl, i);
	}
}

void
budgets_upkeep(struct control *ctl, wb_ns_t now)
{
	if (now < ctl->budgets_at)
		return;
	ctl->budgets_at = now + LOOK_EVERY;
	for (unsigned i = 0; i < ctl->conf->n_ports; i++) {
		if (!budget_counts(ctl, i))
			continue;
		count(ctl, i);
		reprice(ctl, i);
	}
	if (ctl->usage_changed && now >= ctl->usage_saved + SAVE_EVERY) {
		ctl->usage_saved = now;
		save(ctl);
	}
}

void
budgets_stop(struct control *ctl)
{
	for (unsigned i = 0; i < ctl->conf->n_ports; i++)
		if (budget_counts(ctl, i))
			count(ctl, i);
	if (ctl->usage_changed)
		save(ctl);
}

int
budget_find(const struct control *ctl, unsigned slot)
{
	for (unsigned i = 0; ctl->conf->role == WB_CONFIG_EDGE && i < ctl->conf->n_ports; i++)
		if (ctl->ports[i].slot == (int)slot && budget_counts(ctl, i))
			return (int)i;
	return -ENOENT;
}
