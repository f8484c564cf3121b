// SPDX-License-Identifier: BSD-3-Clause
// The table of commands, and the handlers of all that change something.
#include "cli_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "control.h"
#include "network.h"
#include "tunnel_call.h"
#include "views.h"

#define SHOW(name)                                                                                 \
	static int show_##name(struct control *ctl, const char *const *word, FILE *out)            \
	{                                                                                          \
		return cli_show_##name(ctl, word[2], out);                                         \
	}
SHOW(port)
SHOW(path)
SHOW(tunnel)
SHOW(worker)

static int
show_flow(struct control *ctl, const char *const *word, FILE *out)
{
	return cli_show_flow(ctl, word[2] != NULL ? word[2] : "all", word[2] != NULL, out);
}

static int
show_drop(struct control *ctl, const char *const *word, FILE *out)
{
	return cli_show_drop(ctl, word[2] != NULL ? word[2] : "all", word[2] != NULL, out);
}

static int
help(struct control *ctl, const char *const *word, FILE *out)
{
	(void)ctl;
	(void)word;
	for (unsigned i = 0; i < n_cli_rows; i++) {
		char words[64], *at;

		snprintf(words, sizeof(words), "%s", cli_rows[i].words);
		while ((at = strchr(words, '#')) != NULL)
			*at = '|';
		fprintf(out, "  %-30s %s\n", words, cli_rows[i].help);
	}
	return 0;
}

static int
find_path(struct control *ctl, const char *name, unsigned *tunnel, unsigned *slot, FILE *out)
{
	int r = view_find_path(ctl, name, tunnel, slot);

	if (r < 0)
		fprintf(out, "no path \"%s\" (see: show path)\n", name);
	return r;
}

static void
tell_impossible(const char *name, FILE *out)
{
	fprintf(out, "path %s: not possible now\n", name);
}

static int
set_path_state(struct control *ctl, const char *const *word, FILE *out)
{
	bool up = strcmp(word[4], "up") == 0;
	struct path_change change = { .enable = up, .disable = !up };
	unsigned tunnel, slot;
	int r = find_path(ctl, word[2], &tunnel, &slot, out), port;

	if (r < 0)
		return r;
	// An edge's path is up only if both the operator and its port allow it.
	port = tunnels_port(&ctl->tunnels, slot);
	if (port >= 0) {
		ctl->tunnels.wans[port].operator_down = !up;
		return network_update(ctl, control_now());
	}
	r = tunnel_call_path_change(ctl->dp, tunnel, slot, &change);
	if (r < 0)
		tell_impossible(word[2], out);
	return r;
}

// Reads megabits a second into bits a second, "auto" into 0. -EINVAL.
static int
parse_rate(const char *text, uint64_t *rate)
{
	char *end;
	double v;

	*rate = 0;
	if (strcmp(text, "auto") == 0)
		return 0;
	v = strtod(text, &end);
	if (end == text || *end != 0 || !(v >= 0.1 && v <= 400000))
		return -EINVAL;
	*rate = (uint64_t)(v * 1e6);
	return 0;
}

static int
set_path_rate(struct control *ctl, const char *const *word, FILE *out)
{
	unsigned tunnel, slot;
	uint64_t rate;
	struct path_change change = { .rate = &rate };
	int r, port;

	if (parse_rate(word[4], &rate) < 0) {
		fprintf(out, "rate \"%s\": auto, or megabits a second from 0.1 to 400000\n",
			word[4]);
		return -EINVAL;
	}
	r = find_path(ctl, word[2], &tunnel, &slot, out);
	if (r < 0)
		return r;
	r = tunnel_call_path_change(ctl->dp, tunnel, slot, &change);
	if (r < 0) {
		tell_impossible(word[2], out);
		return r;
	}
	port = tunnels_port(&ctl->tunnels, slot);
	if (port >= 0)
		ctl->tunnels.wans[port].rate_up = rate;
	return 0;
}

static int
set_scheduler(struct control *ctl, const char *const *word, FILE *out)
{
	char err[512];
	int r = scheduler_set(&ctl->tunnels, word[2], err, sizeof(err));

	if (r < 0)
		fprintf(out, "%s\nnothing has changed\n", err);
	return r;
}

static int
set_fec(struct control *ctl, const char *const *word, FILE *out)
{
	char *end;
	unsigned long percent = strtoul(word[2], &end, 10);

	if (*end != 0 || end == word[2] || percent > 50) {
		fprintf(out, "\"%s\": not 0 to 50\n", word[2]);
		return -EINVAL;
	}
	for (unsigned t = 0; t < ctl->tunnels.n; t++)
		tunnel_call_set_fec(ctl->dp, t, (unsigned)percent);
	return 0;
}

static int
clear_stats(struct control *ctl, const char *const *word, FILE *out)
{
	(void)word;
	(void)out;
	for (unsigned t = 0; t < ctl->tunnels.n; t++)
		tunnel_call_stats_clear(ctl->dp, t);
	wb_dp_stats_clear(ctl->dp);
	view_ports_clear(ctl);
	return 0;
}

static int
stop(struct control *ctl, const char *const *word, FILE *out)
{
	(void)word;
	if (ctl->stopped) {
		fprintf(out, "stopped already\n");
		return -EALREADY;
	}
	tunnels_close(&ctl->tunnels);
	sessions_stop(ctl->sessions);
	ctl->stopped = true;
	fprintf(out, "nothing is forwarded until \"start\"\n");
	return 0;
}

static int
start(struct control *ctl, const char *const *word, FILE *out)
{
	(void)word;
	if (!ctl->stopped) {
		fprintf(out, "running already\n");
		return -EALREADY;
	}
	ctl->stopped = false;
	sessions_start(ctl->sessions, control_now());
	return 0;
}

const struct cli_row cli_rows[] = {
	{ "help", help, "this list" },
	{ "show port", show_port, "ports with their counters" },
	{ "show port NAME", show_port, "one port (or all)" },
	{ "show path", show_path, "paths with their state and estimates" },
	{ "show path NAME", show_path, "one path (or all) in full" },
	{ "show tunnel", show_tunnel, "tunnels and their sessions" },
	{ "show tunnel NAME", show_tunnel, "one tunnel (or all) in full" },
	{ "show flow", show_flow, "flows of the last second" },
	{ "show flow NAME", show_flow, "flows of one tunnel; all: idle ones too" },
	{ "show drop", show_drop, "what was dropped, by reason" },
	{ "show drop NAME", show_drop, "one reason; all: also those that never happened" },
	{ "show worker", show_worker, "workers and their load" },
	{ "show worker NAME", show_worker, "graph nodes of the worker on that lcore (or all)" },
	{ "set path NAME state up#down", set_path_state, "take a path out of use or back" },
	{ "set path NAME rate RATE", set_path_rate,
		"sending rate of a path: auto or megabits a second" },
	{ "set scheduler NAME", set_scheduler,
		"how packets are spread over the paths: a name, or a BPF object FILE.o" },
	{ "set fec PERCENT", set_fec, "allowance for forward error correction, 0 to 50" },
	{ "clear stats", clear_stats, "start all counters anew" },
	{ "stop", stop, "close the sessions, forward nothing" },
	{ "start", start, "make sessions again after stop" },
	{ "quit", NULL, "end wanbond; in `wanbond ctl`: the session only" },
};
const unsigned n_cli_rows = sizeof(cli_rows) / sizeof(cli_rows[0]);
