// SPDX-License-Identifier: BSD-3-Clause
// Telemetry's replies about tunnels and their paths.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_telemetry.h>

#include "clock.h"
#include "control.h"
#include "reply.h"
#include "views.h"

// Objects of a page, so that it stays within 16 KiB.
#define PAGE_TUNNELS 5
#define PAGE_PATHS 8

// Adds a class' counters: "realtime_packets" and so on. "realtime_held" is a histogram of how long packets were
// held for reordering: entry i counts less than 64 us * 2^i, the last entry all that is longer.
static void
add_class(struct rte_tel_data *d, const char *name, const struct wb_class_stats *s)
{
	const struct {
		const char *what;
		uint64_t value;
	} rows[] = {
		{ "packets", s->packets },
		{ "bytes", s->bytes },
		{ "copies", s->copies },
		{ "duplicates", s->duplicates },
		{ "fec_protected", s->fec_protected },
		{ "fec_recovered", s->fec_recovered },
		{ "resends", s->resends },
		{ "lost", s->lost },
		{ "hold_us", s->hold / WB_US },
	};
	struct rte_tel_data *held = rte_tel_data_alloc();
	char key[32];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(key, sizeof(key), "%s_%s", name, rows[i].what);
		reply_number(d, key, rows[i].value);
	}
	if (held == NULL)
		return;
	rte_tel_data_start_array(held, RTE_TEL_UINT_VAL);
	for (unsigned i = 0; i < WB_HELD_BINS; i++)
		rte_tel_data_add_array_uint(held, s->held_us[i]);
	snprintf(key, sizeof(key), "%s_held", name);
	if (rte_tel_data_add_dict_container(d, key, held, 0) < 0)
		rte_tel_data_free(held);
}

static void
add_tunnel(struct rte_tel_data *list, unsigned index, const struct view_tunnel *v)
{
	const struct wb_tunnel_stats *s = &v->stats;
	struct rte_tel_data *d = reply_object();
	wb_ns_t now = control_now();
	uint64_t drops = 0;

	if (d == NULL)
		return;
	for (unsigned i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		drops += s->drops[i];
	reply_text(d, "name", v->name);
	reply_text(d, "session", session_state_name(v->session.state));
	reply_number(d, "session_s", v->session.since != 0 ? (now - v->session.since) / WB_SEC : 0);
	reply_number(d, "handshakes", v->session.handshakes);
	reply_number(d, "handshake_failures", v->session.failures);
	reply_number(d, "handshakes_refused", v->session.refused);
	reply_text(
		d, "cipher", v->session.cipher != 0 ? wb_cipher_name(v->session.cipher) : "none");
	reply_text(d, "scheduler", v->scheduler);
	reply_text(d, "way_out", v->way_out);
	reply_number(d, "inner_mtu", v->inner_mtu);
	reply_number(d, "paths", v->n_paths);
	reply_number(d, "paths_up", v->n_up);
	reply_number(d, "in_packets", s->in_packets);
	reply_number(d, "in_bytes", s->in_bytes);
	reply_number(d, "out_packets", s->out_packets);
	reply_number(d, "out_bytes", s->out_bytes);
	reply_number(d, "sent_packets", s->sent_packets);
	reply_number(d, "queued_packets", s->queued_packets);
	reply_number(d, "queued_bytes", s->queued_bytes);
	reply_number(d, "retained_packets", s->retained_packets);
	reply_number(d, "held_packets", s->held_packets);
	reply_number(d, "resends", s->resends);
	reply_number(d, "scheduler_overruled", s->scheduler_overruled);
	reply_number(d, "ce_marked", s->ce_marked);
	reply_number(d, "reorder_gaps", s->reorder_gaps);
	reply_number(d, "late", s->late);
	reply_number(d, "fec_protected", s->fec_protected);
	reply_number(d, "fec_repairs", s->fec_repairs);
	reply_number(d, "fec_bytes", s->fec_bytes);
	reply_number(d, "fec_recovered", s->fec_recovered);
	reply_number(d, "fec_unneeded", s->fec_unneeded);
	reply_number(d, "fec_failed", s->fec_failed);
	reply_text(d, "fec_state", s->fec_state);
	reply_number(d, "flows", s->flows);
	for (uint8_t c = 0; c < WB_CLASS_COUNT; c++)
		add_class(d, view_class(c), &s->classes[c]);
	reply_number(d, "demoted", s->demoted);
	reply_number(d, "equal_flows", s->equal_flows);
	reply_number(d, "equal_delay_us", s->equal_delay / WB_US);
	reply_number(d, "equal_tries", s->equal_tries);
	reply_number(d, "equal_granted", s->equal_granted);
	reply_number(d, "drops", drops);
	reply_number(d, "bad_source", v->bad_sources);
	reply_add(list, index, d);
}

int
reply_tunnels(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	unsigned start, i;
	int r = v == NULL ? -ENOMEM : reply_start(params, &start);

	for (i = r < 0 ? 0 : start; r == 0 && i < ctl->tunnels.n && i < start + PAGE_TUNNELS; i++)
		if (view_tunnel(ctl, i, v) == 0)
			add_tunnel(d, i, v);
	if (r == 0 && i < ctl->tunnels.n)
		reply_number(d, "next", i);
	free(v);
	return r;
}

static void
add_path_counters(struct rte_tel_data *d, const struct wb_path_stats *s)
{
	char name[32];

	reply_number(d, "tx_datagrams", s->tx_datagrams);
	reply_number(d, "tx_bytes", s->tx_bytes);
	reply_number(d, "rx_datagrams", s->rx_datagrams);
	reply_number(d, "rx_bytes", s->rx_bytes);
	reply_number(d, "tx_data", s->tx_data);
	reply_number(d, "rx_data", s->rx_data);
	reply_number(d, "lost", s->lost);
	reply_number(d, "spurious", s->spurious);
	reply_number(d, "resent", s->resent);
	reply_number(d, "copies", s->copies);
	reply_number(d, "duplicates", s->duplicates);
	reply_number(d, "fec_repairs", s->fec_repairs);
	reply_number(d, "fec_received", s->fec_received);
	reply_number(d, "fec_recovered", s->fec_recovered);
	reply_number(d, "fec_unneeded", s->fec_unneeded);
	for (uint8_t c = 0; c < WB_CLASS_COUNT; c++) {
		snprintf(name, sizeof(name), "tx_%s", view_class(c));
		reply_number(d, name, s->classes[c]);
	}
	reply_number(d, "black_holes", s->black_holes);
	reply_number(d, "probes", s->probes);
	reply_number(d, "replies", s->replies);
	reply_number(d, "downs", s->downs);
}

static void
add_path(struct control *ctl, struct rte_tel_data *list, const struct view_tunnel *v, unsigned slot)
{
	const struct wb_path_stats *s = &v->paths[slot];
	struct rte_tel_data *d = reply_object();
	char name[VIEW_NAME], remote[16];

	if (d == NULL)
		return;
	view_path_name(ctl, v, slot, name);
	reply_text(d, "name", name);
	reply_text(d, "tunnel", v->name);
	reply_text(d, "state", wb_path_state_name(wb_path_state_worse(s->state, s->rx_state)));
	reply_text(d, "tx_state", wb_path_state_name(s->state));
	reply_text(d, "rx_state", wb_path_state_name(s->rx_state));
	reply_number(d, "rx_rate", s->rx_rate);
	reply_number(d, "rx_loss_ppm", s->rx_loss_ppm);
	reply_text(d, "why_not", view_path_why_not(ctl, v, slot));
	reply_number(d, "id", s->id);
	reply_text(d, "remote", view_ip4(s->remote.ip, remote));
	reply_number(d, "remote_port", s->remote.udp_port);
	reply_number(d, "rate", s->rate);
	reply_number(d, "pacing", s->pacing);
	reply_text(d, "cc_state", s->cc_state);
	reply_number(d, "grid_confidence", s->grid_confidence);
	reply_number(d, "grid_next_ms", s->grid_next / WB_MS);
	reply_number(d, "srtt_us", s->srtt / WB_US);
	reply_number(d, "rttvar_us", s->rttvar / WB_US);
	reply_number(d, "min_rtt_us", s->min_rtt == WB_NEVER ? 0 : s->min_rtt / WB_US);
	reply_number(d, "queue_us", s->owd_above_min / WB_US);
	rte_tel_data_add_dict_int(d, "owd_relative_us", (int)(s->owd_relative / (int64_t)WB_US));
	reply_number(d, "jitter_us", s->jitter / WB_US);
	reply_number(d, "overtaken_us", s->overtaken / WB_US);
	reply_number(d, "ceiling", s->ceiling);
	reply_number(d, "loss_ppm", s->loss_ppm);
	reply_number(d, "inflight", s->inflight);
	reply_number(d, "cwnd", s->cwnd);
	reply_number(d, "mtu", s->mtu);
	reply_number(d, "mtu_limit", s->mtu_limit);
	reply_number(d, "price_us", s->price / WB_US);
	reply_number(d, "carried", s->carried);
	if (budget_find(&ctl->budgets, slot) >= 0) {
		unsigned port = (unsigned)budget_find(&ctl->budgets, slot);

		reply_number(d, "budget", ctl->conf->ports[port].budget);
		reply_number(d, "budget_used", ctl->budgets.ports[port].usage.bytes);
		reply_text(d, "budget_since", ctl->budgets.ports[port].usage.since);
	}
	add_path_counters(d, s);
	reply_add(list, v->tunnel * VIEW_PATHS + slot, d);
}

// The index is tunnel x 16 + slot.
int
reply_paths(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	struct view_tunnel *v = calloc(1, sizeof(*v));
	unsigned start, n = 0, next = 0;
	int r = v == NULL ? -ENOMEM : reply_start(params, &start);

	for (unsigned t = r < 0 ? 0 : start / VIEW_PATHS; r == 0 && t < ctl->tunnels.n && next == 0;
		t++) {
		if (view_tunnel(ctl, t, v) < 0)
			continue;
		for (unsigned i = 0; i < VIEW_PATHS; i++) {
			if (!v->used[i] || t * VIEW_PATHS + i < start)
				continue;
			if (n == PAGE_PATHS) {
				next = t * VIEW_PATHS + i;
				break;
			}
			add_path(ctl, d, v, i);
			n++;
		}
	}
	if (next != 0)
		reply_number(d, "next", next);
	free(v);
	return r;
}
