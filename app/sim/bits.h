/* SPDX-License-Identifier: BSD-3-Clause */
// A bit each for the numbers of a sliding window: of two that are `size` (a power of two, at least 64) apart only one.
#ifndef BITS_H
#define BITS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool
bits_has(const uint64_t *bits, uint32_t size, uint64_t i)
{
	return bits[(i & (size - 1)) / 64] >> (i % 64) & 1;
}

static inline void
bits_put(uint64_t *bits, uint32_t size, uint64_t i, bool value)
{
	uint64_t *word = &bits[(i & (size - 1)) / 64], bit = 1ull << (i % 64);

	*word = value ? *word | bit : *word & ~bit;
}

#endif
