// SPDX-License-Identifier: BSD-3-Clause
// Warns when nothing comes back from the Internet behind the hub.
#include "way_out.h"

#include <inttypes.h>
#include <stdio.h>

#include "log.h"
#include "sysctl.h"

#define LOOK_EVERY WB_SEC

enum way_word
way_out(struct way_out *w, uint64_t asked, uint64_t answered, bool reached, wb_ns_t now)
{
	bool dead = w->dead;

	if (answered != w->answered || asked < w->asked || !reached) {
		w->dead = dead && answered == w->answered;
		w->asked = asked;
		w->answered = answered;
		w->since = 0;
		return dead && !w->dead ? WAY_IS_BACK : WAY_SAYS_NOTHING;
	}
	if (asked == w->asked)
		return WAY_SAYS_NOTHING;
	if (w->since == 0)
		w->since = now;
	if (dead || now - w->since < WAY_OUT_AFTER || asked - w->asked < WAY_OUT_ASKED)
		return WAY_SAYS_NOTHING;
	w->dead = true;
	return WAY_IS_DEAD;
}

static bool
has_default(const struct kstate *k, uint8_t family)
{
	const struct k_route *r = k->routes.items;

	for (size_t i = 0; i < k->routes.n; i++)
		if (r[i].family == family && r[i].len == 0 && r[i].index != 0)
			return true;
	return false;
}

// Logs the most likely reason that a hub's kernel settings show.
static void
tell_hub(const struct kstate *kernel, bool v6, uint64_t asked)
{
	const char *why;

	if (sysctl_is_zero(v6 ? "/proc/sys/net/ipv6/conf/all/forwarding"
			      : "/proc/sys/net/ipv4/ip_forward"))
		why = v6 ? "net.ipv6.conf.all.forwarding is 0: set it to 1 in /etc/sysctl.d"
			 : "net.ipv4.ip_forward is 0: set it to 1 in /etc/sysctl.d";
	else if (!has_default(kernel, v6 ? 6 : 4))
		why = v6 ? "there is no IPv6 default route (with forwarding on, the uplink takes "
			   "one from router "
			   "advertisements only with net.ipv6.conf.UPLINK.accept_ra=2)"
			 : "there is no IPv4 default route";
	else
		why = v6 ? "look at the prefix that the provider routes here, or the NAT (nft list "
			   "ruleset)"
			 : "look at the NAT (nft list ruleset has no masquerade for the edges' "
			   "networks? after a reboot "
			   "only what /etc/nftables.conf includes is there, and only if "
			   "nftables.service is enabled) and at the "
			   "provider's firewall";
	ctl_warn("IPv%u: nothing comes back from the Internet through the egress, %" PRIu64
		 " connections, pings or DNS queries of the edges are unanswered: %s",
		v6 ? 6 : 4, asked, why);
}

static void
tell(const struct tunnels *t, bool v6, const struct way_out *w, uint64_t asked)
{
	if (t->conf->role == WB_CONFIG_HUB)
		tell_hub(t->ports->kernel, v6, asked - w->asked);
	else
		ctl_warn("IPv%u: the hub is reached, but nothing comes back from the Internet "
			 "behind it: %" PRIu64 " connections, pings or DNS queries are unanswered. "
			 "Look at the hub's forwarding, NAT and "
			 "firewall; its log says more",
			v6 ? 6 : 4, asked - w->asked);
}

void
way_out_watch(struct ways_out *ways, const struct tunnels *t, unsigned n_workers, wb_ns_t now)
{
	uint64_t asked[2] = { 0 }, answered[2] = { 0 };
	struct wb_dp_worker_stats s;
	bool reached;

	if (now < ways->look_at)
		return;
	ways->look_at = now + LOOK_EVERY;
	for (unsigned i = 0; i < n_workers && wb_dp_worker_stats(t->dp, i, &s) == 0; i++)
		for (unsigned v6 = 0; v6 < 2; v6++) {
			asked[v6] += s.asked[v6];
			answered[v6] += s.answered[v6];
		}
	// An edge without a path to the hub has a different problem.
	reached = t->conf->role == WB_CONFIG_HUB || tunnels_carry(t);
	for (unsigned v6 = 0; v6 < 2; v6++) {
		struct way_out *w = &ways->family[v6];

		switch (way_out(w, asked[v6], answered[v6], reached, now)) {
		case WAY_IS_DEAD:
			tell(t, v6, w, asked[v6]);
			break;
		case WAY_IS_BACK:
			ctl_info("IPv%u: something comes back from the Internet again", v6 ? 6 : 4);
			break;
		case WAY_SAYS_NOTHING:
			break;
		}
	}
}

const char *
way_out_state(const struct ways_out *w)
{
	static const char *const states[] = { "", "IPv4: nothing comes back from behind the hub",
		"IPv6: nothing comes back from behind the hub",
		"nothing comes back from behind the hub" };

	return states[w->family[0].dead | w->family[1].dead << 1];
}
