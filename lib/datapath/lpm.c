// SPDX-License-Identifier: BSD-3-Clause
// Measured in ticks a look-up (EPYC, TSC 2.60 GHz, a million destinations): rte_fib's direct table 12 to 18
// with 256 to 10,000 prefixes, rte_fib6's 15 to 28; their trees 66 to 189 and 362 to 752.
#include "lpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_memory.h>

#define TBL24 (1u << 24) // entries of a direct table, one each value of the first 24 bits
#define TBL8 256
#define TBL8_SPARE 32    // both libraries take some for the time of an insertion
#define TBL8_SMALL 32767 // more need entries of four bytes
#define RIB_BYTES 384    // two nodes a prefix of the tree that the libraries keep beside
#define NAME_LEN 24

// An address of either family, an IPv4 one in the first four bytes, as it is in memory.
struct key {
	uint64_t half[2];
};

struct list {
	struct {
		struct key mask, net;
		unsigned value;
	} at[LPM_LIST_MAX]; // longest prefix first
	unsigned n;
};

struct table {
	struct list list; // empty where one of the others is
	struct rte_fib *fib;
	struct rte_fib6 *fib6;
	unsigned rest; // value of the prefix of length 0, which no fib holds
	bool slow;
};

struct lpm {
	struct table v4, v6;
	unsigned n;
	struct lpm_entry given[];
};

// Further tables that a prefix needs. rte_fib6 reserves them as if no two prefixes shared one.
static unsigned
tbl8s(const struct lpm_entry *e)
{
	if (e->len <= 24)
		return 0;
	return e->family == 4 ? 1 : (e->len + 7u) / 8 - 3;
}

// log2 of an entry's bytes
static unsigned
entry_shift(unsigned n_tbl8)
{
	return n_tbl8 <= TBL8_SMALL ? 1 : 2;
}

size_t
lpm_direct_bytes(uint8_t family, const struct lpm_entry *e, unsigned n)
{
	unsigned n_tbl8 = TBL8_SPARE, of_family = 0;

	for (unsigned i = 0; i < n; i++)
		if (e[i].family == family) {
			of_family++;
			n_tbl8 += tbl8s(&e[i]);
		}
	if (of_family <= LPM_LIST_MAX)
		return 0;
	return ((TBL24 + (size_t)n_tbl8 * TBL8) << entry_shift(n_tbl8)) +
	       (size_t)of_family * RIB_BYTES;
}

// ---- from what was given to sorted prefixes

static void
clear_host_bits(struct lpm_entry *e)
{
	unsigned bytes = e->len / 8, bits = e->len % 8;

	if (bytes < sizeof(e->ip)) {
		e->ip[bytes] &= (uint8_t)(0xff00 >> bits);
		memset(e->ip + bytes + 1, 0, sizeof(e->ip) - bytes - 1);
	}
}

struct numbered {
	struct lpm_entry e;
	unsigned number;
};

// By length, then address, then as given: a fib is built quickest so, as no insertion meets a longer prefix.
static int
by_prefix(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int d = x->e.len - y->e.len;

	if (d == 0)
		d = memcmp(x->e.ip, y->e.ip, sizeof(x->e.ip));
	return d != 0 ? d : (x->number > y->number) - (x->number < y->number);
}

// Entries of a family, each prefix once. Returns how many; sorted has room for n.
static unsigned
sort_family(uint8_t family, const struct lpm_entry *e, unsigned n, struct numbered *sorted)
{
	unsigned all = 0, kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (e[i].family == family) {
			sorted[all] = (struct numbered){ .e = e[i], .number = i };
			clear_host_bits(&sorted[all++].e);
		}
	qsort(sorted, all, sizeof(*sorted), by_prefix);
	for (unsigned i = 0; i < all; i++)
		if (kept == 0 || sorted[kept - 1].e.len != sorted[i].e.len ||
			memcmp(sorted[kept - 1].e.ip, sorted[i].e.ip, sizeof(e->ip)) != 0)
			sorted[kept++] = sorted[i];
	return kept;
}

// ---- the list

static void
list_fill(struct list *l, const struct numbered *sorted, unsigned n)
{
	l->n = n;
	for (unsigned i = 0; i < n; i++) {
		const struct lpm_entry *e = &sorted[n - 1 - i].e;
		struct lpm_entry mask = { .len = e->len };

		memset(mask.ip, 0xff, sizeof(mask.ip));
		clear_host_bits(&mask);
		memcpy(&l->at[i].mask, mask.ip, sizeof(mask.ip));
		memcpy(&l->at[i].net, e->ip, sizeof(e->ip));
		l->at[i].value = e->value;
	}
}

static unsigned
list_lookup(const struct list *l, const struct key *k)
{
	for (unsigned i = 0; i < l->n; i++) {
		const struct key *mask = &l->at[i].mask, *net = &l->at[i].net;

		if ((((k->half[0] & mask->half[0]) ^ net->half[0]) |
			    ((k->half[1] & mask->half[1]) ^ net->half[1])) == 0)
			return l->at[i].value;
	}
	return 0;
}

// ---- DPDK's tables

static uint32_t
host_order(const uint8_t *ip)
{
	rte_be32_t v;

	memcpy(&v, ip, sizeof(v));
	return rte_be_to_cpu_32(v);
}

static int
fib_fill(struct table *t, const char *name, const struct numbered *s, unsigned n, unsigned n_tbl8)
{
	struct rte_fib_conf conf = { .type = t->slow ? RTE_FIB_DUMMY : RTE_FIB_DIR24_8,
		.max_routes = (int)n,
		.dir24_8 = { .nh_sz = (enum rte_fib_dir24_8_nh_sz)entry_shift(n_tbl8),
			.num_tbl8 = n_tbl8 } };
	int err = 0;

	t->fib = rte_fib_create(name, SOCKET_ID_ANY, &conf);
	for (unsigned i = 0; t->fib != NULL && i < n && err == 0; i++)
		err = rte_fib_add(t->fib, host_order(s[i].e.ip), s[i].e.len, s[i].e.value);
	return t->fib == NULL ? -1 : err;
}

static int
fib6_fill(struct table *t, const char *name, const struct numbered *s, unsigned n, unsigned n_tbl8)
{
	struct rte_fib6_conf conf = { .type = t->slow ? RTE_FIB6_DUMMY : RTE_FIB6_TRIE,
		.max_routes = (int)n,
		.trie = { .nh_sz = (enum rte_fib_trie_nh_sz)entry_shift(n_tbl8),
			.num_tbl8 = n_tbl8 } };
	int err = 0;

	t->fib6 = rte_fib6_create(name, SOCKET_ID_ANY, &conf);
	// (const void *): an array of bytes in 22.11, struct rte_ipv6_addr in 24.11
	for (unsigned i = 0; t->fib6 != NULL && i < n && err == 0; i++)
		err = rte_fib6_add(t->fib6, (const void *)s[i].e.ip, s[i].e.len, s[i].e.value);
	return t->fib6 == NULL ? -1 : err;
}

static void
table_clear(struct table *t)
{
	if (t->fib != NULL)
		rte_fib_free(t->fib);
	if (t->fib6 != NULL)
		rte_fib6_free(t->fib6);
	t->fib = NULL;
	t->fib6 = NULL;
}

static int
table_fill(struct table *t, const char *name, uint8_t family, struct numbered *sorted, unsigned n)
{
	char own[NAME_LEN];
	unsigned n_tbl8 = TBL8_SPARE;
	int err;

	if (n <= LPM_LIST_MAX) {
		list_fill(&t->list, sorted, n);
		return 0;
	}
	if (sorted[0].e.len == 0) { // the shortest stands first
		t->rest = sorted[0].e.value;
		sorted++;
		n--;
	}
	for (unsigned i = 0; i < n; i++)
		n_tbl8 += tbl8s(&sorted[i].e);
	snprintf(own, sizeof(own), "%s.%u", name, family);
	for (;;) {
		err = family == 4 ? fib_fill(t, own, sorted, n, n_tbl8)
				  : fib6_fill(t, own, sorted, n, n_tbl8);
		if (err == 0 || t->slow)
			return err;
		table_clear(t);
		t->slow = true;
	}
}

struct lpm *
lpm_create(const char *name, const struct lpm_entry *entries, unsigned n)
{
	struct lpm *l = calloc(1, sizeof(*l) + n * sizeof(*entries));
	struct numbered *sorted = calloc(n + 1, sizeof(*sorted));
	int err = l == NULL || sorted == NULL;

	if (err == 0) {
		l->n = n;
		memcpy(l->given, entries, n * sizeof(*entries));
		err = table_fill(&l->v4, name, 4, sorted, sort_family(4, entries, n, sorted));
	}
	if (err == 0)
		err = table_fill(&l->v6, name, 6, sorted, sort_family(6, entries, n, sorted));
	free(sorted);
	if (err == 0)
		return l;
	lpm_destroy(l);
	return NULL;
}

void
lpm_destroy(struct lpm *l)
{
	if (l == NULL)
		return;
	table_clear(&l->v4);
	table_clear(&l->v6);
	free(l);
}

bool
lpm_made_of(const struct lpm *l, const struct lpm_entry *entries, unsigned n)
{
	return l->n == n && memcmp(l->given, entries, n * sizeof(*entries)) == 0;
}

bool
lpm_is_slow(const struct lpm *l)
{
	return l->v4.slow || l->v6.slow;
}

unsigned
lpm_lookup(const struct lpm *l, uint8_t family, const uint8_t *ip)
{
	const struct table *t = family == 4 ? &l->v4 : &l->v6;
	struct key key = { { 0, 0 } };
	uint64_t value = 0;
	uint32_t ip4;

	memcpy(&key, ip, family == 4 ? 4 : 16);
	if (likely(t->fib == NULL && t->fib6 == NULL))
		return list_lookup(&t->list, &key);
	if (t->fib != NULL) {
		ip4 = host_order(ip);
		rte_fib_lookup_bulk(t->fib, &ip4, &value, 1);
	} else {
		rte_fib6_lookup_bulk(t->fib6, (void *)&key, &value, 1);
	}
	return value != 0 ? (unsigned)value : t->rest;
}
