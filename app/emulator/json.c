// SPDX-License-Identifier: BSD-3-Clause
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int
fail(struct reader *r, const char *at, const json_t *v, const char *allowed)
{
	char *text = v != NULL ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	if (text != NULL)
		snprintf(r->error, r->size, "%s: %s: %.60s is not allowed here: %s", r->file, at,
			text, allowed);
	else
		snprintf(r->error, r->size, "%s: %s: missing: %s", r->file, at, allowed);
	free(text);
	return -EINVAL;
}

void
join(char *at, size_t size, const char *parent, const char *key)
{
	snprintf(at, size, "%s%s%s", parent, parent[0] != '\0' ? "." : "", key);
}

static int
unknown_key(struct reader *r, const char *at, const struct key *keys)
{
	char names[400] = "";
	size_t used = 0;

	for (; keys->name != NULL && used < sizeof(names); keys++)
		used += snprintf(names + used, sizeof(names) - used, "%s%s", used > 0 ? ", " : "",
			keys->name);
	snprintf(r->error, r->size, "%s: %s: unknown key; known here: %s", r->file, at, names);
	return -EINVAL;
}

int
read_object(
	struct reader *r, const char *parent, const json_t *v, const struct key *keys, void *out)
{
	const char *name;
	json_t *member;

	if (!json_is_object(v))
		return fail(r, parent, v, "an object");
	json_object_foreach ((json_t *)v, name, member) {
		const struct key *k = keys;
		char at[EMU_TEXT];
		int rc;

		join(at, sizeof(at), parent, name);
		while (k->name != NULL && strcmp(k->name, name) != 0)
			k++;
		if (k->name == NULL)
			return unknown_key(r, at, keys);
		rc = k->read(r, at, member, out);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
read_text(struct reader *r, const char *at, const json_t *v, char *text, size_t size)
{
	const char *s = json_string_value(v);
	char allowed[64];

	snprintf(allowed, sizeof(allowed), "a text of 1 to %zu characters", size - 1);
	if (s == NULL || s[0] == '\0' || strlen(s) >= size)
		return fail(r, at, v, allowed);
	strcpy(text, s);
	return 0;
}

int
read_number(struct reader *r, const char *at, const json_t *v, const double range[2], double *out)
{
	char allowed[64];

	snprintf(allowed, sizeof(allowed), "a number from %g to %.10g", range[0], range[1]);
	if (!json_is_number(v) || json_number_value(v) < range[0] ||
		json_number_value(v) > range[1])
		return fail(r, at, v, allowed);
	*out = json_number_value(v);
	return 0;
}

int
read_name(struct reader *r, const char *at, const json_t *v, char name[EMU_NAME])
{
	const char *s = json_string_value(v);
	size_t n = s != NULL ? strlen(s) : 0;
	bool good = n > 0 && n < EMU_NAME && isalnum((unsigned char)s[0]);

	for (size_t i = 0; i < n; i++)
		good = good && (isalnum((unsigned char)s[i]) || s[i] == '_' || s[i] == '-');
	if (!good)
		return fail(r, at, v, "1 to 31 of the characters A-Z a-z 0-9 _ -");
	strcpy(name, s);
	return 0;
}
