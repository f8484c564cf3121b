// SPDX-License-Identifier: BSD-3-Clause
// Lists the keys in which the texts of two configurations differ.
#include <stdio.h>
#include <string.h>

#include "locate.h"
#include "wb_config.h"

struct diff {
	struct config_where where;
	char *text;
	size_t len, used;
	unsigned hidden; // that did not fit
};

static void
tell(struct diff *d)
{
	char where[256];
	size_t n;

	config_where_text(&d->where, where, sizeof(where));
	wb_config_hide_keys(where);
	n = strlen(where) + (d->used > 0 ? 2 : 0);
	if (d->hidden > 0 || d->used + n + sizeof(", and 4294967295 more") > d->len) {
		d->hidden++;
		return;
	}
	d->used += (size_t)snprintf(
		d->text + d->used, d->len - d->used, "%s%s", d->used > 0 ? ", " : "", where);
}

static void compare(struct diff *d, const json_t *a, const json_t *b);

static void
step(struct diff *d, const char *key, unsigned index, const json_t *a, const json_t *b)
{
	if (d->where.depth == CONFIG_DEPTH)
		return; // deeper than any key
	d->where.steps[d->where.depth++] = (struct config_step){ key, index };
	compare(d, a, b);
	d->where.depth--;
}

// Compares two values. a, b: NULL if one configuration has no such value.
static void
compare(struct diff *d, const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	if (json_is_object(a) && json_is_object(b)) {
		json_object_foreach ((json_t *)a, key, value)
			step(d, key, 0, value, json_object_get(b, key));
		json_object_foreach ((json_t *)b, key, value)
			if (json_object_get(a, key) == NULL)
				step(d, key, 0, NULL, value);
	} else if (json_is_array(a) && json_is_array(b) &&
		   json_array_size(a) == json_array_size(b)) {
		for (size_t i = 0; i < json_array_size(a); i++)
			step(d, NULL, (unsigned)i, json_array_get(a, i), json_array_get(b, i));
	} else if (!json_equal(a, b)) {
		const char *name =
			d->where.depth > 0 ? d->where.steps[d->where.depth - 1].key : NULL;

		// for people and editors
		if (name == NULL || (strcmp(name, "comment") != 0 && strcmp(name, "$schema") != 0))
			tell(d);
	}
}

void
wb_config_diff(const struct wb_config *a, const struct wb_config *b, char *text, size_t len)
{
	struct diff d = { .text = text, .len = len };
	json_t *ja = json_loads(a->text, 0, NULL), *jb = json_loads(b->text, 0, NULL);

	text[0] = 0;
	compare(&d, ja, jb);
	if (d.hidden > 0)
		snprintf(text + d.used, len - d.used, "%s%u more", d.used > 0 ? ", and " : "",
			d.hidden);
	json_decref(ja);
	json_decref(jb);
}
