// SPDX-License-Identifier: BSD-3-Clause
// Joins the hub's names, the resolver, the sessions and the paths.
#include "hub_follow.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "control.h"
#include "hub_ask.h"
#include "hub_kept.h"
#include "log.h"

#define TELL_SILENT_EVERY (60 * WB_SEC)
#define HURRY_OFTEN (60 * WB_SEC)

static const char *
ip_text(const uint8_t ip[4], char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	return text;
}

// Writes an address with the name that it is of: "203.0.113.10 (vps.example.net)".
static const char *
place_text(const struct hub_follow *f, const uint8_t ip[4], char text[HUB_FOLLOW_TEXT])
{
	const struct hub_name *of = hub_names_of(&f->names, ip);
	char address[16];

	snprintf(text, HUB_FOLLOW_TEXT, "%s%s%s%s", ip_text(ip, address), of != NULL ? " (" : "",
		of != NULL ? of->name : "", of != NULL ? ")" : "");
	return text;
}

static void
addresses_text(const struct hub_name *name, char *text, size_t len)
{
	size_t used = 0;
	char ip[16];

	text[0] = 0;
	for (unsigned i = 0; i < name->n && used < len; i++)
		used += (size_t)snprintf(text + used, len - used, "%s%s", i > 0 ? ", " : "",
			ip_text(name->ip[i], ip));
}

static void
kept_file(const struct control *ctl, char *file, size_t len)
{
	snprintf(file, len, "%s/%s.hub", ctl->conf->state_dir, ctl->conf->name);
}

// Returns whether the hub has answered at an address that one of its names has now.
static bool
proven(const struct control *ctl)
{
	struct session_info info;

	sessions_info(ctl->sessions, 0, &info);
	return info.last_handshake != 0 &&
	       hub_names_of(&ctl->hub.names, ctl->hub.move.in_use) != NULL;
}

static void
keep(const struct control *ctl)
{
	char file[2 * WB_CONFIG_TEXT];
	int r;

	kept_file(ctl, file, sizeof(file));
	mkdir(ctl->conf->state_dir, 0755);
	r = hub_kept_write(file, &ctl->hub.names);
	if (r < 0)
		ctl_warn("%s: %s: the hub's address will be forgotten (see \"state_dir\")", file,
			strerror(-r));
}

static void
heard(void *ctx, const struct resolver_answer *a)
{
	hub_names_answer(ctx, a);
}

static void
tell_failure(struct hub_follow *f, const struct hub_name *name)
{
	char *told = f->told[name - f->names.list], had[160];

	if (strcmp(told, name->why) == 0)
		return;
	memcpy(told, name->why, sizeof(f->told[0]));
	addresses_text(name, had, sizeof(had));
	ctl_warn("hub %s: %s%s%s", name->name, name->why, name->n > 0 ? "; going on with " : "",
		had);
}

static void
tell_news(struct control *ctl, const struct hub_name *name, enum hub_names_news news)
{
	struct hub_follow *f = &ctl->hub;
	char *told = f->told[name - f->names.list], addresses[160];

	if (news == HUB_NAMES_FAILED) {
		tell_failure(f, name);
		return;
	}
	addresses_text(name, addresses, sizeof(addresses));
	if (news == HUB_NAMES_OTHER || told[0] != 0)
		ctl_info("hub %s: %s (TTL %u s)", name->name, addresses, name->ttl);
	told[0] = 0;
	if (news != HUB_NAMES_OTHER)
		return;
	f->kept.stale = true;
	hub_move_anew(&f->move);
}

static void
follow_names(struct control *ctl, wb_ns_t now)
{
	struct hub_follow *f = &ctl->hub;
	unsigned ways = hub_ask_ways(&ctl->ports);
	struct hub_name *due;

	if (f->resolver == NULL)
		return;
	if (ways > f->ways)
		hub_names_retry(&f->names, now);
	f->ways = ways;
	while ((due = hub_names_due(&f->names, now)) != NULL)
		hub_ask(&f->names, due, f->resolver, &ctl->ports, now);
	resolver_serve(f->resolver);
	for (unsigned i = 0; i < f->names.n; i++) {
		enum hub_names_news news = hub_names_settle(&f->names.list[i], now);

		if (news != HUB_NAMES_NOTHING)
			tell_news(ctl, &f->names.list[i], news);
	}
	if (hub_kept_due(&f->kept, proven(ctl), now))
		keep(ctl);
}

// Returns whether a WAN can send to one of the hub's addresses. It may lack a route to the one in use only.
static bool
any_wan(const struct control *ctl)
{
	for (unsigned i = 0; i < ctl->ports.n; i++)
		if (ctl->ports.in.ports[i].use == WB_DP_WAN &&
			(ctl->ports.list[i].usable || (hub_ask_way(&ctl->ports, i) &&
							      !ctl->tunnels.wans[i].operator_down)))
			return true;
	return false;
}

static void
look(const struct control *ctl, struct hub_seen *seen)
{
	struct session_info info;

	sessions_info(ctl->sessions, 0, &info);
	*seen = (struct hub_seen){
		.running = info.state != SESSION_STOPPED && any_wan(ctl),
		.session = info.last_handshake != 0,
		.outside = info.outside,
		.inside_answered = info.inside_answered,
		.handshakes = info.handshakes,
		.trying_since = info.trying_since,
	};
}

// Has snapshot, routes, rules and paths use the address.
static void
take_place(struct control *ctl, wb_ns_t now)
{
	struct wb_config_address *hub = &ctl->ports.in.hub;

	*hub = (struct wb_config_address){ .family = 4 };
	memcpy(hub->ip, ctl->hub.move.in_use, 4);
	ctl->network.upkeep_at = 0; // rules for it
	if (ctl->dp != NULL && ctl->started != 0)
		network_update(ctl, now);
}

static void
tell_step(struct control *ctl, enum hub_step step, const uint8_t before[4], wb_ns_t now)
{
	struct hub_follow *f = &ctl->hub;
	bool lately = f->told_silent != 0 && now - f->told_silent < TELL_SILENT_EVERY;
	char was[HUB_FOLLOW_TEXT], is[HUB_FOLLOW_TEXT];

	place_text(f, before, was);
	place_text(f, f->move.target, is);
	if (step == HUB_MOVED)
		ctl_info("hub: moved to %s, from %s", is, was);
	else if (lately)
		return;
	else if (step == HUB_RETURN)
		ctl_warn("hub: no other address answers; staying with %s", is);
	else
		ctl_info("hub: trying %s, after %s", is, was);
	if (step != HUB_MOVED)
		f->told_silent = now;
}

// Has the names asked for before their TTL is over while the hub does not answer: often at first, then each minute.
static void
hurry(struct hub_follow *f, const struct hub_seen *seen, wb_ns_t now)
{
	wb_ns_t silent;

	if (!seen->running || !seen->outside) {
		f->silent_since = 0;
		return;
	}
	if (f->silent_since == 0)
		f->silent_since = now;
	silent = now - f->silent_since;
	if (silent >= WB_SEC)
		hub_names_hurry(&f->names,
			silent < HURRY_OFTEN ? HUB_NAMES_TTL_LEAST : HUB_NAMES_RETRY_MOST, now);
}

static void
follow_hub(struct control *ctl, wb_ns_t now)
{
	struct hub_follow *f = &ctl->hub;
	uint8_t list[HUB_NAMES_ADDRESSES][4], before[4];
	unsigned n = hub_names_addresses(&f->names, list);
	bool known = f->move.known;
	struct hub_seen seen;
	enum hub_step step;

	look(ctl, &seen);
	hurry(f, &seen, now);
	memcpy(before, f->move.target, 4);
	step = hub_move_step(&f->move, (const uint8_t(*)[4])list, n, &seen, now);
	if (step == HUB_STAY)
		return;
	if (step == HUB_MOVED)
		memcpy(before, ctl->ports.in.hub.ip, 4);
	if (known)
		tell_step(ctl, step, before, now);
	if (step == HUB_USE || step == HUB_MOVED)
		take_place(ctl, now);
	if (step != HUB_MOVED)
		sessions_hub(ctl->sessions, f->move.target, step == HUB_RETURN, now);
}

void
hub_follow_start(struct control *ctl)
{
	const struct wb_config *c = ctl->conf;
	char file[2 * WB_CONFIG_TEXT], err[700] = "";
	bool named = false;

	if (c->role != WB_CONFIG_EDGE)
		return;
	hub_names_init(&ctl->hub.names, c->hub.hosts, c->hub.n_hosts);
	for (unsigned i = 0; i < c->hub.n_hosts; i++)
		named |= c->hub.hosts[i].name[0] != 0;
	if (named) {
		kept_file(ctl, file, sizeof(file));
		if (hub_kept_read(file, &ctl->hub.names, err, sizeof(err)) < 0)
			ctl_warn("%s; it does not count", err);
		ctl->hub.resolver = resolver_create(heard, &ctl->hub.names);
		if (ctl->hub.resolver == NULL)
			ctl_err("hub: its names cannot be resolved: no memory");
	}
	follow_hub(ctl, control_now());
}

void
hub_follow_upkeep(struct control *ctl, wb_ns_t now)
{
	if (ctl->conf->role != WB_CONFIG_EDGE)
		return;
	follow_names(ctl, now);
	follow_hub(ctl, now);
}

void
hub_follow_stop(struct control *ctl)
{
	if (ctl->hub.kept.stale && proven(ctl))
		keep(ctl);
	resolver_destroy(ctl->hub.resolver);
	ctl->hub.resolver = NULL;
}

bool
hub_follow_text(const struct control *ctl, unsigned i, wb_ns_t now, char text[HUB_FOLLOW_TEXT])
{
	const struct hub_name *name = &ctl->hub.names.list[i];
	char addresses[160], when[64] = "";

	if (i >= ctl->hub.names.n)
		return false;
	addresses_text(name, addresses, sizeof(addresses));
	if (name->name[0] == 0) {
		snprintf(text, HUB_FOLLOW_TEXT, "%s", addresses);
		return true;
	}
	if (name->resolved != 0)
		snprintf(when, sizeof(when), ", resolved %u s ago, TTL %u s",
			(unsigned)((now - name->resolved) / WB_SEC), name->ttl);
	else
		snprintf(when, sizeof(when), "%s",
			name->n > 0 ? ", kept from an earlier run" : "not resolved yet");
	snprintf(text, HUB_FOLLOW_TEXT, "%s: %s%s%s%.*s", name->name, addresses, when,
		name->why[0] != 0 ? "; " : "", HUB_NAMES_WHY / 2, name->why);
	return true;
}
