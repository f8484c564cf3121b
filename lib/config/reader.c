// SPDX-License-Identifier: BSD-3-Clause
// Writes the list of complaints, with their places in the file.
#include "reader.h"
#include "wb_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FINISH_LEN 40 // kept free for the last line

void
config_reader_init(struct config_reader *r, const char *name, char *err, size_t err_len)
{
	*r = (struct config_reader){ .name = name, .err = err, .err_len = err_len };
	if (err_len > 0)
		err[0] = '\0';
}

// Adds a line, only as a whole: what does not fit is counted.
static void
append(struct config_reader *r, const char *line)
{
	size_t len = strlen(line);

	if (r->err_used + len + 1 + FINISH_LEN > r->err_len) {
		// A buffer for one line only still gets the start of the first.
		if (r->err_used == 0 && r->err_len > 0)
			r->err_used = snprintf(r->err, r->err_len, "%.*s",
				(int)(r->err_len > FINISH_LEN ? r->err_len - FINISH_LEN : 0), line);
		else
			r->hidden++;
		return;
	}
	if (r->err_used > 0)
		r->err[r->err_used++] = '\n';
	memcpy(r->err + r->err_used, line, len + 1);
	r->err_used += len;
}

static void
complain(struct config_reader *r, const char *kind, const char *format, va_list args)
{
	char where[256], message[768], line[1280];

	// What comes after a line that had no room has none either: so the text is searched for lines that
	// are shown only.
	if (r->hidden > 0) {
		r->hidden++;
		return;
	}
	r->located++;
	config_where_text(&r->where, where, sizeof(where));
	vsnprintf(message, sizeof(message), format, args);
	wb_config_hide_keys(where);
	wb_config_hide_keys(message);
	snprintf(line, sizeof(line), "%s:%u: %s%s%s%s", r->name,
		r->root == NULL ? 1 : config_locate(r->text, r->len, r->root, &r->where), where,
		where[0] != '\0' ? ": " : "", kind, message);
	// Keys and paths come from the file: nothing in them may move the terminal's cursor.
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	append(r, line);
}

void
config_error(struct config_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(r, "", format, args);
	va_end(args);
	r->errors++;
}

void
config_warn(struct config_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(r, "warning: ", format, args);
	va_end(args);
}

void
config_error_at(struct config_reader *r, unsigned line, const char *message)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s:%u: %s", r->name, line, message);
	append(r, text);
	r->errors++;
}

void
config_reader_finish(struct config_reader *r)
{
	if (r->hidden > 0 && r->err_len > r->err_used)
		snprintf(r->err + r->err_used, r->err_len - r->err_used, "\n... and %u more",
			r->hidden);
}

void
config_enter_key(struct config_reader *r, const char *key)
{
	if (r->where.depth < CONFIG_DEPTH)
		r->where.steps[r->where.depth] = (struct config_step){ key, 0 };
	r->where.depth++;
}

void
config_enter_index(struct config_reader *r, unsigned index)
{
	if (r->where.depth < CONFIG_DEPTH)
		r->where.steps[r->where.depth] = (struct config_step){ NULL, index };
	r->where.depth++;
}

void
config_leave(struct config_reader *r)
{
	r->where.depth--;
}
