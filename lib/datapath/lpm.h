/* SPDX-License-Identifier: BSD-3-Clause */
// Longest prefix match: from an inner address to a small number. A table never changes once made.
// Per family, few prefixes stand in a list; more are in DPDK's direct tables (rte_fib, rte_fib6), where
// a look-up costs the same whatever their number, but which take 32 MiB each.
#ifndef WB_DATAPATH_LPM_H
#define WB_DATAPATH_LPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LPM_LIST_MAX 32     // prefixes of a family that a list holds
#define LPM_VALUE_MAX 32767 // what an entry of two bytes holds

struct lpm_entry {
	uint8_t ip[16]; // host bits do not count
	uint8_t family, len;
	uint16_t value; // 1 to LPM_VALUE_MAX
};

struct lpm;

// Of entries with the same prefix the first counts. name: at most 16 characters, of no other table.
// NULL: no memory.
struct lpm *lpm_create(const char *name, const struct lpm_entry *entries, unsigned n);
void lpm_destroy(struct lpm *l);
// Was it made of these very entries?
bool lpm_made_of(const struct lpm *l, const struct lpm_entry *entries, unsigned n);
// There was no memory for a direct table: a tree, which is right but slower, stands in for it.
bool lpm_is_slow(const struct lpm *l);
// Value of the longest prefix that holds ip, 0: none.
unsigned lpm_lookup(const struct lpm *l, uint8_t family, const uint8_t *ip);
// Bytes that a direct table of these prefixes takes; 0: a list will do.
size_t lpm_direct_bytes(uint8_t family, const struct lpm_entry *entries, unsigned n);

#endif
