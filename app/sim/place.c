// SPDX-License-Identifier: BSD-3-Clause
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "sim.h"

struct place
place_below(const struct place *p, const char *key)
{
	struct place below = *p;
	size_t n = strlen(p->path);

	snprintf(below.path + n, sizeof(below.path) - n, "%s%s", n > 0 ? "." : "", key);
	return below;
}

struct place
place_index(const struct place *p, const char *key, size_t index)
{
	char part[64];

	snprintf(part, sizeof(part), "%s.%zu", key, index);
	return place_below(p, part);
}

// The text is known to be JSON: the parser has read it.
static const char *
skip_string(const char *s)
{
	for (s++; *s != '"' && *s != '\0'; s++)
		if (*s == '\\' && s[1] != '\0')
			s++;
	return *s == '"' ? s + 1 : s;
}

static const char *
skip_space(const char *s)
{
	return s + strspn(s, " \t\r\n,:");
}

static const char *
skip_value(const char *s)
{
	unsigned depth = 0;

	for (s = skip_space(s); *s != '\0'; s++) {
		if (*s == '"') {
			s = skip_string(s) - 1;
		} else if (*s == '{' || *s == '[') {
			depth++;
			continue;
		} else if (*s == '}' || *s == ']') {
			depth--;
		} else if (depth > 0 ||
			   (s[1] != ',' && s[1] != '}' && s[1] != ']' && s[1] != '\n')) {
			continue;
		}
		if (depth == 0)
			return s + 1;
	}
	return s;
}

// The value of one key or index of the object or array at s; NULL: not there.
static const char *
find_part(const char *s, const char *part, size_t len)
{
	bool object = *s == '{';
	size_t index = strtoul(part, NULL, 10);

	if (*s != '{' && *s != '[')
		return NULL;
	for (s = skip_space(s + 1); *s != '\0' && *s != '}' && *s != ']'; s = skip_space(s)) {
		const char *name = s + 1;

		if (object) {
			s = skip_string(s);
			if ((size_t)(s - name) == len + 1 && strncmp(name, part, len) == 0)
				return skip_space(s);
		} else if (index-- == 0) {
			return s;
		}
		s = skip_value(s);
	}
	return NULL;
}

// Where the value of a path begins; what it is in if it is not there.
static const char *
find_path(const char *text, const char *path)
{
	const char *at = skip_space(text), *next = at;

	for (size_t n; next != NULL && *path != '\0'; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		next = find_part(at, path, n);
		at = next ? next : at;
	}
	return at;
}

unsigned
place_line(const char *text, const char *path)
{
	const char *at = find_path(text, path);
	unsigned line = 1;

	for (const char *s = text; s < at; s++)
		line += *s == '\n';
	return line;
}

void
place_fatal(const struct place *p, const char *key, const char *format, ...)
{
	struct place at = key ? place_below(p, key) : *p;
	char reason[1200];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	sim_fatal("%s:%u: %s%s%s", p->file, place_line(p->text, at.path), at.path,
		at.path[0] ? ": " : "", reason);
}

void
place_value_fatal(const struct place *p, const char *key, const char *format, ...)
{
	struct place at = key ? place_below(p, key) : *p;
	const char *value = find_path(p->text, at.path);
	size_t len = (size_t)(skip_value(value) - value), line = strcspn(value, "\r\n");
	char reason[256];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	len = len < line ? len : line;
	place_fatal(&at, NULL, "%s, not %.*s%s", reason, len < 40 ? (int)len : 40, value,
		len < 40 ? "" : "...");
}
