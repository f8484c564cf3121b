// SPDX-License-Identifier: BSD-3-Clause
// Writes the rows as Markdown tables, one for each object.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_doc.h"
#include "keys.h"

// Writes a text into a cell, which '|' would end.
static void
cell(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

// Writes which values of the selector a key is for: " (edge)", or nothing if it is for all.
static void
owners(FILE *out, const struct config_object *object, const struct config_key *key)
{
	char choice[32];
	const char *between = "";

	if (key->allowed == 0)
		return;
	fprintf(out, " (");
	for (unsigned i = 0; config_choice(
		     config_key_find(object, object->selector)->choices, i, choice, sizeof(choice));
		i++)
		if (key->allowed & 1u << i) {
			fprintf(out, "%s%s", between, choice);
			between = ", ";
		}
	fprintf(out, ")");
}

static void
table(FILE *out, const struct config_object *object)
{
	char allows[256];

	fprintf(out, "### %s\n\n| key | allowed | default | meaning |\n|---|---|---|---|\n",
		object->title);
	for (unsigned i = 0; i < object->n_keys; i++) {
		const struct config_key *key = &object->keys[i];

		fprintf(out, "| `%s`", key->name);
		owners(out, object, key);
		fprintf(out, " | ");
		config_key_allows(key, allows, sizeof(allows));
		cell(out, allows);
		fprintf(out, " | ");
		if (key->required != 0 && key->unless != NULL)
			fprintf(out, "**required** without `%s`", key->unless);
		else if (key->required != 0)
			fprintf(out, "**required**");
		else if (key->shown != NULL)
			fprintf(out, "%s", key->shown);
		else if (key->fallback != NULL)
			fprintf(out, "`%s`", key->fallback);
		fprintf(out, " | ");
		cell(out, key->help);
		fprintf(out, " |\n");
	}
	fprintf(out, "\n");
	for (unsigned i = 0; i < object->n_keys; i++)
		if (object->keys[i].object != NULL && object->keys[i].object->title != NULL)
			table(out, object->keys[i].object);
}

char *
config_doc_reference(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	table(out, &config_root);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

char *
config_doc_page(const char *page)
{
	const char *begin = strstr(page, CONFIG_DOC_BEGIN);
	const char *end = begin != NULL ? strstr(begin, CONFIG_DOC_END) : NULL;
	char *reference, *text = NULL;

	if (end == NULL)
		return NULL;
	begin += strlen(CONFIG_DOC_BEGIN);
	reference = config_doc_reference();
	if (reference != NULL &&
		asprintf(&text, "%.*s\n%s%s", (int)(begin - page), page, reference, end) < 0)
		text = NULL;
	free(reference);
	return text;
}
