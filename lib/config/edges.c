// SPDX-License-Identifier: BSD-3-Clause
// Checks the names, keys and networks of a hub's edges against each other. Each entry is reported once, in the order
// of the file, no matter how many others it collides with.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "reader.h"
#include "wb_config.h"

#define NESTED_MAX 129 // lengths of an IPv6 prefix

struct network {
	const struct wb_config_prefix *prefix;
	unsigned edge, index;           // in the file
	unsigned number;                // of all networks, in the file's order
	const struct network *collides; // with the one that it is complained of for
};

static void
enter_edge(struct config_reader *r, unsigned i, const char *key)
{
	config_enter_key(r, "edges");
	config_enter_index(r, i);
	config_enter_key(r, key);
}

static void
leave_edge(struct config_reader *r)
{
	for (unsigned i = 0; i < 3; i++)
		config_leave(r);
}

static void
check_name(struct config_reader *r, const struct wb_config *c, unsigned i)
{
	const struct wb_config_edge *edge = &c->edges[i];

	for (unsigned j = 0; j < i && edge->name[0] != '\0'; j++)
		if (strcmp(edge->name, c->edges[j].name) == 0) {
			enter_edge(r, i, "name");
			config_error(r, "\"%s\" is edges[%u] already; each edge needs its own name",
				edge->name, j);
			leave_edge(r);
			return;
		}
}

static void
check_key(struct config_reader *r, const struct wb_config *c, unsigned i)
{
	static const uint8_t zero[32];
	const struct wb_config_edge *edge = &c->edges[i];

	for (unsigned j = 0; j < i && memcmp(edge->public_key, zero, 32) != 0; j++)
		if (memcmp(edge->public_key, c->edges[j].public_key, 32) == 0) {
			enter_edge(r, i, "public_key");
			config_error(r,
				"is the key of edges[%u] (%s) already; each edge needs its own", j,
				c->edges[j].name);
			leave_edge(r);
			return;
		}
}

// Orders networks so that each comes before those within it.
static int
by_prefix(const void *a, const void *b)
{
	const struct network *x = *(const struct network *const *)a;
	const struct network *y = *(const struct network *const *)b;
	int d = x->prefix->family - y->prefix->family;

	if (d == 0)
		d = memcmp(x->prefix->ip, y->prefix->ip, sizeof(x->prefix->ip));
	if (d == 0)
		d = x->prefix->len - y->prefix->len;
	return d != 0 ? d : (x->number > y->number) - (x->number < y->number);
}

// Returns whether two networks collide. Within an edge a network may contain another, but not be there twice. The
// later one is reported, with the first that it collides with.
static void
collide(struct network *a, struct network *b)
{
	struct network *later = a->number > b->number ? a : b, *first = later == a ? b : a;

	if (a->edge == b->edge && a->prefix->len != b->prefix->len)
		return;
	if (later->collides == NULL || later->collides->number > first->number)
		later->collides = first;
}

// Finds the collisions. sorted: by prefix. around: the networks that contain the current one.
static void
find_collisions(struct network **sorted, unsigned n)
{
	struct network *around[NESTED_MAX];
	unsigned depth = 0;

	for (unsigned i = 0; i < n; i++) {
		while (depth > 0 &&
			!config_prefix_overlap(around[depth - 1]->prefix, sorted[i]->prefix))
			depth--;
		for (unsigned k = 0; k < depth; k++)
			collide(around[k], sorted[i]);
		if (depth == 0 || around[depth - 1]->prefix->len != sorted[i]->prefix->len)
			around[depth++] = sorted[i];
	}
}

static void
tell_collision(struct config_reader *r, const struct wb_config *c, const struct network *n)
{
	char mine[64], other[64];

	config_prefix_text(n->prefix, mine, sizeof(mine));
	config_prefix_text(n->collides->prefix, other, sizeof(other));
	enter_edge(r, n->edge, "networks");
	config_enter_index(r, n->index);
	config_error(r, "\"%s\" overlaps \"%s\" of edges[%u] (%s); a network has one edge", mine,
		other, n->collides->edge, c->edges[n->collides->edge].name);
	config_leave(r);
	leave_edge(r);
}

static unsigned
collect(const struct wb_config *c, struct network *all, struct network **sorted)
{
	unsigned n = 0;

	for (unsigned e = 0; e < c->n_edges; e++)
		for (unsigned k = 0; k < c->edges[e].n_networks; k++) {
			const struct wb_config_prefix *p = &c->edges[e].networks[k];

			if (p->family == 0)
				continue;
			all[n] =
				(struct network){ .prefix = p, .edge = e, .index = k, .number = n };
			sorted[n] = &all[n];
			n++;
		}
	return n;
}

void
config_check_edges(struct config_reader *r, const struct wb_config *c)
{
	struct network *all, **sorted;
	unsigned max = 0, n, at = 0;

	for (unsigned i = 0; i < c->n_edges; i++)
		max += c->edges[i].n_networks;
	all = calloc(max + 1, sizeof(*all));
	sorted = calloc(max + 1, sizeof(struct network *));
	if (all == NULL || sorted == NULL) {
		config_error(r, "out of memory");
		goto out;
	}
	n = collect(c, all, sorted);
	qsort(sorted, n, sizeof(struct network *), by_prefix);
	find_collisions(sorted, n);
	for (unsigned i = 0; i < c->n_edges; i++) {
		check_name(r, c, i);
		check_key(r, c, i);
		for (; at < n && all[at].edge == i; at++)
			if (all[at].collides != NULL)
				tell_collision(r, c, &all[at]);
	}
	if (max > WB_CONFIG_NETWORKS) {
		config_enter_key(r, "edges");
		config_error(r, "%u networks in all; allowed: %u (join neighbouring ones)", max,
			WB_CONFIG_NETWORKS);
		config_leave(r);
	}
out:
	free(all);
	free(sorted);
}
