// SPDX-License-Identifier: BSD-3-Clause
// Reads objects and lists by their rows.
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wb_config.h"

static void read_key(
	struct config_reader *r, const struct config_key *key, void *base, const json_t *value);

void
config_refuse(struct config_reader *r, const struct config_key *key, const json_t *value,
	const char *what)
{
	char allowed[256];
	char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	config_key_allows(key, allowed, sizeof(allowed));
	// a text in the place of a key's name may be part of a secret key
	if (key->type == CONFIG_PUBLIC_KEY && json_is_string(value)) {
		config_error(r, "a text of %zu characters (not shown) %s; allowed: %s",
			json_string_length(value), what, allowed);
		free(shown);
		return;
	}
	if (shown != NULL) // before it is cut short, too
		wb_config_hide_keys(shown);
	config_error(r, "%.60s%s %s; allowed: %s", shown != NULL ? shown : "?",
		shown != NULL && strlen(shown) > 60 ? "..." : "", what, allowed);
	free(shown);
}

// Returns the bit of the selector's value; 0: the selector is missing or wrong.
static unsigned
selected(const struct config_object *object, const json_t *value)
{
	const struct config_key *key;
	const char *text;
	char choice[32];

	if (object->selector == NULL)
		return 1;
	key = config_key_find(object, object->selector);
	text = json_string_value(json_object_get(value, object->selector));
	if (text == NULL)
		return 0;
	for (unsigned i = 0; config_choice(key->choices, i, choice, sizeof(choice)); i++)
		if (strcmp(choice, text) == 0)
			return 1u << i;
	return 0;
}

static void
refuse_unknown(struct config_reader *r, const struct config_object *object, const char *name)
{
	const char *nearest = config_key_suggest(object, name);

	if (nearest != NULL)
		config_error(r, "unknown key; did you mean \"%s\"?", nearest);
	else
		config_error(r, "unknown key");
}

// Complains of a key that does not belong to the selector's value: "key `edges` belongs to role hub".
static void
refuse_misplaced(struct config_reader *r, const struct config_object *object,
	const struct config_key *key, unsigned in)
{
	const char *choices = config_key_find(object, object->selector)->choices;
	char choice[32], owners[96] = "", here[32] = "";
	size_t used = 0;

	for (unsigned i = 0; config_choice(choices, i, choice, sizeof(choice)); i++) {
		if (in & 1u << i)
			snprintf(here, sizeof(here), "%s", choice);
		if (key->allowed & 1u << i)
			used += snprintf(owners + used, sizeof(owners) - used, "%s\"%s\"",
				used > 0 ? " or " : "", choice);
	}
	config_error(r, "key \"%s\" belongs to %s %s, and %s here is \"%s\"", key->name,
		object->selector, owners, object->selector, here);
}

// Handles absent keys: an error if the key is required, else the row's fallback is read like any other value.
// Without a good selector only keys count as required that all of its values require.
static void
read_absent(struct config_reader *r, const struct config_key *key, void *base, unsigned in)
{
	unsigned required = in != 0 ? key->required & in : key->allowed == 0 ? key->required : 0;
	char allowed[256];
	json_t *value;

	if (required != 0) {
		config_key_allows(key, allowed, sizeof(allowed));
		config_error(r, "missing; allowed: %s", allowed);
		return;
	}
	if (key->fallback == NULL || (key->allowed != 0 && (key->allowed & in) == 0))
		return;
	value = json_loads(key->fallback, JSON_DECODE_ANY, NULL);
	if (value == NULL) {
		config_error(r, "out of memory");
		return;
	}
	read_key(r, key, base, value);
	json_decref(value);
}

// Returns whether the key that stands in its place is given.
static bool
is_replaced(const struct config_key *key, const json_t *object)
{
	return key->unless != NULL && json_object_get(object, key->unless) != NULL;
}

// Complains of a present key whose companion is missing, or beside which another one must not stand.
static void
check_beside(struct config_reader *r, const struct config_key *key, const json_t *object)
{
	if (key->needs != NULL && json_object_get(object, key->needs) == NULL)
		config_error(r, "without \"%s\"; give both or none", key->needs);
	if (is_replaced(key, object))
		config_error(
			r, "beside \"%s\", which is instead of it; give one of them", key->unless);
}

void
config_read_object(struct config_reader *r, const struct config_object *object, void *base,
	const json_t *value)
{
	unsigned in = selected(object, value);
	const char *name;
	json_t *member;

	json_object_foreach ((json_t *)value, name, member) {
		const struct config_key *key = config_key_find(object, name);

		config_enter_key(r, name);
		if (key == NULL)
			refuse_unknown(r, object, name);
		else if (in != 0 && key->allowed != 0 && (key->allowed & in) == 0)
			refuse_misplaced(r, object, key, in);
		else
			read_key(r, key, base, member);
		if (key != NULL)
			check_beside(r, key, value);
		config_leave(r);
	}
	for (unsigned i = 0; i < object->n_keys; i++) {
		if (json_object_get(value, object->keys[i].name) != NULL ||
			is_replaced(&object->keys[i], value))
			continue;
		config_enter_key(r, object->keys[i].name);
		read_absent(r, &object->keys[i], base, in);
		config_leave(r);
	}
}

// Returns where a list's elements are stored. NULL: no memory.
static char *
list_room(const struct config_key *key, char *base, unsigned n)
{
	char *elements = base + key->offset;

	if (!key->allocated)
		return elements;
	elements = calloc(n + 1, key->size);
	memcpy(base + key->offset, &elements, sizeof(elements));
	return elements;
}

static void
read_list(struct config_reader *r, const struct config_key *key, char *base, const json_t *value)
{
	const struct config_key *element = &key->object->keys[0];
	bool lone = key->lone && !json_is_array(value);
	unsigned n = lone ? 1 : json_array_size(value);
	char what[48], *elements;

	if (!lone && !json_is_array(value)) {
		config_refuse(r, key, value, "is not a list");
		return;
	}
	if (n < key->min || n > key->max) {
		snprintf(what, sizeof(what), "has %u entries", n);
		config_refuse(r, key, value, what);
		n = n < key->max ? n : key->max; // the rest is still looked at
	}
	elements = list_room(key, base, n);
	if (elements == NULL) {
		config_error(r, "out of memory");
		return;
	}
	memcpy(base + key->count, &n, sizeof(n));
	for (unsigned i = 0; i < n; i++) {
		const json_t *entry = lone ? value : json_array_get(value, i);
		char *at = elements + i * key->size;

		if (!lone)
			config_enter_index(r, i);
		if (key->type == CONFIG_LIST)
			config_read_value(r, element, at, entry);
		else if (json_is_object(entry))
			config_read_object(r, key->object, at, entry);
		else
			config_error(r, "not an object {...}");
		if (!lone)
			config_leave(r);
	}
}

static void
read_key(struct config_reader *r, const struct config_key *key, void *base, const json_t *value)
{
	char *at = (char *)base + key->offset;

	switch (key->type) {
	case CONFIG_LIST:
	case CONFIG_OBJECTS:
		read_list(r, key, base, value);
		break;
	case CONFIG_OBJECT:
		if (json_is_object(value))
			config_read_object(r, key->object, base, value);
		else
			config_refuse(r, key, value, "is not an object");
		break;
	case CONFIG_RATE:
		if (key->object != NULL && json_is_object(value))
			config_read_object(r, key->object, at, value);
		else
			config_read_value(r, key, at, value);
		break;
	default:
		config_read_value(r, key, at, value);
	}
}
