// SPDX-License-Identifier: BSD-3-Clause
// Makes the EAL's arguments: the user's, and others where none of their kind was given.
#include "eal_args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "devargs.h"

struct build {
	const struct wb_config *c;
	const struct machine *m;
	struct eal_args *out;
	char *why;
	size_t why_len;
};

static void __attribute__((format(printf, 2, 3))) add(struct eal_args *a, const char *format, ...)
{
	va_list args;

	if (a->argc == EAL_ARGS_MAX)
		return;
	va_start(args, format);
	vsnprintf(a->text[a->argc], EAL_ARG_LEN, format, args);
	va_end(args);
	a->argv[a->argc] = a->text[a->argc];
	a->argc++;
	a->argv[a->argc] = NULL;
}

// Returns whether the user gave one of these options ("--lcores", "-l"). The value may follow a short option
// directly, and a long one after "=".
static bool
given(const struct eal_args *a, int n_user, const char *const *options)
{
	// the program, the log level, then the user's
	for (int i = 2; i < 2 + n_user; i++)
		for (unsigned o = 0; options[o] != NULL; o++) {
			size_t len = strlen(options[o]);
			const char *arg = a->argv[i];

			if (strncmp(arg, options[o], len) != 0)
				continue;
			if (options[o][1] != '-' || arg[len] == 0 || arg[len] == '=')
				return true;
		}
	return false;
}

static bool
is_cpu(const struct machine *m, unsigned id)
{
	for (unsigned i = 0; i < m->n_cpus; i++)
		if (m->cpus[i] == id)
			return true;
	return false;
}

static bool
is_worker(const struct eal_args *a, unsigned id)
{
	for (unsigned i = 0; i < a->n_workers; i++)
		if (a->workers[i] == id)
			return true;
	return false;
}

// Adds the lcores. A worker's has the number of its CPU. The control thread gets a CPU without a worker if there
// is one. Else it shares a CPU, and its lcore has a number that no CPU has.
static int
add_lcores(struct build *b)
{
	struct eal_args *a = b->out;
	const struct machine *m = b->m;
	unsigned cpu, id;
	char list[EAL_ARG_LEN];
	size_t n;

	if (b->c->n_workers == 0) {
		a->workers[0] = m->worker_cpu;
		a->n_workers = 1;
	}
	for (unsigned i = 0; i < b->c->n_workers; i++) {
		if (!is_cpu(m, b->c->workers[i])) {
			snprintf(b->why, b->why_len,
				"workers: %u is not a CPU that this process may use (%u to %u are)",
				b->c->workers[i], m->cpus[0], m->cpus[m->n_cpus - 1]);
			return -EINVAL;
		}
		a->workers[a->n_workers++] = b->c->workers[i];
	}
	id = cpu = m->cpus[0];
	for (unsigned i = 0; i < m->n_cpus; i++)
		if (!is_worker(a, m->cpus[i])) {
			id = cpu = m->cpus[i];
			break;
		}
	if (is_worker(a, cpu))
		for (id = 0; is_cpu(m, id); id++)
			;
	n = (size_t)snprintf(list, sizeof(list), "%u@%u", id, cpu);
	for (unsigned i = 0; i < a->n_workers && n < sizeof(list); i++)
		n += (size_t)snprintf(
			list + n, sizeof(list) - n, ",%u@%u", a->workers[i], a->workers[i]);
	add(a, "--lcores=%s", list);
	add(a, "--main-lcore=%u", id);
	return 0;
}

static void
add_memory(struct build *b, unsigned need)
{
	unsigned mib = b->c->memory_mib != 0 ? b->c->memory_mib : need;

	b->out->huge = b->m->free_huge_mib >= mib;
	if (!b->out->huge) {
		add(b->out, "--no-huge");
		add(b->out, "-m");
		add(b->out, "%u", mib);
	} else {
		// without files, so that even a kill -9 frees all pages
		add(b->out, "--in-memory");
	}
}

static unsigned
add_pci(struct build *b, bool given_pci)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->c->n_ports; i++) {
		if (!devargs_is_pci(b->c->ports[i].dev))
			continue;
		n++;
		if (!given_pci) {
			add(b->out, "-a");
			add(b->out, "%s", b->c->ports[i].dev);
		}
	}
	return n;
}

int
eal_args_build(const struct wb_config *c, const struct machine *m, unsigned memory_mib, int n_user,
	char *const *user, struct eal_args *out, char *why, size_t why_len)
{
	static const char *const lcores[] = { "-l", "-c", "-s", "-S", "--lcores", NULL };
	static const char *const prefix[] = { "--file-prefix", "--no-shconf", NULL };
	static const char *const memory[] = { "-m", "--socket-mem", "--no-huge", "--in-memory",
		"--huge-unlink", "--huge-dir", "--legacy-mem", "--single-file-segments", NULL };
	static const char *const pci[] = { "-a", "--allow", "-b", "--block", "--no-pci", NULL };
	static const char *const iova[] = { "--iova-mode", NULL };
	struct build b = { .c = c, .m = m, .out = out, .why = why, .why_len = why_len };
	int r;

	memset(out, 0, sizeof(*out));
	if (c->n_eal + (unsigned)n_user > EAL_ARGS_MAX / 2) {
		snprintf(why, why_len, "eal: too many arguments");
		return -EINVAL;
	}
	add(out, "wanbond");
	add(out, "--log-level=lib.*:4"); // errors; a later one of the user's wins
	for (unsigned i = 0; i < c->n_eal; i++)
		add(out, "%s", c->eal[i]);
	for (int i = 0; i < n_user; i++)
		add(out, "%s", user[i]);
	n_user += (int)c->n_eal;
	if (!given(out, n_user, lcores)) {
		r = add_lcores(&b);
		if (r < 0)
			return r;
	}
	if (!given(out, n_user, prefix))
		add(out, "--file-prefix=%s", c->name);
	if (given(out, n_user, memory))
		out->huge = true;
	else
		add_memory(&b, memory_mib);
	if (add_pci(&b, given(out, n_user, pci)) == 0) {
		if (!given(out, n_user, pci))
			add(out, "--no-pci");
		if (!given(out, n_user, iova))
			add(out, "--iova-mode=va");
	} else if (!out->huge && !given(out, n_user, iova)) {
		add(out,
			"--iova-mode=va"); // by an IOMMU: ordinary memory has no lasting physical address
	}
	return 0;
}
