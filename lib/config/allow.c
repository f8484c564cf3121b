// SPDX-License-Identifier: BSD-3-Clause
// What a row allows, in words, and which row somebody meant.
#include "keys.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX 32 // longer keys are nobody's misspelling

const struct config_key *
config_key_find(const struct config_object *object, const char *name)
{
	for (unsigned i = 0; i < object->n_keys; i++)
		if (strcmp(object->keys[i].name, name) == 0)
			return &object->keys[i];
	return NULL;
}

// Levenshtein, one row at a time.
static unsigned
distance(const char *a, const char *b)
{
	unsigned row[KEY_MAX + 1];
	unsigned n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i] != '\0'; i++) {
		unsigned diagonal = row[0];

		row[0] = i + 1;
		for (unsigned j = 0; j < n; j++) {
			unsigned best = diagonal + (a[i] != b[j]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j + 1] + 1 < best)
				best = row[j + 1] + 1;
			diagonal = row[j + 1];
			row[j + 1] = best;
		}
	}
	return row[n];
}

const char *
config_key_suggest(const struct config_object *object, const char *name)
{
	const char *nearest = NULL;
	unsigned least = strlen(name) / 2 + 1; // more than half of it wrong is another word

	if (strlen(name) > KEY_MAX)
		return NULL;
	for (unsigned i = 0; i < object->n_keys; i++) {
		unsigned d = distance(name, object->keys[i].name);

		if (d < least) {
			least = d;
			nearest = object->keys[i].name;
		}
	}
	return nearest;
}

int
config_choice(const char *choices, unsigned i, char *text, size_t len)
{
	for (; i > 0; i--) {
		choices = strchr(choices, '|');
		if (choices == NULL)
			return 0;
		choices++;
	}
	snprintf(text, len, "%.*s", (int)strcspn(choices, "|"), choices);
	return 1;
}

static void
choices_text(const char *choices, char *text, size_t len)
{
	char choice[32];
	size_t used = 0;

	for (unsigned i = 0; used < len && config_choice(choices, i, choice, sizeof(choice)); i++)
		used += snprintf(text + used, len - used, "%s\"%s\"", i > 0 ? ", " : "", choice);
}

static void
list_text(const struct config_key *key, const char *what, char *text, size_t len)
{
	snprintf(text, len, "a list of %llu to %llu %s", (unsigned long long)key->min,
		(unsigned long long)key->max, what);
}

void
config_key_allows(const struct config_key *key, char *text, size_t len)
{
	const char *unit = key->unit != NULL ? key->unit : "";
	const char *space = key->unit != NULL ? " " : "";
	char inner[128];

	switch (key->type) {
	case CONFIG_IGNORED:
		snprintf(text, len, "anything");
		break;
	case CONFIG_TEXT:
	case CONFIG_ALLOC:
		snprintf(text, len, "a text that is not empty");
		break;
	case CONFIG_NAME:
		snprintf(text, len, "1 to %zu of A-Z a-z 0-9 _ -, not beginning with -",
			key->size - 1);
		break;
	case CONFIG_INTERFACE:
		snprintf(text, len, "a network interface's name, 1 to 15 characters");
		break;
	case CONFIG_FILE:
		snprintf(text, len, "a file name");
		break;
	case CONFIG_ENUM:
	case CONFIG_CHOICE:
		choices_text(key->choices, text, len);
		break;
	case CONFIG_NUMBER:
	case CONFIG_AUTO:
		snprintf(text, len, "%s%llu to %llu%s%s",
			key->type == CONFIG_AUTO ? "\"auto\" or " : "",
			(unsigned long long)key->min, (unsigned long long)key->max, space, unit);
		break;
	case CONFIG_BOOL:
		snprintf(text, len, "true, false");
		break;
	case CONFIG_ADDRESS4:
		snprintf(text, len, "an IPv4 address such as \"192.0.2.1\"");
		break;
	case CONFIG_ADDRESS:
		snprintf(text, len, "an address such as \"192.0.2.1/24\" or \"2001:db8::1/64\"");
		break;
	case CONFIG_PREFIX:
		snprintf(text, len, "a network such as \"192.0.2.0/24\" or \"2001:db8::/48\"");
		break;
	case CONFIG_PUBLIC_KEY:
		snprintf(text, len, "44 characters of base64 as `wanbond pubkey` prints them");
		break;
	case CONFIG_RATE:
		snprintf(text, len, "\"auto\" or 0.1 to %llu Mbit/s%s",
			(unsigned long long)key->max,
			key->object != NULL ? ", or {\"up\": ..., \"down\": ...} of these" : "");
		break;
	case CONFIG_OBJECT:
		snprintf(text, len, "an object {...}");
		break;
	case CONFIG_LIST:
		config_key_allows(&key->object->keys[0], inner, sizeof(inner));
		snprintf(text, len, "a list [...] of %llu to %llu, each %s",
			(unsigned long long)key->min, (unsigned long long)key->max, inner);
		break;
	case CONFIG_OBJECTS:
		list_text(key, "objects [{...}, ...]", text, len);
		break;
	}
}
