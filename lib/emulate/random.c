// SPDX-License-Identifier: BSD-3-Clause
// xoshiro256** 1.0 (Blackman, Vigna 2018), seeded by splitmix64.
#include "wb_emulate.h"

static uint64_t
rotl(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void
wb_em_random_seed(struct wb_em_random *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
		r->s[i] = z ^ (z >> 31);
	}
}

uint64_t
wb_em_random_next(struct wb_em_random *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

bool
wb_em_random_chance(struct wb_em_random *r, uint32_t ppm)
{
	// Multiply instead of modulo: 32 random bits scaled to [0, 1000000).
	return ((wb_em_random_next(r) >> 32) * 1000000) >> 32 < ppm;
}

int64_t
wb_em_random_normal(struct wb_em_random *r, int64_t deviation)
{
	// Irwin-Hall: the sum of twelve uniforms has variance 1 (quantile 99.9 %: 3.02 instead of
	// 3.09, never beyond 6). Twelve times 16 bits out of three numbers.
	int64_t sum = 0;

	for (int i = 0; i < 3; i++) {
		uint64_t x = wb_em_random_next(r);

		sum += (x & 0xffff) + (x >> 16 & 0xffff) + (x >> 32 & 0xffff) + (x >> 48);
	}
	// Centred: the mean of a 16-bit number is 65535 / 2.
	return (int64_t)((__int128)deviation * (2 * sum - 12 * 65535) >> 17);
}
