// SPDX-License-Identifier: BSD-3-Clause
// libFuzzer begins with nothing, and takes hours to find what a valid input looks like: now and then a
// target's own example takes the place of what it has, and is mutated from then on.
#include <string.h>

#include "fuzz.h"

#define EACH 16

// Of libFuzzer.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint8_t example[FUZZ_INPUT_MAX];
	unsigned n = 0;
	size_t len;

	if (seed % EACH != 0)
		return LLVMFuzzerMutate(data, size, max);
	while (fuzz_example(n, example) > 0)
		n++;
	if (n == 0)
		return LLVMFuzzerMutate(data, size, max);
	len = fuzz_example(seed / EACH % n, example);
	len = len < max ? len : max;
	memcpy(data, example, len);
	return seed / EACH % 3 == 0 ? len : LLVMFuzzerMutate(data, len, max);
}
