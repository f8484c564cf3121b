// SPDX-License-Identifier: BSD-3-Clause
// Writes the rows as a JSON Schema, for editors. The parser checks more, for example that networks do not overlap.
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "config_doc.h"
#include "keys.h"

static json_t *object_schema(const struct config_object *object);
static json_t *key_schema(const struct config_key *key);

static json_t *
choices_schema(const char *choices)
{
	json_t *list = json_array();
	char choice[32];

	for (unsigned i = 0; config_choice(choices, i, choice, sizeof(choice)); i++)
		json_array_append_new(list, json_string(choice));
	return json_pack("{s:o}", "enum", list);
}

static json_t *
pattern_schema(const char *pattern)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

static json_t *
number_schema(const struct config_key *key)
{
	json_t *number = json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
		(json_int_t)key->min, "maximum", (json_int_t)key->max);

	if (key->type == CONFIG_NUMBER)
		return number;
	return json_pack("{s:[{s:[s, i]}, o]}", "anyOf", "enum", "auto", 0, number);
}

static json_t *
rate_schema(const struct config_key *key)
{
	json_t *rate = json_pack("{s:[{s:[s]}, {s:s, s:f, s:I}]}", "anyOf", "enum", "auto", "type",
		"number", "minimum", 0.1, "maximum", (json_int_t)key->max);

	if (key->object != NULL)
		json_array_append_new(json_object_get(rate, "anyOf"), object_schema(key->object));
	return rate;
}

static json_t *
list_schema(const struct config_key *key)
{
	json_t *list = json_pack("{s:s, s:I, s:I, s:o}", "type", "array", "minItems",
		(json_int_t)key->min, "maxItems", (json_int_t)key->max, "items",
		key->type == CONFIG_LIST ? key_schema(&key->object->keys[0])
					 : object_schema(key->object));

	if (!key->lone)
		return list;
	return json_pack("{s:[o, o]}", "anyOf", key_schema(&key->object->keys[0]), list);
}

static json_t *
type_schema(const struct config_key *key)
{
	switch (key->type) {
	case CONFIG_IGNORED:
		return json_object();
	case CONFIG_TEXT:
	case CONFIG_FILE:
		return json_pack("{s:s, s:i, s:I}", "type", "string", "minLength", 1, "maxLength",
			(json_int_t)key->size - 1);
	case CONFIG_ALLOC:
		return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
	case CONFIG_NAME:
		return pattern_schema("^[A-Za-z0-9_][A-Za-z0-9_-]{0,30}$");
	case CONFIG_INTERFACE:
		return pattern_schema("^[^/: \\t]{1,15}$");
	case CONFIG_ENUM:
	case CONFIG_CHOICE:
		return choices_schema(key->choices);
	case CONFIG_SCHEDULER:
		return json_pack("{s:[o, o]}", "anyOf", choices_schema(key->choices),
			pattern_schema("\\.o$"));
	case CONFIG_NUMBER:
	case CONFIG_AUTO:
		return number_schema(key);
	case CONFIG_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case CONFIG_ADDRESS4:
		return json_pack("{s:s, s:s}", "type", "string", "format", "ipv4");
	case CONFIG_HOST:
		return pattern_schema("^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9.])?$");
	case CONFIG_ADDRESS:
		return pattern_schema("^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$");
	case CONFIG_PREFIX:
		return pattern_schema("^[0-9A-Fa-f.:]+/[0-9]{1,3}$");
	case CONFIG_PUBLIC_KEY:
		return pattern_schema("^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$");
	case CONFIG_GIGABYTES:
		return json_pack("{s:s, s:f, s:I}", "type", "number", "minimum", 0.001, "maximum",
			(json_int_t)key->max);
	case CONFIG_RATE:
		return rate_schema(key);
	case CONFIG_OBJECT:
		return object_schema(key->object);
	case CONFIG_LIST:
	case CONFIG_OBJECTS:
		return list_schema(key);
	}
	return NULL;
}

static json_t *
key_schema(const struct config_key *key)
{
	json_t *schema = type_schema(key);

	if (key->help != NULL)
		json_object_set_new(schema, "description", json_string(key->help));
	if (key->fallback != NULL && key->type != CONFIG_OBJECT)
		json_object_set_new(
			schema, "default", json_loads(key->fallback, JSON_DECODE_ANY, NULL));
	return schema;
}

// Writes what a value of the selector adds: more required keys, and keys that are not allowed.
static json_t *
branch_schema(const struct config_object *object, unsigned i, const char *choice, unsigned all)
{
	json_t *required = json_array(), *forbidden = json_object(), *then;

	for (unsigned k = 0; k < object->n_keys; k++) {
		const struct config_key *key = &object->keys[k];

		if ((key->required & 1u << i) && key->required != all)
			json_array_append_new(required, json_string(key->name));
		if (key->allowed != 0 && (key->allowed & 1u << i) == 0)
			json_object_set_new(forbidden, key->name, json_false());
	}
	then = json_object();
	if (json_array_size(required) > 0)
		json_object_set(then, "required", required);
	if (json_object_size(forbidden) > 0)
		json_object_set(then, "properties", forbidden);
	json_decref(required);
	json_decref(forbidden);
	return json_pack("{s:{s:{s:{s:s}}, s:[s]}, s:o}", "if", "properties", object->selector,
		"const", choice, "required", object->selector, "then", then);
}

static void
add_branches(json_t *schema, const struct config_object *object, unsigned n, unsigned all)
{
	const char *choices = config_key_find(object, object->selector)->choices;
	json_t *branches = json_array();
	char choice[32];

	for (unsigned i = 0; i < n && config_choice(choices, i, choice, sizeof(choice)); i++)
		json_array_append_new(branches, branch_schema(object, i, choice, all));
	json_object_set_new(schema, "allOf", branches);
}

// Adds which keys stand together only, and which in another one's place.
static void
add_beside(json_t *schema, const struct config_object *object, json_t *beside)
{
	for (unsigned k = 0; k < object->n_keys; k++) {
		const struct config_key *key = &object->keys[k];

		if (key->unless != NULL)
			json_object_set_new(schema, "oneOf",
				json_pack("[{s:[s]}, {s:[s]}]", "required", key->name, "required",
					key->unless));
	}
	if (json_object_size(beside) > 0)
		json_object_set(schema, "dependencies", beside);
	json_decref(beside);
}

static json_t *
object_schema(const struct config_object *object)
{
	json_t *schema, *properties = json_object(), *required = json_array(),
			*beside = json_object();
	unsigned n = 1, all;
	char choice[32];

	if (object->selector != NULL)
		for (n = 0; config_choice(config_key_find(object, object->selector)->choices, n,
			     choice, sizeof(choice));
			n++)
			;
	all = (1u << n) - 1;
	for (unsigned k = 0; k < object->n_keys; k++) {
		const struct config_key *key = &object->keys[k];

		json_object_set_new(properties, key->name, key_schema(key));
		if (key->required == all && key->unless == NULL)
			json_array_append_new(required, json_string(key->name));
		if (key->needs != NULL)
			json_object_set_new(beside, key->name, json_pack("[s]", key->needs));
	}
	schema = json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0,
		"required", required, "properties", properties);
	add_beside(schema, object, beside);
	if (object->selector != NULL)
		add_branches(schema, object, n, all);
	return schema;
}

char *
config_doc_schema(void)
{
	json_t *schema = json_pack("{s:s, s:s}", "$schema",
		"http://json-schema.org/draft-07/schema#", "title", "wanbond configuration");
	json_t *root = object_schema(&config_root);
	char *text, *line;

	json_object_update(schema, root);
	json_decref(root);
	text = json_dumps(schema, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(schema);
	if (text == NULL)
		return NULL;
	line = realloc(text, strlen(text) + 2);
	if (line == NULL)
		free(text);
	else
		strcat(line, "\n");
	return line;
}
