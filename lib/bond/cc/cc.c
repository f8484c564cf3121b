// SPDX-License-Identifier: BSD-3-Clause
// Congestion control: the registry, and `fixed`, which keeps a rate that was given.
#include "cc.h"

#include <string.h>

// Sets up a rate that was given. It is kept whatever happens; the window only bounds what a dead path takes along.
static void
fixed_init(struct cc *cc, uint64_t bps, wb_ns_t now)
{
	(void)now;
	cc->rate = cc->pacing = bps;
	cc->known = true;
	cc->cwnd = bps / 8 / 2 + 32 * CC_DATAGRAM; // half a second
}

static bool
fixed_report(struct cc *cc, const struct cc_report *r, wb_ns_t now)
{
	wb_ns_t span = 2 * (r->srtt + 4 * r->rttvar) + 50 * WB_MS;

	(void)now;
	cc->cwnd = cc->rate / 8 * (span / WB_US) / (WB_SEC / WB_US) + 32 * CC_DATAGRAM;
	return false;
}

static void
fixed_restart(struct cc *cc, wb_ns_t now)
{
	(void)cc;
	(void)now;
}

static const char *
fixed_state(const struct cc *cc)
{
	(void)cc;
	return "fixed";
}

const struct cc_ops cc_fixed = {
	.name = "fixed",
	.init = fixed_init,
	.report = fixed_report,
	.restart = fixed_restart,
	.state = fixed_state,
};

static const struct cc_ops *const registry[] = { &cc_auto, &cc_fixed };

void
cc_init(struct cc *cc, const char *name, uint64_t bps, wb_ns_t now)
{
	memset(cc, 0, sizeof(*cc));
	cc->ops = &cc_auto;
	for (unsigned i = 0; i < sizeof(registry) / sizeof(registry[0]); i++) {
		if (!strcmp(registry[i]->name, name))
			cc->ops = registry[i];
	}
	cc->ops->init(cc, bps, now);
}
