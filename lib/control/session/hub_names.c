// SPDX-License-Identifier: BSD-3-Clause
// Keeps the addresses of the hub's names, and the times at which these are asked for.
#include "hub_names.h"

#include <stdio.h>
#include <string.h>

void
hub_names_init(struct hub_names *h, const struct wb_config_host *hosts, unsigned n)
{
	memset(h, 0, sizeof(*h));
	for (unsigned i = 0; i < n; i++) {
		struct hub_name *name = &h->list[h->n++];

		snprintf(name->name, sizeof(name->name), "%s", hosts[i].name);
		name->ask_at = name->name[0] != 0 ? 0 : WB_NEVER;
		if (hosts[i].address.family == 4)
			memcpy(name->ip[name->n++], hosts[i].address.ip, 4);
	}
}

void
hub_names_keep(struct hub_name *name, const uint8_t ip[][4], unsigned n)
{
	for (unsigned i = 0; i < n && name->n < RESOLVER_ADDRESSES; i++)
		memcpy(name->ip[name->n++], ip[i], 4);
}

struct hub_name *
hub_names_due(struct hub_names *h, wb_ns_t now)
{
	for (unsigned i = 0; i < h->n; i++)
		if (!h->list[i].asking && now >= h->list[i].ask_at)
			return &h->list[i];
	return NULL;
}

unsigned
hub_names_begin(struct hub_names *h, struct hub_name *name, wb_ns_t now)
{
	name->asking = true;
	name->open = 0;
	name->asked_at = now;
	name->settle_at = WB_NEVER;
	name->n_fresh = 0;
	name->fresh_ttl = UINT32_MAX;
	name->fresh_why[0] = 0;
	return ++name->round * WB_CONFIG_HOSTS + (unsigned)(name - h->list);
}

void
hub_names_asked(struct hub_name *name)
{
	name->open++;
}

void
hub_names_unasked(struct hub_name *name, const char *why)
{
	snprintf(name->fresh_why, sizeof(name->fresh_why), "%s", why);
}

static bool
has(const uint8_t list[][4], unsigned n, const uint8_t ip[4])
{
	for (unsigned i = 0; i < n; i++)
		if (memcmp(list[i], ip, 4) == 0)
			return true;
	return false;
}

void
hub_names_answer(struct hub_names *h, const struct resolver_answer *a)
{
	struct hub_name *name = &h->list[a->id % WB_CONFIG_HOSTS];
	size_t used = strlen(name->fresh_why);

	if (!name->asking || name->round != a->id / WB_CONFIG_HOSTS || name->open == 0)
		return;
	name->open--;
	if (a->n == 0) {
		snprintf(name->fresh_why + used, sizeof(name->fresh_why) - used,
			"%sno address from %s: %s", used > 0 ? "; " : "", a->way, a->why);
		return;
	}
	if (a->ttl < name->fresh_ttl)
		name->fresh_ttl = a->ttl;
	for (unsigned i = 0; i < a->n && name->n_fresh < RESOLVER_ADDRESSES; i++)
		if (!has(name->fresh, name->n_fresh, a->ip[i]))
			memcpy(name->fresh[name->n_fresh++], a->ip[i], 4);
}

static wb_ns_t
retry_after(unsigned failures)
{
	wb_ns_t wait = HUB_NAMES_RETRY_LEAST;

	for (unsigned i = 1; i < failures && wait < HUB_NAMES_RETRY_MOST; i++)
		wait *= 2;
	return wait < HUB_NAMES_RETRY_MOST ? wait : HUB_NAMES_RETRY_MOST;
}

static enum hub_names_news
failed(struct hub_name *name, wb_ns_t now)
{
	name->failures++;
	name->ask_at = now + retry_after(name->failures);
	return HUB_NAMES_FAILED;
}

static enum hub_names_news
succeeded(struct hub_name *name, wb_ns_t now)
{
	wb_ns_t life = name->fresh_ttl * WB_SEC;
	bool same = name->n == name->n_fresh;

	for (unsigned i = 0; i < name->n_fresh && same; i++) // servers turn them round
		same = has(name->ip, name->n, name->fresh[i]);
	memcpy(name->ip, name->fresh, sizeof(name->ip));
	name->n = name->n_fresh;
	name->ttl = name->fresh_ttl;
	name->resolved = now;
	name->failures = 0;
	life = life < HUB_NAMES_TTL_LEAST  ? HUB_NAMES_TTL_LEAST
	       : life > HUB_NAMES_TTL_MOST ? HUB_NAMES_TTL_MOST
					   : life;
	name->ask_at = now + life;
	return same ? HUB_NAMES_SAME : HUB_NAMES_OTHER;
}

enum hub_names_news
hub_names_settle(struct hub_name *name, wb_ns_t now)
{
	if (!name->asking)
		return HUB_NAMES_NOTHING;
	if (name->n_fresh > 0 && name->settle_at == WB_NEVER)
		// whoever has no address yet takes the first one
		name->settle_at = now + (name->n == 0 ? 0 : HUB_NAMES_SETTLE);
	if (name->open > 0 && now < name->settle_at)
		return HUB_NAMES_NOTHING;
	name->asking = false;
	name->open = 0;
	memcpy(name->why, name->fresh_why, sizeof(name->why));
	return name->n_fresh > 0 ? succeeded(name, now) : failed(name, now);
}

void
hub_names_hurry(struct hub_names *h, wb_ns_t wait, wb_ns_t now)
{
	for (unsigned i = 0; i < h->n; i++) {
		struct hub_name *name = &h->list[i];
		wb_ns_t soon = name->asked_at + wait;

		if (name->name[0] != 0 && name->failures == 0 && name->ask_at > soon)
			name->ask_at = soon > now ? soon : now;
	}
}

void
hub_names_retry(struct hub_names *h, wb_ns_t now)
{
	for (unsigned i = 0; i < h->n; i++)
		if (h->list[i].failures > 0 && h->list[i].ask_at > now)
			h->list[i].ask_at = now;
}

unsigned
hub_names_addresses(const struct hub_names *h, uint8_t list[HUB_NAMES_ADDRESSES][4])
{
	unsigned n = 0;

	for (unsigned i = 0; i < h->n; i++)
		for (unsigned k = 0; k < h->list[i].n && n < HUB_NAMES_ADDRESSES; k++)
			if (!has(list, n, h->list[i].ip[k]))
				memcpy(list[n++], h->list[i].ip[k], 4);
	return n;
}

const struct hub_name *
hub_names_of(const struct hub_names *h, const uint8_t ip[4])
{
	for (unsigned i = 0; i < h->n; i++)
		if (has(h->list[i].ip, h->list[i].n, ip))
			return h->list[i].name[0] != 0 ? &h->list[i] : NULL;
	return NULL;
}
