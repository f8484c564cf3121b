/* SPDX-License-Identifier: BSD-3-Clause */
// Bytes in a request of check.py or behaviour.py, as hexadecimal digits.
#ifndef TESTS_PROTOCOL_BYTES_H
#define TESTS_PROTOCOL_BYTES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Up to `max` of them to out. Returns how many; what is no number ends the program.
static inline size_t
bytes_read(const char *word, uint8_t *out, size_t max)
{
	size_t n = 0;

	for (; word[0] != 0 && word[1] != 0 && n < max; word += 2) {
		unsigned byte;

		if (sscanf(word, "%2x", &byte) != 1)
			exit(2);
		out[n++] = (uint8_t)byte;
	}
	return n;
}

#endif
