// SPDX-License-Identifier: BSD-3-Clause
// Says what a row allows, and which row a misspelt key probably meant.
#include "keys.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX 32 // longer keys are not misspellings

const struct config_key *
config_key_find(const struct config_object *object, const char *name)
{
	for (unsigned i = 0; i < object->n_keys; i++)
		if (strcmp(object->keys[i].name, name) == 0)
			return &object->keys[i];
	return NULL;
}

// Returns Levenshtein's distance of two texts, computed row by row.
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
	unsigned least =
		strlen(name) / 2 + 1; // a word with more than half of it wrong is another word

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

// What types allow whose rows have no limits of their own.
static const char *const fixed_texts[] = {
	[CONFIG_IGNORED] = "anything",
	[CONFIG_TEXT] = "a text that is not empty",
	[CONFIG_ALLOC] = "a text that is not empty",
	[CONFIG_INTERFACE] = "a network interface's name, 1 to 15 characters",
	[CONFIG_FILE] = "a file name",
	[CONFIG_BOOL] = "true, false",
	[CONFIG_ADDRESS4] = "an IPv4 address such as \"192.0.2.1\"",
	[CONFIG_HOST] = "an IPv4 address such as \"192.0.2.1\" or a DNS name such as "
			"\"vps.example.net\"",
	[CONFIG_ADDRESS] = "an address such as \"192.0.2.1/24\" or \"2001:db8::1/64\"",
	[CONFIG_PREFIX] = "a network such as \"192.0.2.0/24\" or \"2001:db8::/48\"",
	[CONFIG_PUBLIC_KEY] = "44 characters of base64 as `wanbond pubkey` prints them",
	[CONFIG_OBJECT] = "an object {...}",
};

void
config_key_allows(const struct config_key *key, char *text, size_t len)
{
	unsigned long long min = key->min, max = key->max;
	char inner[128];

	switch (key->type) {
	case CONFIG_NAME:
		snprintf(text, len, "1 to %zu of A-Z a-z 0-9 _ -, not beginning with -",
			key->size - 1);
		break;
	case CONFIG_ENUM:
	case CONFIG_CHOICE:
		choices_text(key->choices, text, len);
		break;
	case CONFIG_SCHEDULER:
		choices_text(key->choices, inner, sizeof(inner));
		snprintf(text, len, "%s, or the name of a BPF object file that ends in .o", inner);
		break;
	case CONFIG_NUMBER:
	case CONFIG_AUTO:
		snprintf(text, len, "%s%llu to %llu%s%s",
			key->type == CONFIG_AUTO ? "\"auto\" or " : "", min, max,
			key->unit != NULL ? " " : "", key->unit != NULL ? key->unit : "");
		break;
	case CONFIG_GIGABYTES:
		snprintf(text, len, "0.001 to %llu", max);
		break;
	case CONFIG_RATE:
		snprintf(text, len, "\"auto\" or 0.1 to %llu Mbit/s%s", max,
			key->object != NULL ? ", or {\"up\": ..., \"down\": ...} of these" : "");
		break;
	case CONFIG_LIST:
		config_key_allows(&key->object->keys[0], inner, sizeof(inner));
		if (key->lone)
			snprintf(text, len, "%s, or a list [...] of %llu to %llu of these", inner,
				min, max);
		else
			snprintf(text, len, "a list [...] of %llu to %llu, each %s", min, max,
				inner);
		break;
	case CONFIG_OBJECTS:
		snprintf(text, len, "a list of %llu to %llu objects [{...}, ...]", min, max);
		break;
	default:
		snprintf(text, len, "%s", fixed_texts[key->type]);
	}
}
