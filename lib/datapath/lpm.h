/* SPDX-License-Identifier: BSD-3-Clause */
// Longest prefix match, from an inner address to a small number. A table never changes once it is made. Few prefixes
// of a family are in a list. More are in DPDK's direct tables (rte_fib, rte_fib6), where a look-up takes the same
// time whatever their number, but which need 32 MiB each.
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

// Makes a table. Of entries with the same prefix the first counts. name: unique, at most 16 characters. NULL: no
// memory.
struct lpm *lpm_create(const char *name, const struct lpm_entry *entries, unsigned n);
void lpm_destroy(struct lpm *l);
// Returns whether it was made of exactly these entries.
bool lpm_made_of(const struct lpm *l, const struct lpm_entry *entries, unsigned n);
// Returns whether it is a tree, which is slower, as there was no memory for a direct table.
bool lpm_is_slow(const struct lpm *l);
// Returns the value of the longest prefix that contains ip; 0: there is none.
unsigned lpm_lookup(const struct lpm *l, uint8_t family, const uint8_t *ip);
// Returns the bytes that a direct table of these prefixes needs; 0: a list is enough.
size_t lpm_direct_bytes(uint8_t family, const struct lpm_entry *entries, unsigned n);

#endif
