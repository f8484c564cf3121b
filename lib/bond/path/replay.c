// SPDX-License-Identifier: BSD-3-Clause
// Takes each packet number once (RFC 6479).
#include <string.h>

#include "replay.h"

#define WORDS (WB_REPLAY_WINDOW / 64 + 1)

void
replay_init(struct replay *r)
{
	memset(r, 0, sizeof(*r));
}

// Returns whether a number would be accepted. The ring has one word more than the window, so the largest number's
// word never holds bits of the oldest ones (RFC 6479 2).
bool
replay_check(const struct replay *r, uint64_t number)
{
	if (number >= r->next)
		return number != UINT64_MAX; // next would wrap
	if (number + WB_REPLAY_WINDOW < r->next - 1)
		return false;
	return !(r->bitmap[(number / 64) % WORDS] >> (number % 64) & 1);
}

bool
replay_accept(struct replay *r, uint64_t number)
{
	if (!replay_check(r, number))
		return false;
	if (number >= r->next) {
		uint64_t from = r->next ? (r->next - 1) / 64 : 0, to = number / 64;

		if (to - from >= WORDS) {
			memset(r->bitmap, 0, sizeof(r->bitmap));
		} else {
			for (uint64_t w = from + 1; w <= to; w++)
				r->bitmap[w % WORDS] = 0;
		}
		r->next = number + 1;
	}
	r->bitmap[(number / 64) % WORDS] |= 1ull << (number % 64);
	return true;
}
