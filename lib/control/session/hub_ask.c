// SPDX-License-Identifier: BSD-3-Clause
// Sends each round's questions, one a WAN.
#include "hub_ask.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "kstate.h"
#include "resolv_conf.h"

// DNS servers as the resolver takes them, and as people read them.
struct servers {
	char list[RESOLVER_SERVERS], words[RESOLVER_WAY - 48];
};

static bool
is_local(const struct ports *ports, const struct resolv_conf_server *s)
{
	static const uint8_t loopback6[16] = { [15] = 1 };
	const struct k_addr *a = ports->kernel->addrs.items;

	if (s->family == 4 ? s->ip[0] == 127 : memcmp(s->ip, loopback6, 16) == 0)
		return true;
	for (unsigned i = 0; i < ports->n; i++) {
		const struct snapshot_port *p = &ports->in.ports[i];
		const struct k_link *l = kstate_link(ports->kernel, p->kernel_if);

		for (size_t k = 0; p->use == WB_DP_LAN && l != NULL && k < ports->kernel->addrs.n;
			k++)
			if (a[k].index == l->index && a[k].family == s->family &&
				kstate_prefix_holds(a[k].ip, a[k].len, s->ip))
				return true;
	}
	return false;
}

static void
append(struct servers *to, const struct resolv_conf_server *s)
{
	size_t list = strlen(to->list), words = strlen(to->words);
	bool six = s->family == 6;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(six ? AF_INET6 : AF_INET, s->ip, text, sizeof(text));
	snprintf(to->list + list, sizeof(to->list) - list, "%s%s%s%s", list > 0 ? "," : "",
		six ? "[" : "", text, six ? "]" : "");
	snprintf(to->words + words, sizeof(to->words) - words, "%s%s", words > 0 ? ", " : "", text);
}

// Lists the servers that WANs reach, and the others.
static void
list_servers(const struct ports *ports, struct servers *outside, struct servers *local)
{
	const struct wb_config *c = ports->conf;
	struct resolv_conf_server list[RESOLV_CONF_SERVERS] = { 0 };
	unsigned n = c->hub.n_resolvers;

	_Static_assert(WB_CONFIG_RESOLVERS <= RESOLV_CONF_SERVERS, "as many as a list holds");
	for (unsigned i = 0; i < n; i++) {
		list[i].family = c->hub.resolvers[i].family;
		memcpy(list[i].ip, c->hub.resolvers[i].ip, sizeof(list[i].ip));
	}
	if (n == 0)
		n = resolv_conf_read(RESOLV_CONF_FILE, RESOLV_CONF_UPLINK, list);
	for (unsigned i = 0; i < n; i++)
		append(is_local(ports, &list[i]) ? local : outside, &list[i]);
}

bool
hub_ask_way(const struct ports *ports, unsigned i)
{
	static const uint8_t none[4];
	const struct snapshot_port *p = &ports->in.ports[i];
	const struct k_link *l = kstate_link(ports->kernel, p->kernel_if);

	return p->use == WB_DP_WAN && !p->peer && !p->gone && !p->no_link && l != NULL && l->up &&
	       memcmp(ports->list[i].source, none, 4) != 0;
}

unsigned
hub_ask_ways(const struct ports *ports)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ports->n; i++)
		n += hub_ask_way(ports, i);
	return n;
}

static void
question(
	struct hub_names *h, struct hub_name *name, struct resolver *r, struct resolver_question *q)
{
	hub_names_asked(name);
	if (resolver_ask(r, q) < 0)
		hub_names_answer(h, &(struct resolver_answer){
					    .id = q->id, .way = q->way, .why = "no memory" });
}

void
hub_ask(struct hub_names *h, struct hub_name *name, struct resolver *r, const struct ports *ports,
	wb_ns_t now)
{
	struct servers outside = { .list = "" }, local = { .list = "" };
	struct resolver_question q = { .name = name->name };
	char way[RESOLVER_WAY];

	list_servers(ports, &outside, &local);
	q.id = hub_names_begin(h, name, now);
	q.way = way;
	q.servers = outside.list;
	if (outside.list[0] == 0 && local.list[0] == 0)
		hub_names_unasked(name, "no DNS server is known (\"resolvers\" of \"hub\", or "
					"/etc/resolv.conf)");
	else if (local.list[0] == 0 && hub_ask_ways(ports) == 0)
		hub_names_unasked(name, "no wan has an address yet");
	for (unsigned i = 0; outside.list[0] != 0 && i < ports->n; i++) {
		const struct control_port *p = &ports->list[i];

		if (!hub_ask_way(ports, i))
			continue;
		q.device = ports->in.ports[i].kernel_if;
		memset(q.source, 0, sizeof(q.source));
		// a configured address need not be the kernel's
		if (ports->in.ports[i].conf->address.family == 0)
			memcpy(q.source, p->source, 4);
		snprintf(way, sizeof(way), "%s on wan %s", outside.words, p->name);
		question(h, name, r, &q);
	}
	if (local.list[0] == 0)
		return;
	q.servers = local.list;
	q.device = "";
	memset(q.source, 0, sizeof(q.source));
	snprintf(way, sizeof(way), "%s", local.words);
	question(h, name, r, &q);
}
