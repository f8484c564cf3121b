/* SPDX-License-Identifier: BSD-3-Clause */
// Test vectors as they are printed.
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Writes the bytes of text to out and returns their number. Ends the program where they do not fit
// or text is not hex: the test itself is wrong then.
static inline size_t
unhex(const char *text, uint8_t *out, size_t room)
{
	size_t i, n = strlen(text) / 2;
	unsigned v;

	if (strlen(text) % 2 != 0 || n > room)
		abort();
	for (i = 0; i < n; i++) {
		if (sscanf(text + 2 * i, "%2x", &v) != 1)
			abort();
		out[i] = (uint8_t)v;
	}
	return n;
}

#endif
