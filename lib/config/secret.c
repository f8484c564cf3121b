// SPDX-License-Identifier: BSD-3-Clause
// Finds and hides keys in texts: 32 bytes in base64 or hexadecimal digits, or most of them.
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "wb_config.h"

#define KEY_DIGITS 43 // and "="
#define CUT_MIN 40    // fewer than these are shown
#define HEX_DIGITS 64
#define DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// Returns whether a run of base64 digits may be a key. Names of folders are such runs too, but rarely have both
// capitals and figures.
static bool
could_be_key(const char *run, size_t n, bool ends)
{
	bool upper = false, lower = false, figure = false, hex = true;

	if (ends && n >= KEY_DIGITS)
		return true;
	for (size_t i = 0; i < n; i++) {
		upper |= isupper((unsigned char)run[i]) != 0;
		lower |= islower((unsigned char)run[i]) != 0;
		figure |= isdigit((unsigned char)run[i]) != 0;
		hex &= isxdigit((unsigned char)run[i]) != 0;
	}
	return (n >= CUT_MIN && upper && lower && figure) || (n >= HEX_DIGITS && hex);
}

void
wb_config_hide_keys(char *text)
{
	char shown[48];
	size_t n, len;

	for (; *text != '\0'; text += n > 0 ? n : 1) {
		n = strspn(text, DIGITS);
		if (n == 0 || !could_be_key(text, n, text[n] == '='))
			continue;
		n += text[n] == '=';
		len = (size_t)snprintf(shown, sizeof(shown), "[%zu characters, could be a key]", n);
		memmove(text + len, text + n, strlen(text + n) + 1);
		memcpy(text, shown, len);
		n = len;
	}
}
