// SPDX-License-Identifier: BSD-3-Clause
// wanbond-emu: joins pairs of ports through emulated links. See docs/emulator.md.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_launch.h>
#include <rte_lcore.h>

#include "check.h"
#include "control.h"
#include "eal.h"
#include "loop.h"
#include "pool.h"

// Static: the signal handler and telemetry's threads may look at it to the very end.
static struct loop the_loop;

static void
on_signal(int number)
{
	(void)number;
	atomic_store(&the_loop.stop, true);
}

static int
usage(FILE *to, int rc)
{
	fprintf(to, "wanbond-emu [EAL options --] -c FILE [--check]\n"
		    "  -c FILE   configuration (JSON, docs/emulator.md)\n"
		    "  --check   only look whether the configuration is right\n"
		    "  -V        version\n"
		    "EAL options may also be in the file: \"eal\": [...]\n");
	return rc;
}

struct options {
	const char *file;
	bool check;
	int n_eal; // argv[1] and the following
};

// 0: go on; 1: done; -EINVAL.
static int
read_options(struct options *o, int argc, char **argv)
{
	int first = 1;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			o->n_eal = i - 1;
			first = i + 1;
			break;
		}
	}
	for (int i = first; i < argc; i++) {
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
			return usage(stdout, 1);
		if (strcmp(argv[i], "-V") == 0)
			return printf("wanbond-emu %s\n", WB_VERSION) > 0;
		if (strcmp(argv[i], "--check") == 0)
			o->check = true;
		else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
			o->file = argv[++i];
		else
			return usage(stderr, -EINVAL);
	}
	return o->file != NULL ? 0 : usage(stderr, -EINVAL);
}

// An ordinary sleep overruns by milliseconds when other processes are busy.
static void
be_punctual(const char *name)
{
	struct sched_param p = { .sched_priority = 50 };
	int rc = pthread_setschedparam(pthread_self(), SCHED_FIFO, &p);

	if (rc != 0)
		fprintf(stderr, "wanbond-emu: %s: no real-time scheduling: %s\n", name,
			strerror(rc));
}

static int
second_thread(void *arg)
{
	be_punctual(arg);
	loop_run(&the_loop, 1, 2);
	return 0;
}

static int
run(const struct emu_conf *c)
{
	struct loop *l = &the_loop;
	unsigned second = rte_get_next_lcore(-1, 1, 0);
	bool two = second < RTE_MAX_LCORE;
	char *name = (char *)(uintptr_t)c->name;
	int rc = loop_open(l, c);

	if (rc == 0)
		rc = control_register(l);
	if (rc == 0) {
		printf("wanbond-emu: %s: ready, %u links, questions to %s/dpdk_telemetry.v2\n",
			c->name, l->n_links, rte_eal_get_runtime_dir());
		fflush(stdout);
		if (two)
			rte_eal_remote_launch(second_thread, name, second);
		be_punctual(name);
		loop_run(l, 0, two ? 2 : 1);
		rte_eal_mp_wait_lcore();
	}
	loop_close(l);
	return rc;
}

int
main(int argc, char **argv)
{
	static struct emu_conf conf;
	struct sigaction action = { .sa_handler = on_signal };
	struct options o = { 0 };
	char error[1024];
	int rc = read_options(&o, argc, argv);

	if (rc != 0)
		return rc > 0 ? EXIT_SUCCESS : 2;
	if (config_load(&conf, o.file, error, sizeof(error)) < 0) {
		fprintf(stderr, "wanbond-emu: %s\n", error);
		return 2;
	}
	if (o.check)
		return check_traces(&conf, o.file) < 0 ? 2 : EXIT_SUCCESS;
	rc = eal_start(&conf, o.n_eal, argv + 1, pool_memory_mb(&conf));
	if (rc < 0)
		return EXIT_FAILURE;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	rc = run(&conf);
	eal_stop();
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
