// SPDX-License-Identifier: BSD-3-Clause
// Prints the prompt's tables.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli_rows.h"
#include "clock.h"
#include "control.h"
#include "views.h"

#define FLOWS_MAX WB_BUCKETS

static bool
wanted(const char *name, const char *one)
{
	return name == NULL || strcmp(name, "all") == 0 || strcmp(name, one) == 0;
}

static int
none_found(unsigned found, const char *what, const char *name, FILE *out)
{
	if (found != 0 || name == NULL || strcmp(name, "all") == 0)
		return 0;
	fprintf(out, "no %s \"%s\"\n", what, name);
	return -ENOENT;
}

static double
mbit(uint64_t rate)
{
	return (double)rate / 1e6;
}

static double
ms(wb_ns_t t)
{
	return t == WB_NEVER ? 0 : (double)t / (double)WB_MS;
}

int
cli_show_port(struct control *ctl, const char *name, FILE *out)
{
	struct view_port v;
	unsigned n = 0;

	for (unsigned i = 0; view_port(ctl, i, &v) == 0; i++) {
		char source[16], hop[16];

		if (!wanted(name, v.name))
			continue;
		if (n++ == 0)
			fprintf(out,
				"%-12s %-6s %-16s %-12s %5s %-15s %-15s %12s %12s %8s %8s  %s\n",
				"port", "use", "device", "interface", "mtu", "source", "next hop",
				"rx packets", "tx packets", "rx lost", "tx err", "state");
		fprintf(out,
			"%-12s %-6s %-16s %-12s %5u %-15s %-15s %12" PRIu64 " %12" PRIu64
			" %8" PRIu64 " %8" PRIu64 "  %s\n",
			v.name, v.use, v.device, v.interface[0] != 0 ? v.interface : "-", v.mtu,
			view_ip4(v.source, source), view_ip4(v.next_hop, hop), v.rx_packets,
			v.tx_packets, v.rx_missed + v.rx_errors + v.rx_no_mbuf, v.tx_errors,
			v.usable ? "usable" : v.why_not);
	}
	return none_found(n, "port", name, out);
}

static void
show_path_line(const char *name, const struct wb_path_stats *s, const char *why_not, FILE *out)
{
	fprintf(out,
		"%-16s %-9s %-9s %9.2f %9.2f %9.2f %8.1f %8.1f %8.1f %9.3f %9.3f %12" PRIu64
		" %12" PRIu64 " %9" PRIu64 "  %s%s%s\n",
		name, wb_path_state_name(s->state), wb_path_state_name(s->rx_state), mbit(s->rate),
		mbit(s->rx_rate), mbit(s->pacing), ms(s->srtt), ms(s->min_rtt),
		ms(s->owd_above_min), s->loss_ppm / 1e4, s->rx_loss_ppm / 1e4, s->tx_datagrams,
		s->rx_datagrams, s->lost, s->cc_state, why_not[0] != 0 ? ", " : "", why_not);
}

// Prints a path's price, and what it has carried if that is counted.
static void
show_path_price(const struct control *ctl, unsigned slot, const struct wb_path_stats *s, FILE *out)
{
	int port = budget_find(&ctl->budgets, slot);

	if (s->price != 0)
		fprintf(out, "  price: takes what has waited %.0f ms for the others\n",
			ms(s->price));
	if (port < 0)
		return;
	fprintf(out, "  carried %.3f GB since %s",
		(double)ctl->budgets.ports[port].usage.bytes / 1e9,
		ctl->budgets.ports[port].usage.since);
	if (ctl->conf->ports[port].budget != 0)
		fprintf(out, ", of a budget of %.3f GB",
			(double)ctl->conf->ports[port].budget / 1e9);
	fprintf(out, "\n");
}

// Prints when a path will change next, if it changes every 15 s as Starlink does.
static void
show_path_grid(const struct wb_path_stats *s, FILE *out)
{
	if (s->grid_next != 0)
		fprintf(out,
			"  changes each 15 s, next in %.1f s (%" PRIu64 " %% of the last agree)\n",
			ms(s->grid_next) / 1e3, s->grid_confidence);
}

// Prints the rows of a list, a line each, with the names and figures that telemetry has.
static void
show_rows(const struct wb_counter *rows, const void *stats, FILE *out)
{
	for (const struct wb_counter *r = rows; r->name != NULL; r++)
		fprintf(out, "  %-20s %16" PRId64 " %-9s  %s\n", r->name,
			wb_counter_shown(r, stats), wb_unit_name(r->unit), r->help);
}

static void
show_path_full(const struct wb_path_stats *s, FILE *out)
{
	char ip[16];

	fprintf(out, "  id %u, remote %s:%u\n", s->id, view_ip4(s->remote.ip, ip),
		s->remote.udp_port);
	show_rows(wb_path_gauges, s, out);
	show_rows(wb_path_counters, s, out);
}

int
cli_show_path(struct control *ctl, const char *name, FILE *out)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	unsigned n = 0;

	for (unsigned t = 0; v != NULL && t < ctl->tunnels.n; t++) {
		if (view_tunnel(ctl, t, v) < 0)
			continue;
		for (unsigned i = 0; i < VIEW_PATHS; i++) {
			char one[VIEW_NAME];

			if (!v->used[i])
				continue;
			view_path_name(ctl, v, i, one);
			if (!wanted(name, one))
				continue;
			if (n++ == 0)
				fprintf(out,
					"%-16s %-9s %-9s %9s %9s %9s %8s %8s %8s %9s %9s %12s %12s "
					"%9s  %s\n",
					"path", "tx", "rx", "tx Mbit/s", "rx Mbit/s", "pacing",
					"rtt ms", "min ms", "queue ms", "tx loss %", "rx loss %",
					"sent", "received", "lost", "now");
			show_path_line(one, &v->paths[i], view_path_why_not(ctl, v, i), out);
			if (name == NULL)
				continue;
			show_path_full(&v->paths[i], out);
			show_path_grid(&v->paths[i], out);
			show_path_price(ctl, i, &v->paths[i], out);
		}
	}
	free(v);
	return none_found(n, "path", name, out);
}

// Prints how long packets were held for reordering, in us.
static void
show_held(const struct wb_tunnel_stats *s, FILE *out)
{
	static const unsigned ends[] = { 3, 5, 7, 9, 11, WB_HELD_BINS }; // bins; 2^i * 64 us each

	fprintf(out, "  %-9s %12s %12s %12s %12s %12s %12s\n", "held, us", "< 256", "< 1024",
		"< 4096", "< 16384", "< 65536", "longer");
	for (uint8_t c = 0; c < WB_CLASS_COUNT; c++) {
		unsigned i = 0;

		fprintf(out, "  %-9s", view_class(c));
		for (unsigned k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
			uint64_t n = 0;

			while (i < ends[k])
				n += s->classes[c].held_us[i++];
			fprintf(out, " %12" PRIu64, n);
		}
		fprintf(out, "\n");
	}
}

// Prints a row for each of the classes' counters, a column for each class.
static void
show_classes(const struct wb_class_stats classes[WB_CLASS_COUNT], FILE *out)
{
	fprintf(out, "  %-20s", "class");
	for (uint8_t c = 0; c < WB_CLASS_COUNT; c++)
		fprintf(out, " %16s", view_class(c));
	for (const struct wb_counter *r = wb_class_counters; r->name != NULL; r++) {
		fprintf(out, "\n  %-20s", r->name);
		for (uint8_t c = 0; c < WB_CLASS_COUNT; c++)
			fprintf(out, " %16" PRId64, wb_counter_shown(r, &classes[c]));
		fprintf(out, " %-9s  %s", wb_unit_name(r->unit), r->help);
	}
	fprintf(out, "\n");
}

static void
show_tunnel_full(const struct view_tunnel *v, FILE *out)
{
	const struct wb_tunnel_stats *s = &v->stats;

	show_rows(wb_tunnel_gauges, s, out);
	show_rows(wb_tunnel_counters, s, out);
	fprintf(out, "  error correction: %s\n", s->fec_state);
	show_rows(wb_fec_counters, s, out);
	show_classes(s->classes, out);
	show_held(s, out);
	fprintf(out,
		"  handshakes %" PRIu64 ", failed %" PRIu64 ", refused %" PRIu64
		"; cipher %s; inner MTU %u\n",
		v->session.handshakes, v->session.failures, v->session.refused,
		v->session.cipher != 0 ? wb_cipher_name(v->session.cipher) : "none", v->inner_mtu);
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		if (s->drops[i] != 0)
			fprintf(out, "  dropped %" PRIu64 ": %s\n", s->drops[i],
				wb_drop_text((enum wb_drop)i));
	if (v->bad_sources != 0)
		fprintf(out, "  dropped %" PRIu64 ": %s\n", v->bad_sources,
			wb_drop_text(WB_DROP_BAD_SOURCE));
}

static void
show_recent(struct control *ctl, enum wb_dp_recent_kind kind, int tunnel, FILE *out)
{
	char lines[WB_DP_RECENT][VIEW_RECENT];

	view_recent(ctl, kind, tunnel, lines);
	for (unsigned i = 0; i < WB_DP_RECENT && lines[i][0] != 0; i++)
		fprintf(out, "    %s\n", lines[i]);
}

// Prints where an edge's hub is, and what is known of each of its names.
static void
show_hub(const struct control *ctl, const struct view_tunnel *v, wb_ns_t now, FILE *out)
{
	char text[HUB_FOLLOW_TEXT];

	if (ctl->conf->role != WB_CONFIG_EDGE)
		return;
	fprintf(out, "  hub at %s, UDP port %u\n", v->hub_address, ctl->conf->hub.port);
	for (unsigned i = 0; hub_follow_text(ctl, i, now, text); i++)
		fprintf(out, "    %s\n", text);
}

int
cli_show_tunnel(struct control *ctl, const char *name, FILE *out)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	wb_ns_t now = control_now();
	unsigned n = 0;

	for (unsigned t = 0; v != NULL && t < ctl->tunnels.n; t++) {
		if (view_tunnel(ctl, t, v) < 0 || !wanted(name, v->name))
			continue;
		if (n++ == 0)
			fprintf(out, "%-16s %-9s %8s %-10s %6s %7s %14s %14s\n", "tunnel",
				"session", "age s", "scheduler", "paths", "flows", "in packets",
				"out packets");
		fprintf(out,
			"%-16s %-9s %8" PRIu64 " %-10s %3u/%-2u %7" PRIu64 " %14" PRIu64
			" %14" PRIu64 "\n",
			v->name, session_state_name(v->session.state),
			(uint64_t)(v->session.since != 0 ? (now - v->session.since) / WB_SEC : 0),
			v->scheduler, v->n_up, v->n_paths, v->stats.flows, v->stats.in_packets,
			v->stats.out_packets);
		if (v->way_out[0] != 0)
			fprintf(out, "  %s\n", v->way_out);
		if (v->hub_failed[0] != 0 || name != NULL)
			show_hub(ctl, v, now, out);
		if (name == NULL)
			continue;
		show_tunnel_full(v, out);
		if (v->bad_sources != 0)
			show_recent(ctl, WB_DP_BAD_SOURCES, (int)t, out);
	}
	free(v);
	return none_found(n, "tunnel", name, out);
}

int
cli_show_flow(struct control *ctl, const char *name, bool idle, FILE *out)
{
	struct tunnel_flow *f = calloc(FLOWS_MAX, sizeof(*f));
	unsigned n = 0;

	fprintf(out, "%-16s %6s %-9s %12s %14s %8s %8s %8s %10s %9s\n", "tunnel", "bucket", "class",
		"packets", "bytes", "queued", "drops", "marks", "queue ms", "idle s");
	for (unsigned t = 0; f != NULL && t < ctl->tunnels.n; t++) {
		unsigned count;

		if (!wanted(name, tunnels_name(&ctl->tunnels, t)))
			continue;
		n++;
		count = view_flows(ctl, t, 0, f, FLOWS_MAX);
		for (unsigned i = 0; i < count; i++) {
			const struct wb_flow_stats *s = &f[i].stats;

			if (f[i].idle > WB_SEC && !idle)
				continue;
			fprintf(out,
				"%-16s %6u %-9s %12" PRIu64 " %14" PRIu64 " %8" PRIu64 " %8" PRIu64
				" %8" PRIu64 " %10.1f %9.1f\n",
				tunnels_name(&ctl->tunnels, t), s->bucket, view_class(s->sclass),
				s->packets, s->bytes, s->queued_packets, s->drops, s->marks,
				ms(s->sojourn), ms(f[i].idle) / 1000);
		}
	}
	free(f);
	return none_found(n, "tunnel", name, out);
}

int
cli_show_drop(struct control *ctl, const char *name, bool zero, FILE *out)
{
	uint64_t drops[WB_DROP_COUNT], total = 0;
	unsigned n = 0;

	view_drops(ctl, drops);
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++) {
		total += drops[i];
		if (!wanted(name, wb_drop_name((enum wb_drop)i)) || (drops[i] == 0 && !zero))
			continue;
		n++;
		fprintf(out, "%-18s %12" PRIu64 "  %s\n", wb_drop_name((enum wb_drop)i), drops[i],
			wb_drop_text((enum wb_drop)i));
		if (i == WB_DROP_BAD_SOURCE)
			show_recent(ctl, WB_DP_BAD_SOURCES, -1, out);
		if (i == WB_DROP_NO_ROUTE)
			show_recent(ctl, WB_DP_NO_ROUTES, -1, out);
	}
	if (total == 0 && !zero)
		fprintf(out, "nothing was dropped\n");
	return none_found(n, "drop", name, out);
}

static void
show_nodes(struct control *ctl, unsigned worker, FILE *out)
{
	struct wb_dp_node_stats s;

	fprintf(out, "  %-24s %14s %14s %16s %10s\n", "node", "calls", "packets", "cycles",
		"a packet");
	for (unsigned i = 0; wb_dp_node_stats(ctl->dp, worker, i, &s) == 0; i++)
		fprintf(out, "  %-24s %14" PRIu64 " %14" PRIu64 " %16" PRIu64 " %10.1f\n", s.name,
			s.calls, s.packets, s.cycles,
			s.packets != 0 ? (double)s.cycles / (double)s.packets : 0);
}

int
cli_show_worker(struct control *ctl, const char *name, FILE *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ctl->eal.n_workers; i++) {
		struct wb_dp_worker_stats s;
		char lcore[16];

		if (wb_dp_worker_stats(ctl->dp, i, &s) < 0)
			continue;
		snprintf(lcore, sizeof(lcore), "%u", s.lcore);
		if (!wanted(name, lcore))
			continue;
		if (n++ == 0)
			fprintf(out, "%6s %6s %14s %8s %12s\n", "lcore", "socket", "walks", "busy",
				"sleeps");
		fprintf(out, "%6u %6d %14" PRIu64 " %7.1f%% %12" PRIu64 "\n", s.lcore, s.socket,
			s.walks,
			s.busy_cycles + s.idle_cycles != 0
				? 100.0 * (double)s.busy_cycles /
					  (double)(s.busy_cycles + s.idle_cycles)
				: 0,
			s.sleeps);
		if (name != NULL)
			show_nodes(ctl, i, out);
	}
	return none_found(n, "worker", name, out);
}
