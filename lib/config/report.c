// SPDX-License-Identifier: BSD-3-Clause
// Lets others complain about a configuration that has been read, with its lines.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "wb_config.h"

struct wb_config_report {
	struct config_reader reader;
	json_t *root;
};

struct wb_config_report *
wb_config_report_open(const struct wb_config *c, char *err, size_t err_len)
{
	struct wb_config_report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	config_reader_init(&r->reader, c->file, err, err_len);
	r->reader.text = c->text;
	r->reader.len = strlen(c->text);
	r->root = json_loadb(r->reader.text, r->reader.len, 0, NULL); // for the lines
	r->reader.root = r->root;
	return r;
}

void
wb_config_complain(struct wb_config_report *r, enum wb_config_grade grade, const char *list,
	int index, const char *key, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	config_enter_key(&r->reader, list);
	if (index >= 0)
		config_enter_index(&r->reader, (unsigned)index);
	if (key != NULL)
		config_enter_key(&r->reader, key);
	if (grade == WB_CONFIG_ERROR)
		config_error(&r->reader, "%s", message);
	else
		config_warn(&r->reader, "%s", message);
	r->reader.where.depth = 0;
}

unsigned
wb_config_report_close(struct wb_config_report *r)
{
	unsigned errors = r->reader.errors;

	config_reader_finish(&r->reader);
	json_decref(r->root);
	free(r);
	return errors;
}
