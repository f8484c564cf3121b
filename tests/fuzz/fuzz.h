/* SPDX-License-Identifier: BSD-3-Clause */
// What a target gives: the entry that libFuzzer calls, and valid inputs to begin with. runner.c feeds
// both without libFuzzer.
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUZZ_INPUT_MAX 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
// Writes the i-th example into buf and returns its length; 0: no more.
size_t fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX]);

// An assertion that is there in every build.
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
