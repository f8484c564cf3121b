// SPDX-License-Identifier: BSD-3-Clause
// Keeps the tables of links, addresses, routes and neighbours up to date.
#include "kstate.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

typedef bool (*same_fn)(const void *a, const void *b);

static bool
same_link(const void *a, const void *b)
{
	return ((const struct k_link *)a)->index == ((const struct k_link *)b)->index;
}

static bool
same_addr(const void *a, const void *b)
{
	const struct k_addr *x = a, *y = b;

	return x->index == y->index && x->family == y->family && x->len == y->len &&
	       memcmp(x->ip, y->ip, sizeof(x->ip)) == 0;
}

static bool
same_route(const void *a, const void *b)
{
	const struct k_route *x = a, *y = b;

	return x->index == y->index && x->family == y->family && x->len == y->len &&
	       x->metric == y->metric && x->table == y->table &&
	       memcmp(x->dst, y->dst, sizeof(x->dst)) == 0 && x->has_gateway == y->has_gateway &&
	       memcmp(x->gateway, y->gateway, sizeof(x->gateway)) == 0;
}

static bool
same_neigh(const void *a, const void *b)
{
	const struct k_neigh *x = a, *y = b;

	return x->index == y->index && x->family == y->family &&
	       memcmp(x->ip, y->ip, sizeof(x->ip)) == 0;
}

static void *
item_at(const struct k_table *t, size_t i)
{
	return (char *)t->items + i * t->item;
}

static void *
table_find(const struct k_table *t, const void *item, same_fn same)
{
	for (size_t i = 0; i < t->n; i++)
		if (same(item_at(t, i), item))
			return item_at(t, i);
	return NULL;
}

static int
table_add(struct k_table *t, const void *item)
{
	if (t->n == t->room) {
		size_t room = t->room == 0 ? 16 : t->room * 2;
		void *items = realloc(t->items, room * t->item);

		if (items == NULL)
			return -ENOMEM;
		t->items = items;
		t->room = room;
	}
	memcpy(item_at(t, t->n++), item, t->item);
	return 1;
}

// Adds an item or replaces the one with its key. Returns 1 if that changed anything, else 0.
static int
table_put(struct k_table *t, const void *item, same_fn same)
{
	void *old = table_find(t, item, same);

	if (old == NULL)
		return table_add(t, item);
	if (memcmp(old, item, t->item) == 0)
		return 0;
	memcpy(old, item, t->item);
	return 1;
}

static bool
table_drop(struct k_table *t, const void *item, same_fn same)
{
	void *old = table_find(t, item, same);

	if (old == NULL)
		return false;
	memmove(old, item_at(t, t->n - 1), t->item);
	t->n--;
	return true;
}

static bool
of_index(const void *a, const void *b)
{
	// every item begins with its interface's index
	return *(const int *)a == *(const int *)b;
}

int
kstate_init(struct kstate *k, size_t neighs_max)
{
	memset(k, 0, sizeof(*k));
	k->links.item = sizeof(struct k_link);
	k->addrs.item = sizeof(struct k_addr);
	k->routes.item = sizeof(struct k_route);
	k->neighs.item = sizeof(struct k_neigh);
	k->neighs_max = neighs_max;
	return 0;
}

void
kstate_clear(struct kstate *k)
{
	k->links.n = k->addrs.n = k->routes.n = k->neighs.n = 0;
	k->reading = true;
	k->too_many = false;
	k->generation++;
	k->locals++;
	k->routing++;
}

void
kstate_read(struct kstate *k)
{
	k->reading = false;
}

void
kstate_free(struct kstate *k)
{
	free(k->links.items);
	free(k->addrs.items);
	free(k->routes.items);
	free(k->neighs.items);
	memset(k, 0, sizeof(*k));
}

int
kstate_watch(struct kstate *k, const char *ifname)
{
	if (k->n_watched == sizeof(k->watched) / sizeof(k->watched[0]))
		return -ENOSPC;
	strncpy(k->watched[k->n_watched], ifname, IFNAMSIZ - 1);
	k->n_watched++;
	return 0;
}

const struct k_link *
kstate_link_index(const struct kstate *k, int index)
{
	struct k_link key = { .index = index };

	return table_find(&k->links, &key, same_link);
}

const struct k_link *
kstate_link(const struct kstate *k, const char *name)
{
	const struct k_link *links = k->links.items;

	for (size_t i = 0; i < k->links.n; i++)
		if (strcmp(links[i].name, name) == 0)
			return &links[i];
	return NULL;
}

bool
kstate_watches(const struct kstate *k, int index)
{
	const struct k_link *l = kstate_link_index(k, index);

	return l != NULL && l->watched;
}

bool
kstate_has_routes(const struct kstate *k, int index)
{
	return table_find(&k->routes, &index, of_index) != NULL;
}

static int
locals_changed(struct kstate *k, int result)
{
	if (result > 0) {
		k->generation++;
		k->locals++;
	}
	return result < 0 ? result : 0;
}

static int
changed(struct kstate *k, int result)
{
	if (result > 0)
		k->generation++;
	return result < 0 ? result : 0;
}

int
kstate_link_seen(struct kstate *k, const struct k_link *l)
{
	bool was = kstate_watches(k, l->index);
	struct k_link now = *l;
	int r;

	now.watched = false;
	for (unsigned i = 0; i < k->n_watched; i++)
		now.watched |= strcmp(k->watched[i], l->name) == 0;
	if (was && !now.watched)
		kstate_link_gone(k, l->index); // it had this name before
	r = table_put(&k->links, &now, same_link);
	// a snapshot shows only links that ports are on
	return now.watched || r < 0 ? locals_changed(k, r) : 0;
}

void
kstate_link_gone(struct kstate *k, int index)
{
	struct k_link key = { .index = index };
	bool shown = kstate_watches(k, index);

	if (!table_drop(&k->links, &key, same_link))
		return;
	while (table_drop(&k->addrs, &index, of_index))
		shown = true;
	while (table_drop(&k->routes, &index, of_index)) {
		shown = true;
		k->routing++;
	}
	while (table_drop(&k->neighs, &index, of_index))
		;
	locals_changed(k, shown);
}

int
kstate_addr_seen(struct kstate *k, const struct k_addr *a)
{
	return locals_changed(k, table_put(&k->addrs, a, same_addr));
}

void
kstate_addr_gone(struct kstate *k, const struct k_addr *a)
{
	locals_changed(k, table_drop(&k->addrs, a, same_addr));
}

static int
routing_changed(struct kstate *k, int result)
{
	k->routing += result > 0;
	return changed(k, result);
}

int
kstate_route_seen(struct kstate *k, const struct k_route *r)
{
	if (r->table != RT_TABLE_MAIN && !kstate_watches(k, r->index))
		return 0;
	// comparing each with each would take a second for 16384 routes
	if (!k->reading && table_find(&k->routes, r, same_route) != NULL)
		return 0;
	if (k->routes.n >= KSTATE_ROUTES_MAX) {
		k->too_many = true;
		return -ENOSPC;
	}
	return routing_changed(k, table_add(&k->routes, r));
}

static bool
same_destination(const void *a, const void *b)
{
	const struct k_route *x = a, *y = b;

	return x->table == y->table && x->family == y->family && x->len == y->len &&
	       x->metric == y->metric && memcmp(x->dst, y->dst, sizeof(x->dst)) == 0;
}

int
kstate_route_replaced(struct kstate *k, const struct k_route *r)
{
	unsigned n = 0;
	int result;

	while (table_drop(&k->routes, r, same_destination))
		n++;
	routing_changed(k, n > 0);
	result = kstate_route_seen(k, r);
	return result < 0 ? result : n > 1;
}

void
kstate_route_gone(struct kstate *k, const struct k_route *r)
{
	routing_changed(k, table_drop(&k->routes, r, same_route));
}

int
kstate_neigh_seen(struct kstate *k, const struct k_neigh *n)
{
	const struct k_neigh *old = table_find(&k->neighs, n, same_neigh);
	bool same_mac = old != NULL && memcmp(old->mac, n->mac, 6) == 0;
	int r;

	if (!kstate_watches(k, n->index))
		return 0;
	if (old == NULL && k->neighs.n >= k->neighs_max)
		return -ENOSPC;
	r = table_put(&k->neighs, n, same_neigh);
	// a snapshot does not tell REACHABLE from STALE
	return changed(k, same_mac && r > 0 ? 0 : r);
}

void
kstate_neigh_gone(struct kstate *k, const struct k_neigh *n)
{
	k->generation += table_drop(&k->neighs, n, same_neigh);
}

const struct k_neigh *
kstate_neigh(const struct kstate *k, int index, uint8_t family, const uint8_t ip[16])
{
	struct k_neigh key = { .index = index, .family = family };

	memcpy(key.ip, ip, sizeof(key.ip));
	return table_find(&k->neighs, &key, same_neigh);
}

bool
kstate_prefix_holds(const uint8_t *prefix, uint8_t len, const uint8_t *ip)
{
	uint8_t whole = len / 8, rest = len % 8;

	if (memcmp(prefix, ip, whole) != 0)
		return false;
	return rest == 0 || ((prefix[whole] ^ ip[whole]) >> (8 - rest)) == 0;
}

static bool
route_better(const struct k_route *a, const struct k_route *b)
{
	if (a->len != b->len)
		return a->len > b->len;
	if ((a->table == RT_TABLE_MAIN) != (b->table == RT_TABLE_MAIN))
		return a->table == RT_TABLE_MAIN;
	return a->metric < b->metric;
}

const struct k_route *
kstate_route_to(const struct kstate *k, int index, uint8_t family, const uint8_t ip[16])
{
	const struct k_route *routes = k->routes.items, *best = NULL;

	for (size_t i = 0; i < k->routes.n; i++) {
		const struct k_route *r = &routes[i];

		if (r->index != index || r->family != family ||
			!kstate_prefix_holds(r->dst, r->len, ip))
			continue;
		if (best == NULL || route_better(r, best))
			best = r;
	}
	return best;
}
