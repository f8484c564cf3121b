// SPDX-License-Identifier: BSD-3-Clause
#include "wan_watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "control.h"
#include "log.h"

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
	// Another reason is told elsewhere, as is a path that falls silent.
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

struct look {
	struct wb_path_stats stats[WB_PATHS_MAX];
};

static void
look(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct look *l = arg;

	(void)now;
	for (unsigned i = 0; i < WB_PATHS_MAX; i++)
		if (wb_tunnel_path_stats(t, i, &l->stats[i]) < 0)
			l->stats[i].state = WB_PATH_FREE;
}

// The name of a WAN that the hub answers on; NULL: none.
static const char *
one_that_works(const struct look *l)
{
	for (unsigned i = 0; i < WB_PATHS_MAX; i++)
		if (l->stats[i].state == WB_PATH_UP || l->stats[i].state == WB_PATH_DEGRADED)
			return l->stats[i].name;
	return NULL;
}

static void
address(const uint8_t ip[4], char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

static void
tell_silent(const struct control *ctl, unsigned port, const struct look *l)
{
	const struct control_port *p = &ctl->ports[port];
	const char *other = one_that_works(l);
	char hub[16], source[16], hop[16];
	unsigned udp = ctl->conf->hub.port;

	address(ctl->conf->hub.address.ip, hub);
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
		other != NULL ? " has one" : "", l->stats[p->slot].probes, source, hop, udp);
}

void
wans_watch(struct control *ctl, wb_ns_t now)
{
	struct look l;

	if (ctl->conf->role != WB_CONFIG_EDGE || now < ctl->watch_at)
		return;
	ctl->watch_at = now + LOOK_EVERY;
	if (wb_dp_tunnel_call(ctl->dp, 0, look, &l) < 0)
		return;
	for (unsigned i = 0; i < ctl->n_ports; i++) {
		struct control_port *p = &ctl->ports[i];
		struct session_info info;

		if (p->slot < 0)
			continue;
		sessions_info(ctl->sessions, 0, &info);
		switch (wan_watch(&p->watch, p->usable && info.last_handshake != 0,
			l.stats[p->slot].state, now)) {
		case WAN_IS_SILENT:
			tell_silent(ctl, i, &l);
			break;
		case WAN_ANSWERS:
			ctl_info("%s: the hub answers now, after %u s", p->name,
				(unsigned)((now - p->watch.since) / WB_SEC));
			p->watch.since = 0;
			break;
		case WAN_SAYS_NOTHING:
			break;
		}
	}
}
