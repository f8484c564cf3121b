// SPDX-License-Identifier: BSD-3-Clause
// Keeps the last few addresses that each worker dropped packets for.
#include "recent.h"

#include <string.h>

static bool
same(const struct wb_dp_recent *a, const struct wb_dp_recent *b)
{
	return a->family == b->family && a->tunnel == b->tunnel &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

// Enters an address in the place of the same one, else of the oldest one.
static void
put(struct wb_dp_recent list[WB_DP_RECENT], const struct wb_dp_recent *r)
{
	struct wb_dp_recent *at = list;

	for (unsigned i = 0; i < WB_DP_RECENT; i++) {
		if (same(&list[i], r)) {
			list[i].packets += r->packets;
			list[i].at = r->at > list[i].at ? r->at : list[i].at;
			return;
		}
		if (list[i].at < at->at)
			at = &list[i];
	}
	if (r->at >= at->at)
		*at = *r;
}

void
recent_add(struct worker *w, enum wb_dp_recent_kind kind, uint8_t family, const uint8_t *ip,
	unsigned tunnel)
{
	struct wb_dp_recent r = {
		.family = family, .tunnel = (uint16_t)tunnel, .packets = 1, .at = w->now
	};

	memcpy(r.ip, ip, family == 4 ? 4 : 16);
	put(w->recent[kind], &r);
}

static void
copy(struct worker *w, void *arg)
{
	memcpy(arg, w->recent, sizeof(w->recent));
}

unsigned
wb_dp_recent(struct wb_dp *dp, enum wb_dp_recent_kind kind, struct wb_dp_recent out[WB_DP_RECENT])
{
	struct wb_dp_recent one[WB_DP_RECENT_KINDS][WB_DP_RECENT], swap;
	unsigned n = 0;

	memset(out, 0, WB_DP_RECENT * sizeof(*out));
	for (unsigned w = 0; w < dp->n_workers; w++) {
		call_worker(dp->workers[w], copy, one);
		for (unsigned i = 0; i < WB_DP_RECENT; i++)
			if (one[kind][i].family != 0)
				put(out, &one[kind][i]);
	}
	// the newest first
	for (unsigned i = 0; i < WB_DP_RECENT; i++)
		for (unsigned k = i + 1; k < WB_DP_RECENT; k++)
			if (out[k].at > out[i].at) {
				swap = out[i];
				out[i] = out[k];
				out[k] = swap;
			}
	while (n < WB_DP_RECENT && out[n].family != 0)
		n++;
	return n;
}

uint64_t
wb_dp_tunnel_bad_sources(const struct wb_dp *dp, unsigned tunnel)
{
	struct slot *s = slot_find(dp, tunnel);

	if (s == NULL)
		return 0;
	return atomic_load_explicit(&s->bad_sources, memory_order_relaxed) - s->bad_sources_cleared;
}
