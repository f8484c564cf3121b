// SPDX-License-Identifier: BSD-3-Clause
// Checks what a configuration names on this machine: key files and, by interfaces.c, interfaces.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interfaces.h"
#include "reader.h"
#include "wb_config.h"

#define FILE_TEXT 128 // a key is 44 characters

// Returns what is wrong with a key file's content, or NULL.
static const char *
content_fault(int fd)
{
	char text[FILE_TEXT];
	static const uint8_t zero[32];
	uint8_t key[32];
	const char *fault = NULL;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	size_t start;

	if (n < 0) {
		fault = strerror(errno);
	} else {
		text[n] = '\0';
		while (n > 0 && strchr(" \t\r\n", text[n - 1]))
			text[--n] = '\0';
		start = strspn(text, " \t\r\n");
		if (text[start] == '\0')
			fault = "is empty";
		else if (!config_key_parse(text + start, key))
			fault = "does not hold a key";
		else if (memcmp(key, zero, sizeof(zero)) == 0)
			fault = "holds a key of zeroes";
	}
	explicit_bzero(text, sizeof(text));
	explicit_bzero(key, sizeof(key));
	return fault;
}

static void
refuse_file(struct config_reader *r, const char *path, const char *maker, int error)
{
	if (error == ENOENT)
		config_error(r, "\"%s\": %s; make it with `umask 077; wanbond %s > FILE`", path,
			strerror(error), maker);
	else
		config_error(r, "\"%s\": %s%s", path, strerror(error),
			error == EACCES ? " (wanbond runs as root)" : "");
}

static void
check_key_file(struct config_reader *r, const char *path, const char *maker)
{
	const char *fault = NULL;
	struct stat st;
	int fd;

	if (path[0] == '\0')
		return;
	// O_NONBLOCK, so that a FIFO in the place of a key does not block the check.
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		refuse_file(r, path, maker, errno);
		if (fd >= 0)
			close(fd);
		return;
	}
	if (!S_ISREG(st.st_mode))
		config_error(r, "\"%s\" is not a regular file", path);
	else if ((st.st_mode & 077) != 0 || (st.st_mode & 0111) != 0)
		config_error(r, "\"%s\" has mode %04o; allowed: 0600, 0400 (chmod 600 it)", path,
			(unsigned)st.st_mode & 07777);
	else
		fault = content_fault(fd);
	if (fault != NULL)
		config_error(r, "\"%s\" %s; allowed: what `wanbond %s` prints", path, fault, maker);
	close(fd);
}

static void
check_files(struct config_reader *r, const struct wb_config *c)
{
	config_enter_key(r, "private_key_file");
	check_key_file(r, c->private_key_file, "genkey");
	config_leave(r);
	if (c->role == WB_CONFIG_EDGE) {
		config_enter_key(r, "hub");
		config_enter_key(r, "psk_file");
		check_key_file(r, c->hub.psk_file, "genpsk");
		r->where.depth = 0;
	}
	for (unsigned i = 0; i < c->n_edges; i++) {
		config_enter_key(r, "edges");
		config_enter_index(r, i);
		config_enter_key(r, "psk_file");
		check_key_file(r, c->edges[i].psk_file, "genpsk");
		r->where.depth = 0;
	}
}

int
wb_config_check_files(const struct wb_config *c, char *err, size_t err_len)
{
	struct config_reader r;
	json_t *root;

	config_reader_init(&r, c->file, err, err_len);
	r.text = c->text;
	r.len = strlen(c->text);
	root = json_loadb(r.text, r.len, 0, NULL); // for the lines; it has been read before
	r.root = root;
	check_files(&r, c);
	config_check_interfaces(&r, c);
	config_reader_finish(&r);
	json_decref(root);
	return r.errors > 0 ? -EINVAL : 0;
}
