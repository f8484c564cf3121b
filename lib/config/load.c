// SPDX-License-Identifier: BSD-3-Clause
// Reads a configuration file into a struct wb_config: JSON, then rows, then checks.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "wb_config.h"

#define FILE_MAX (4u << 20) // 10,000 networks are 0.4 MiB

// Presets what check.c takes for values that could not be read.
static void
preset(struct wb_config *c)
{
	c->role = -1;
	for (unsigned i = 0; i < WB_CONFIG_PORTS; i++)
		c->ports[i].use = -1;
	for (unsigned i = 0; i < WB_CONFIG_WORKERS; i++)
		c->workers[i] = UINT_MAX;
}

static struct wb_config *
read_root(struct config_reader *r)
{
	struct wb_config *c = calloc(1, sizeof(*c));

	if (c != NULL) {
		c->file = strdup(r->name);
		c->text = strndup(r->text, r->len);
	}
	if (c == NULL || c->file == NULL || c->text == NULL) {
		config_error(r, "out of memory");
		wb_config_free(c);
		return NULL;
	}
	preset(c);
	config_read_object(r, &config_root, c, r->root);
	config_check_whole(r, c);
	if (r->errors > 0) {
		wb_config_free(c);
		return NULL;
	}
	return c;
}

static struct wb_config *
parse(struct config_reader *r, const char *text, size_t len, const char *dir)
{
	struct wb_config *c = NULL;
	json_error_t error;
	json_t *root;
	char message[JSON_ERROR_TEXT_LENGTH + 64];

	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL) {
		snprintf(message, sizeof(message), "not valid JSON (column %d): %s", error.column,
			error.text);
		config_error_at(r, error.line > 0 ? error.line : 1, message);
	} else {
		r->text = text;
		r->len = len;
		r->dir = dir;
		r->root = root;
		if (json_is_object(root))
			c = read_root(r);
		else
			config_error(r, "not an object {...}");
		json_decref(root);
	}
	config_reader_finish(r);
	return c;
}

struct wb_config *
wb_config_parse(const char *text, const char *name, const char *dir, char *err, size_t err_len)
{
	struct config_reader r;

	config_reader_init(&r, name, err, err_len);
	return parse(&r, text, strlen(text), dir);
}

// Returns the whole file, malloc'ed. NULL: errno says why.
static char *
read_file(const char *file, size_t *len)
{
	FILE *f = fopen(file, "re");
	char *text;
	int saved;

	if (f == NULL)
		return NULL;
	text = malloc(FILE_MAX + 1);
	if (text != NULL) {
		*len = fread(text, 1, FILE_MAX + 1, f);
		if (ferror(f) || *len > FILE_MAX) {
			saved = ferror(f) ? errno : EFBIG;
			free(text);
			text = NULL;
			errno = saved;
		}
	}
	saved = errno;
	fclose(f);
	errno = saved;
	return text;
}

struct wb_config *
wb_config_load(const char *file, char *err, size_t err_len)
{
	char dir[PATH_MAX], *absolute, *text, *slash;
	struct config_reader r;
	struct wb_config *c;
	size_t len;

	config_reader_init(&r, file, err, err_len);
	absolute = realpath(file, NULL);
	text = absolute != NULL ? read_file(absolute, &len) : NULL;
	if (text == NULL) {
		snprintf(err, err_len, "%s: %s", file, strerror(errno));
		wb_config_hide_keys(err); // a key in the place of a file's name
		free(absolute);
		return NULL;
	}
	slash = strrchr(absolute, '/');
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - absolute + 1), absolute);
	free(absolute);
	c = parse(&r, text, len, dir);
	free(text);
	return c;
}

void
wb_config_free(struct wb_config *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < WB_CONFIG_EAL; i++)
		free(c->eal[i]);
	for (unsigned i = 0; i < WB_CONFIG_EDGES; i++)
		free(c->edges[i].networks);
	free(c->file);
	free(c->text);
	free(c);
}
