// SPDX-License-Identifier: BSD-3-Clause
// Writes a file beside the old one, and renames it once it is on the disk.
#include "state_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int
next_name(const struct state_file *s, char next[STATE_FILE_PATH])
{
	return (size_t)snprintf(next, STATE_FILE_PATH, "%s.new", s->path) < STATE_FILE_PATH
		       ? 0
		       : -ENAMETOOLONG;
}

int
state_file_open(struct state_file *s, const char *path)
{
	char next[STATE_FILE_PATH];

	if (strlen(path) >= sizeof(s->path))
		return -ENAMETOOLONG;
	memcpy(s->path, path, strlen(path) + 1);
	if (next_name(s, next) < 0)
		return -ENAMETOOLONG;
	s->text = fopen(next, "we");
	return s->text != NULL ? 0 : -errno;
}

int
state_file_close(struct state_file *s)
{
	char next[STATE_FILE_PATH];
	int r = next_name(s, next);

	if (fflush(s->text) != 0 || fsync(fileno(s->text)) < 0)
		r = -errno;
	if (fclose(s->text) != 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(next, s->path) < 0)
		r = -errno;
	if (r < 0)
		unlink(next);
	return r;
}

int
state_file_read(const char *path, state_file_line take, void *ctx, char *err, size_t err_len)
{
	FILE *f = fopen(path, "re");
	char line[512], why[128];
	int r = 0;

	if (f == NULL && errno == ENOENT)
		return 0;
	if (f == NULL) {
		r = -errno;
		snprintf(err, err_len, "%s: %s", path, strerror(-r));
		return r;
	}
	for (unsigned number = 1; fgets(line, sizeof(line), f) != NULL; number++) {
		if (line[0] == '#' || line[0] == '\n' || take(ctx, line, why, sizeof(why)))
			continue;
		snprintf(err, err_len, "%s:%u: %s", path, number, why);
		r = -EINVAL;
	}
	if (ferror(f)) { // a folder
		r = -EIO;
		snprintf(err, err_len, "%s: cannot be read", path);
	}
	fclose(f);
	return r;
}
