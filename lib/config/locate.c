// SPDX-License-Identifier: BSD-3-Clause
// Finds the line of a value by scanning the text again, when there is an error to report. jansson has accepted the
// text, so no grammar is checked; but nothing past the end is read.
#include "locate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct scanner {
	const char *at, *end;
	unsigned line;
};

static void
skip_space(struct scanner *s)
{
	for (; s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at != '\0'; s->at++)
		s->line += *s->at == '\n';
}

static bool
take(struct scanner *s, char c)
{
	skip_space(s);
	if (s->at >= s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static void
skip_string(struct scanner *s)
{
	while (s->at < s->end && *s->at != '"')
		s->at += *s->at == '\\' ? 2 : 1;
	s->at = s->at < s->end ? s->at + 1 : s->end;
}

// Skips a value of any kind. Brackets are counted, so that deep nesting needs no stack.
static void
skip_value(struct scanner *s)
{
	unsigned depth = 0;

	do {
		skip_space(s);
		if (s->at >= s->end)
			return;
		char c = *s->at++;
		if (c == '"')
			skip_string(s);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
		else if (c != ',' && c != ':')
			while (s->at < s->end && !strchr(",:]} \t\r\n", *s->at))
				s->at++;
	} while (depth > 0);
}

// Goes to the n-th member's value of the object, or element of the array, that starts here.
static bool
enter(struct scanner *s, char open, unsigned n)
{
	if (!take(s, open))
		return false;
	for (unsigned i = 0;; i++) {
		if (open == '{') {
			if (!take(s, '"'))
				return false;
			skip_string(s);
			if (!take(s, ':'))
				return false;
		}
		skip_space(s);
		if (i == n)
			return true;
		skip_value(s);
		if (!take(s, ','))
			return false;
	}
}

// Finds the position of a member. jansson keeps the order of the text and refuses duplicates, so keys need not be
// decoded.
static bool
member_position(const json_t *object, const char *key, unsigned *position)
{
	const char *name;
	json_t *value;
	unsigned i = 0;

	json_object_foreach ((json_t *)object, name, value) {
		if (strcmp(name, key) == 0) {
			*position = i;
			return true;
		}
		i++;
	}
	return false;
}

unsigned
config_locate(const char *text, size_t len, const json_t *root, const struct config_where *where)
{
	struct scanner s = { text, text + len, 1 };
	const json_t *value = root;

	skip_space(&s);
	for (unsigned i = 0; i < where->depth; i++) {
		const struct config_step *step = &where->steps[i];
		unsigned position = step->index;
		bool object = step->key != NULL;

		if (object && !member_position(value, step->key, &position))
			break;
		if (!object && position >= json_array_size(value))
			break;
		if (!enter(&s, object ? '{' : '[', position))
			break;
		value = object ? json_object_get(value, step->key)
			       : json_array_get(value, position);
	}
	return s.line;
}

void
config_where_text(const struct config_where *where, char *text, size_t len)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < where->depth && used < len; i++) {
		const struct config_step *step = &where->steps[i];

		if (step->key == NULL)
			used += snprintf(text + used, len - used, "[%u]", step->index);
		else
			used += snprintf(
				text + used, len - used, "%s%s", used > 0 ? "." : "", step->key);
	}
}
