/* SPDX-License-Identifier: BSD-3-Clause */
// A hash that is quick, and that nobody can aim at who does not know the seed mixed into x.
#ifndef WB_MIX_H
#define WB_MIX_H

#include <stdint.h>

// The step from one number of splitmix64 (Vigna) to the next.
#define WB_MIX_STEP 0x9e3779b97f4a7c15ull

// Returns the finish of splitmix64: all bits of the result depend on all bits of x.
static inline uint64_t
wb_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

#endif
