// SPDX-License-Identifier: BSD-3-Clause
#include "base64.h"

#include <string.h>

#define KEY_TEXT 44 // 32 bytes; the last of them is "="

static int
digit(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

bool
config_key_parse(const char *text, uint8_t key[32])
{
	uint32_t bits = 0;
	unsigned n_bits = 0, n = 0;

	if (strlen(text) != KEY_TEXT || text[KEY_TEXT - 1] != '=')
		return false;
	for (unsigned i = 0; i < KEY_TEXT - 1; i++) {
		int value = digit(text[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			key[n++] = bits >> n_bits & 0xff;
		}
	}
	// 43 digits are 258 bits: the last two must be 0, else two texts would mean one key.
	return (bits & 3) == 0;
}
