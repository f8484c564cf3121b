/* SPDX-License-Identifier: BSD-3-Clause */
// A bit for each of the last REORDER_WINDOW sequences: a ring in which sequence s has bit s modulo REORDER_WINDOW.
#ifndef WB_BOND_SEQ_BITS_H
#define WB_BOND_SEQ_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "reorder.h"

#define SEQ_WORDS (REORDER_WINDOW / 64)

static inline uint64_t *
seq_word(uint64_t *bits, uint32_t seq)
{
	return &bits[seq % REORDER_WINDOW / 64];
}

static inline bool
seq_is_set(const uint64_t *bits, uint32_t seq)
{
	return bits[seq % REORDER_WINDOW / 64] >> seq % 64 & 1;
}

static inline void
seq_set(uint64_t *bits, uint32_t seq)
{
	*seq_word(bits, seq) |= 1ull << seq % 64;
}

static inline void
seq_clear(uint64_t *bits, uint32_t seq)
{
	*seq_word(bits, seq) &= ~(1ull << seq % 64);
}

// Clears all in [from, to), a word at a time.
static inline void
seq_clear_range(uint64_t *bits, uint32_t from, uint32_t to)
{
	while (from != to) {
		uint32_t n = 64 - from % 64;
		uint64_t word = n < 64 ? ((1ull << n) - 1) << (from % 64) : UINT64_MAX;

		if (n > to - from) {
			n = to - from;
			word &= (1ull << (to % 64)) - 1;
		}
		*seq_word(bits, from) &= ~word;
		from += n;
	}
}

// Returns the first sequence in [from, to) whose bit is set, else `to`. to - from <= REORDER_WINDOW.
static inline uint32_t
seq_next_set(const uint64_t *bits, uint32_t from, uint32_t to)
{
	while ((int32_t)(to - from) > 0) {
		uint64_t word = bits[from % REORDER_WINDOW / 64] >> (from % 64);

		if (word) {
			from += (uint32_t)__builtin_ctzll(word);
			return (int32_t)(to - from) > 0 ? from : to;
		}
		from += 64 - from % 64;
	}
	return to;
}

#endif
