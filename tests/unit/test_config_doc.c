// SPDX-License-Identifier: BSD-3-Clause
// What is committed about the keys is what their rows say. When this fails after a change of a row:
// `ninja config-docs`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../support/file.h"
#include "config_doc.h"
#include "harness.h"
#include "keys.h"

static void
test_schema(void)
{
	char *committed = file_read(WB_SOURCE_ROOT "/config/wanbond.schema.json");
	char *made = config_doc_schema();

	CU_ASSERT_PTR_NOT_NULL_FATAL(made);
	CU_ASSERT_EQUAL(strcmp(committed, made), 0);
	free(committed);
	free(made);
}

static void
test_page(void)
{
	char *committed = file_read(WB_SOURCE_ROOT "/docs/config.md");
	char *made = config_doc_page(committed);

	CU_ASSERT_PTR_NOT_NULL_FATAL(made);
	CU_ASSERT_EQUAL(strcmp(committed, made), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(made, "| `private_key_file` |"));
	CU_ASSERT_PTR_NULL(config_doc_page("a page without markers"));
	free(committed);
	free(made);
}

// The rows themselves: help for each, a fallback only where the key may be absent, and one that is
// JSON.
static void
check_rows(const struct config_object *object)
{
	for (unsigned i = 0; i < object->n_keys; i++) {
		const struct config_key *key = &object->keys[i];

		CU_ASSERT_PTR_NOT_NULL(key->help);
		CU_ASSERT_PTR_EQUAL(config_key_find(object, key->name), key);
		CU_ASSERT_TRUE(key->required == 0 || (key->fallback == NULL && key->shown == NULL));
		CU_ASSERT_TRUE(key->allowed == 0 || object->selector != NULL);
		if (key->fallback != NULL) {
			json_t *value = json_loads(key->fallback, JSON_DECODE_ANY, NULL);

			CU_ASSERT_PTR_NOT_NULL(value);
			json_decref(value);
		}
		if (key->object != NULL && key->object->title != NULL)
			check_rows(key->object);
	}
}

static void
test_rows(void)
{
	check_rows(&config_root);
}

static void
test_suggestions(void)
{
	static const char *const rows[][2] = {
		{ "role", "role" },
		{ "rol", "role" },
		{ "private_key", "private_key_file" },
		{ "privatekeyfile", "private_key_file" },
		{ "worker", "workers" },
		{ "edge", "edges" },
		{ "schedular", "scheduler" },
		{ "Port", "ports" },
		{ "wireguard", NULL },
		{ "", NULL },
		{ "a key much longer than any that there is in the table of rows", NULL },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = config_key_suggest(&config_root, rows[i][0]);

		if (rows[i][1] == NULL) {
			CU_ASSERT_PTR_NULL(got);
		} else {
			CU_ASSERT_TRUE(got != NULL && strcmp(got, rows[i][1]) == 0);
		}
		if ((got == NULL) != (rows[i][1] == NULL) ||
			(got != NULL && strcmp(got, rows[i][1]) != 0))
			fprintf(stderr, "%s: %s\n", rows[i][0], got != NULL ? got : "none");
	}
}

static const struct harness_test tests[] = {
	{ "schema is committed", test_schema },
	{ "page is committed", test_page },
	{ "rows", test_rows },
	{ "suggestions", test_suggestions },
};

int
main(void)
{
	return HARNESS_RUN("config_doc", tests);
}
