// SPDX-License-Identifier: BSD-3-Clause
// Loads a scheduler from an object file, verifies it, and compiles it where librte_bpf can.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_bpf.h>
#include <rte_errno.h>

#include "object.h"
#include "verdict.h"
#include "wb_bpf.h"

struct wb_bpf_scheduler {
	struct rte_bpf *bpf;
	struct rte_bpf_jit jit; // func NULL: not compiled
	struct wb_sched_program program;
};

static uint64_t
call_least(uint64_t c, uint64_t paths, uint64_t by, uint64_t unused4, uint64_t unused5)
{
	(void)unused4;
	(void)unused5;
	return wb_sched_least((const struct wb_sched_bpf *)(uintptr_t)c, paths, by);
}

static uint64_t
call_value(uint64_t c, uint64_t paths, uint64_t by, uint64_t unused4, uint64_t unused5)
{
	(void)unused4;
	(void)unused5;
	return wb_sched_value((const struct wb_sched_bpf *)(uintptr_t)c, paths, by);
}

#define CONTEXT                                                                                    \
	{                                                                                          \
		.type = RTE_BPF_ARG_PTR, .size = sizeof(struct wb_sched_bpf)                       \
	}
#define NUMBER                                                                                     \
	{                                                                                          \
		.type = RTE_BPF_ARG_RAW, .size = sizeof(uint64_t)                                  \
	}
#define FUNCTION(text, function)                                                                   \
	{                                                                                          \
		.name = text, .type = RTE_BPF_XTYPE_FUNC,                                          \
		.func = {                                                                          \
			.val = function,                                                           \
			.nb_args = 3,                                                              \
			.args = { CONTEXT, NUMBER, NUMBER },                                       \
			.ret = NUMBER,                                                             \
		},                                                                                 \
	}

static const struct rte_bpf_xsym functions[] = {
	FUNCTION("wb_least", call_least),
	FUNCTION("wb_value", call_value),
};
#define N_FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

static uint64_t
run_compiled(const void *arg, struct wb_sched_bpf *c)
{
	const struct wb_bpf_scheduler *s = arg;

	return s->jit.func(c);
}

static uint64_t
run_interpreted(const void *arg, struct wb_sched_bpf *c)
{
	const struct wb_bpf_scheduler *s = arg;

	return rte_bpf_exec(s->bpf, c);
}

// Opens a regular file only, as a FIFO or a terminal would block the control thread. NULL: errno says why; 0: it is no
// regular file.
static FILE *
open_file(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;
	struct stat st;
	FILE *f;

	if (fd < 0)
		return NULL;
	errno = 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (f = fdopen(fd, "r")) != NULL)
		return f;
	err = errno != 0 ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;
	close(fd);
	errno = err;
	return NULL;
}

// Returns the whole file, malloc'ed. NULL: why says the reason.
static uint8_t *
read_file(const char *file, size_t *len, char *why, size_t why_len)
{
	FILE *f = open_file(file);
	uint8_t *data = f != NULL ? malloc(OBJECT_BYTES_MAX + 1) : NULL;

	if (data == NULL) {
		snprintf(why, why_len, "%s", errno != 0 ? strerror(errno) : "is no regular file");
	} else {
		*len = fread(data, 1, OBJECT_BYTES_MAX + 1, f);
		if (ferror(f) || *len == 0 || *len > OBJECT_BYTES_MAX) {
			snprintf(why, why_len, "%s",
				ferror(f)   ? strerror(errno)
				: *len == 0 ? "is empty"
					    : "is no program: larger than a MiB");
			free(data);
			data = NULL;
		}
	}
	if (f != NULL)
		fclose(f);
	return data;
}

static int
verify(struct wb_bpf_scheduler *s, const struct object *o, char *why, size_t why_len)
{
	struct rte_bpf_prm prm = {
		.ins = o->ins,
		.nb_ins = o->n,
		.xsym = functions,
		.nb_xsym = N_FUNCTIONS,
		.prog_arg = CONTEXT,
	};
	struct verdict v;

	verdict_begin(&v);
	s->bpf = rte_bpf_load(&prm);
	verdict_end(&v);
	if (s->bpf == NULL) {
		snprintf(why, why_len, "section \"%s\": the verifier refuses it: %s",
			WB_SCHED_SECTION, v.text[0] != 0 ? v.text : rte_strerror(rte_errno));
		return -EINVAL;
	}
	if (rte_bpf_get_jit(s->bpf, &s->jit) < 0)
		s->jit.func = NULL;
	return 0;
}

static int
read_program(const char *file, struct object *o, char *why, size_t why_len)
{
	const char *names[N_FUNCTIONS];
	uint64_t work = 0;
	size_t len;
	uint8_t *data = read_file(file, &len, why, why_len);
	int err;

	if (data == NULL)
		return -EINVAL;
	for (unsigned i = 0; i < N_FUNCTIONS; i++)
		names[i] = functions[i].name;
	err = object_read(data, len, WB_SCHED_SECTION, names, N_FUNCTIONS, o, why, why_len);
	free(data);
	if (err == 0)
		err = object_work(o, &work, why, why_len);
	if (err == 0 && work > OBJECT_WORK_MAX) {
		snprintf(why, why_len,
			"section \"%s\": too many ways through it: %.3g instructions on all of "
			"them, "
			"allowed are %d (each branch after another doubles them: use the sets and "
			"wb_least())",
			WB_SCHED_SECTION, (double)work, OBJECT_WORK_MAX);
		err = -E2BIG;
	}
	return err;
}

static void
set_name(struct wb_sched_program *p, const char *file)
{
	static const char *const ends[] = { ".o", ".bpf" };
	const char *slash = strrchr(file, '/');
	size_t n;

	snprintf(p->name, sizeof(p->name), "%.*s", (int)sizeof(p->name) - 1,
		slash != NULL ? slash + 1 : file);
	for (unsigned i = 0; i < 2; i++) {
		n = strlen(p->name);
		if (n > strlen(ends[i]) && strcmp(p->name + n - strlen(ends[i]), ends[i]) == 0)
			p->name[n - strlen(ends[i])] = 0;
	}
}

struct wb_bpf_scheduler *
wb_bpf_scheduler_load(const char *file, char *err, size_t err_len)
{
	struct wb_bpf_scheduler *s = calloc(1, sizeof(*s));
	struct object o = { 0 };
	char why[384] = "no memory";

	if (s != NULL && read_program(file, &o, why, sizeof(why)) == 0 &&
		verify(s, &o, why, sizeof(why)) == 0) {
		free(o.ins);
		set_name(&s->program, file);
		s->program.run = s->jit.func != NULL ? run_compiled : run_interpreted;
		s->program.arg = s;
		return s;
	}
	snprintf(err, err_len, "%s: %s%s", file,
		strncmp(why, "instruction ", 12) == 0 ? "section \"" WB_SCHED_SECTION "\": " : "",
		why);
	free(o.ins);
	free(s);
	return NULL;
}

void
wb_bpf_scheduler_free(struct wb_bpf_scheduler *s)
{
	if (s == NULL)
		return;
	rte_bpf_destroy(s->bpf);
	free(s);
}

const struct wb_sched_program *
wb_bpf_scheduler_program(const struct wb_bpf_scheduler *s)
{
	return &s->program;
}

bool
wb_bpf_scheduler_is_compiled(const struct wb_bpf_scheduler *s)
{
	return s->jit.func != NULL;
}
