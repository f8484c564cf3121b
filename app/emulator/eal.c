// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#include "eal.h"

#define MAX_ARGS (EMU_EAL + 16)

struct args {
	int n;
	char *v[MAX_ARGS + 1];
};

static void
arg(struct args *a, const char *text)
{
	if (a->n < MAX_ARGS)
		a->v[a->n++] = strdup(text);
}

static bool
has(const struct args *a, const char *option)
{
	size_t n = strlen(option);

	for (int i = 0; i < a->n; i++) {
		if (strncmp(a->v[i], option, n) == 0 &&
			(a->v[i][n] == '\0' || a->v[i][n] == '=' || option[1] != '-'))
			return true;
	}
	return false;
}

static unsigned
hugepages(const char *which)
{
	char path[96];
	unsigned n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-2048kB/%s", which);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%u", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

// Those that another process was promised and has not touched yet count as free.
static unsigned
free_hugepages_mb(void)
{
	unsigned n = hugepages("free_hugepages"), promised = hugepages("resv_hugepages");

	return n > promised ? 2 * (n - promised) : 0;
}

// The first two CPUs that this process may use, an lcore each.
static void
lcores(struct args *a)
{
	char text[64] = "--lcores=";
	size_t used = strlen(text);
	unsigned n = 0;
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return;
	for (unsigned i = 0; i < CPU_SETSIZE && n < 2; i++) {
		if (CPU_ISSET(i, &cpus)) {
			used += snprintf(text + used, sizeof(text) - used, "%s%u@%u",
				n > 0 ? "," : "", n, i);
			n++;
		}
	}
	arg(a, text);
}

static void
defaults(struct args *a, const char *name, unsigned memory_mb)
{
	char text[64];

	if (!has(a, "--file-prefix")) {
		snprintf(text, sizeof(text), "--file-prefix=%s", name);
		arg(a, text);
	}
	if (!has(a, "--in-memory") && !has(a, "--no-huge") && !has(a, "--huge-dir") &&
		!has(a, "--legacy-mem")) {
		// Either way no files that could be left behind.
		if (free_hugepages_mb() >= memory_mb) {
			arg(a, "--in-memory");
		} else {
			arg(a, "--no-huge");
			arg(a, "--no-shconf");
		}
	}
	if (has(a, "--no-huge") && !has(a, "-m")) {
		snprintf(text, sizeof(text), "-m%u", memory_mb);
		arg(a, text);
	}
	if (!has(a, "-l") && !has(a, "-c") && !has(a, "--lcores"))
		lcores(a);
	if (!has(a, "--no-pci") && !has(a, "-a") && !has(a, "--allow"))
		arg(a, "--no-pci");
	if (!has(a, "--log-level"))
		arg(a, "--log-level=*:warning");
}

// Two of the same name would answer each other's questions. The lock goes with the process.
static int
lock_name(void)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/wanbond-emu.lock", rte_eal_get_runtime_dir());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -EBUSY : 0;
}

int
eal_start(const struct emu_conf *c, int n_user, char *const *user, unsigned memory_mb)
{
	struct args a = { 0 };
	char *argv[MAX_ARGS + 1];
	int rc;

	arg(&a, "wanbond-emu");
	for (int i = 0; i < n_user; i++)
		arg(&a, user[i]);
	for (unsigned i = 0; n_user == 0 && i < c->n_eal; i++)
		arg(&a, c->eal[i]);
	defaults(&a, c->name, memory_mb);
	memcpy(argv, a.v, sizeof(argv)); // rte_eal_init changes the order
	rte_openlog_stream(stderr);      // the EAL's own stream is syslog's too
	rc = rte_eal_init(a.n, argv) < 0 ? -rte_errno : 0;
	for (int i = 0; i < a.n; i++)
		free(a.v[i]);
	if (rc < 0) {
		fprintf(stderr, "wanbond-emu: DPDK does not start: %s\n", rte_strerror(-rc));
		return rc;
	}
	rc = lock_name();
	if (rc < 0)
		fprintf(stderr, "wanbond-emu: %s: %s\n", c->name,
			rc == -EBUSY ? "another emulator of this name runs" : strerror(-rc));
	return rc;
}

void
eal_stop(void)
{
	char dir[PATH_MAX], path[PATH_MAX + 32];

	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	snprintf(path, sizeof(path), "%s/dpdk_telemetry.v2", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/wanbond-emu.lock", dir);
	unlink(path);
	rmdir(dir);
}
