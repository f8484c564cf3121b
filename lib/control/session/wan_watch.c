// SPDX-License-Identifier: BSD-3-Clause
// Warns of WANs over which the hub does not answer.
#include "wan_watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "log.h"
#include "tunnel_call.h"

#define LOOK_EVERY WB_SEC

enum wan_word
wan_watch(struct wan_watch *w, bool probed, enum wb_path_state state, wb_ns_t now)
{
	if (state == WB_PATH_UP || state == WB_PATH_DEGRADED) {
		bool told = w->told;

		w->told = false;
		if (!told)
			w->since = 0;
		return told ? WAN_ANSWERS : WAN_SAYS_NOTHING;
	}
	// Other reasons, and paths that fall silent, are logged elsewhere.
	if (!probed || state != WB_PATH_PROBING) {
		w->since = 0;
		return WAN_SAYS_NOTHING;
	}
	if (w->since == 0)
		w->since = now;
	if (w->told || now - w->since < WAN_WATCH_AFTER)
		return WAN_SAYS_NOTHING;
	w->told = true;
	return WAN_IS_SILENT;
}

// Returns the name of a WAN on which the hub answers, or NULL.
static const char *
one_that_works(const struct wb_path_stats *stats)
{
	for (unsigned i = 0; i < WB_PATHS_MAX; i++)
		if (stats[i].state == WB_PATH_UP || stats[i].state == WB_PATH_DEGRADED)
			return stats[i].name;
	return NULL;
}

static void
address(const uint8_t ip[4], char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

static void
tell_silent(const struct tunnels *t, unsigned port, const struct wb_path_stats *stats)
{
	const struct control_port *p = &t->ports->list[port];
	unsigned slot = (unsigned)t->wans[port].slot;
	const char *other = one_that_works(stats);
	char hub[16], source[16], hop[16];
	unsigned udp = t->conf->hub.port;

	address(t->ports->in.hub.ip, hub);
	address(p->source, source);
	address(p->next_hop, hop);
	ctl_warn("%s: no answer from the hub at %s port %u for %u s, %s%s%s: %" PRIu64
		 " probes left from %s by %s. The provider, a firewall or the modem of this link "
		 "may block UDP "
		 "port %u or let no answer back; another port may help (\"listen\" of the hub and "
		 "the \"port\" of \"hub\" "
		 "here), or a route at the modem",
		p->name, hub, udp, (unsigned)(WAN_WATCH_AFTER / WB_SEC),
		other != NULL ? "although " : "nor on another wan", other != NULL ? other : "",
		other != NULL ? " has one" : "", stats[slot].probes, source, hop, udp);
}

void
wans_watch(struct wan_watches *watches, const struct tunnels *t, wb_ns_t now)
{
	struct wb_path_stats stats[WB_PATHS_MAX];

	if (t->conf->role != WB_CONFIG_EDGE || now < watches->look_at)
		return;
	watches->look_at = now + LOOK_EVERY;
	if (tunnel_call_paths_stats(t->dp, 0, stats) < 0)
		return;
	for (unsigned i = 0; i < t->ports->n; i++) {
		const struct control_port *p = &t->ports->list[i];
		struct wan_watch *w = &watches->ports[i];
		int slot = t->wans[i].slot;
		struct session_info info;

		if (slot < 0)
			continue;
		sessions_info(t->sessions, 0, &info);
		switch (wan_watch(
			w, p->usable && info.last_handshake != 0, stats[slot].state, now)) {
		case WAN_IS_SILENT:
			tell_silent(t, i, stats);
			break;
		case WAN_ANSWERS:
			ctl_info("%s: the hub answers now, after %u s", p->name,
				(unsigned)((now - w->since) / WB_SEC));
			w->since = 0;
			break;
		case WAN_SAYS_NOTHING:
			break;
		}
	}
}
