// SPDX-License-Identifier: BSD-3-Clause
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

#define WINDOWS BENCH_WINDOWS_MAX
#define WINDOWS_QUICK 150
#define IN_FLIGHT 4096

static const char usage[] =
	"usage: wanbond-bench [options]\n"
	"  --quick            about 5 s in all instead of 20\n"
	"  --json[=FILE]      JSON instead of the table; with FILE both\n"
	"  --in-flight N      datagrams on the way before they are acknowledged [4096]\n"
	"  --direction D      only encapsulate or decapsulate\n"
	"  --scheduler NAME   [earliest]\n"
	"  --routes N         into the tunnel, up to 16000 [0: a default one]\n"
	"  --destinations N   of the LAN's packets, compared with one; up to 1000000 [1]\n"
	"  --cpu N            of the worker [the last one allowed]\n";

int
options_read(int argc, char **argv, struct options *o, int *cpu)
{
	static const struct option longs[] = { { "quick", no_argument, NULL, 'q' },
		{ "json", optional_argument, NULL, 'j' },
		{ "in-flight", required_argument, NULL, 'f' },
		{ "direction", required_argument, NULL, 'd' },
		{ "scheduler", required_argument, NULL, 's' },
		{ "routes", required_argument, NULL, 'r' },
		{ "destinations", required_argument, NULL, 'n' },
		{ "cpu", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	int c;

	*o = (struct options){ .scheduler = "earliest",
		.windows = WINDOWS,
		.in_flight = IN_FLIGHT,
		.destinations = 1 };

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		switch (c) {
		case 'q':
			o->windows = WINDOWS_QUICK;
			break;
		case 'j':
			o->json = optarg == NULL;
			o->json_file = optarg;
			break;
		case 'f':
			o->in_flight = strtoul(optarg, NULL, 10);
			break;
		case 'd':
			o->only = optarg;
			break;
		case 's':
			o->scheduler = optarg;
			break;
		case 'r':
			o->routes = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			o->destinations = strtoul(optarg, NULL, 10);
			break;
		case 'c':
			*cpu = atoi(optarg);
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	if (o->routes > BENCH_ROUTES_MAX || o->destinations < 1 || o->destinations > 1000000) {
		fputs(usage, stderr);
		return 2;
	}
	return optind == argc ? -1 : 2;
}
