// SPDX-License-Identifier: BSD-3-Clause
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "result.h"
#include "scenario.h"
#include "world.h"

static const char usage[] =
	"usage: wanbond-sim [options] SCENARIO.json\n"
	"Plays the scenario in virtual time and prints one JSON result.\n"
	"  -s, --seed N          another seed than the file's\n"
	"  -d, --duration S      another duration, seconds\n"
	"  -S, --scheduler NAME  another scheduler, or a BPF object FILE.o\n"
	"  -e, --events FILE     a JSON line per path every 10 ms, and per event\n"
	"  -i, --interval MS     of these lines\n"
	"  -c, --check           exit 1 when the scenario's expectations are not met\n";

static const struct option options[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "duration", required_argument, NULL, 'd' },
	{ "scheduler", required_argument, NULL, 'S' },
	{ "events", required_argument, NULL, 'e' },
	{ "interval", required_argument, NULL, 'i' },
	{ "check", no_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct arguments {
	const char *seed, *duration, *scheduler, *events;
	double interval_ms;
	bool check;
};

static const char *
parse(int argc, char **argv, struct arguments *a)
{
	int c;

	while ((c = getopt_long(argc, argv, "s:d:S:e:i:ch", options, NULL)) != -1) {
		switch (c) {
		case 's':
			a->seed = optarg;
			break;
		case 'd':
			a->duration = optarg;
			break;
		case 'S':
			a->scheduler = optarg;
			break;
		case 'e':
			a->events = optarg;
			break;
		case 'i':
			a->interval_ms = strtod(optarg, NULL);
			break;
		case 'c':
			a->check = true;
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		exit(2);
	}
	return argv[optind];
}

static void
override(struct scenario *s, const struct arguments *a)
{
	if (a->seed != NULL)
		s->seed = strtoull(a->seed, NULL, 10);
	if (a->duration != NULL)
		s->duration = (wb_ns_t)(strtod(a->duration, NULL) * 1e9);
	if (a->scheduler != NULL)
		snprintf(s->scheduler, sizeof(s->scheduler), "%s", a->scheduler);
}

int
main(int argc, char **argv)
{
	struct arguments a = { .interval_ms = 10 };
	struct scenario *s = scenario_load(parse(argc, argv, &a));
	struct events events = { .interval = (wb_ns_t)(a.interval_ms * 1e6) };
	struct world *w;
	json_t *result;
	unsigned failed;

	override(s, &a);
	if (a.events != NULL) {
		events.file = fopen(a.events, "w");
		if (events.file == NULL || events.interval == 0)
			sim_fatal("%s: cannot be written", a.events);
	}
	w = world_create(s, a.events ? &events : NULL);
	world_run(w);
	result = result_json(w);
	failed = result_check(result, s->expect);
	json_dumpf(result, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10));
	putchar('\n');
	for (unsigned i = 0; i < failed; i++)
		fprintf(stderr, "%s: %s\n", s->name,
			json_string_value(json_array_get(json_object_get(result, "failed"), i)));
	json_decref(result);
	world_destroy(w);
	scenario_free(s);
	if (events.file != NULL)
		fclose(events.file);
	return a.check && failed > 0;
}
