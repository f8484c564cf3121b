// SPDX-License-Identifier: BSD-3-Clause
// Sets the scheduler of the tunnels: one of lib/bond by its name, or a program from an object file.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "tunnel_call.h"
#include "tunnels.h"
#include "wb_bpf.h"

#define OBJECT_END ".bpf.o"

bool
scheduler_is_file(const char *name)
{
	size_t n = strlen(name);

	return strchr(name, '/') != NULL || (n > 2 && strcmp(name + n - 2, ".o") == 0);
}

static bool
is_known(const char *name)
{
	for (unsigned i = 0; wb_scheduler_name(i) != NULL; i++)
		if (strcmp(wb_scheduler_name(i), name) == 0)
			return true;
	return false;
}

// Finds the file of that name, else one of the examples that are installed with wanbond.
static void
find_file(const char *name, char *path, size_t len)
{
	size_t n = strlen(name), end = strlen(OBJECT_END);
	char base[WB_NAME_MAX];

	snprintf(path, len, "%s", name);
	if (strchr(name, '/') != NULL || access(name, R_OK) == 0 || n <= end ||
		n - end >= sizeof(base) || strcmp(name + n - end, OBJECT_END) != 0)
		return;
	snprintf(base, sizeof(base), "%.*s", (int)(n - end), name);
	if (filter_path(base, path, len) < 0)
		snprintf(path, len, "%s", name);
}

static void
tell_names(const char *name, char *err, size_t err_len)
{
	size_t n = (size_t)snprintf(err, err_len, "no scheduler \"%s\"; there are:", name);

	for (unsigned i = 0; wb_scheduler_name(i) != NULL && n < err_len; i++)
		n += (size_t)snprintf(err + n, err_len - n, " %s", wb_scheduler_name(i));
	if (n < err_len)
		snprintf(err + n, err_len - n, ", or a file FILE" OBJECT_END);
}

int
scheduler_set(struct tunnels *t, const char *name, char *err, size_t err_len)
{
	const struct wb_sched_program *program = NULL;
	struct wb_bpf_scheduler *loaded = NULL;
	char path[PATH_MAX];

	if (scheduler_is_file(name)) {
		find_file(name, path, sizeof(path));
		loaded = wb_bpf_scheduler_load(path, err, err_len);
		if (loaded == NULL)
			return -EINVAL;
		program = wb_bpf_scheduler_program(loaded);
	} else if (!is_known(name)) {
		tell_names(name, err, err_len);
		return -ENOENT;
	}
	// Each tunnel's worker changes over between two walks. After the last one nobody runs the old
	// program any more.
	for (unsigned i = 0; i < t->n; i++)
		tunnel_call_set_scheduler(t->dp, i, name, program);
	wb_bpf_scheduler_free(t->program);
	t->program = loaded;
	return 0;
}
