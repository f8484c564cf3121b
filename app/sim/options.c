// SPDX-License-Identifier: BSD-3-Clause
// The command line of wanbond-sim.
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "scenario.h"
#include "sim.h"
#include "world.h"

static const char usage[] =
	"usage: wanbond-sim [options] SCENARIO.json\n"
	"What would bonding give on these links? Plays a scenario (links, flows, events) in "
	"virtual\n"
	"time, with the protocol that the gateway runs, and prints one JSON result. The same file "
	"and\n"
	"seed always give the same result.\n"
	"  -t, --text            print lines for people instead of JSON\n"
	"  -s, --seed N          another seed than the file's\n"
	"  -d, --duration S      another duration, seconds\n"
	"  -S, --scheduler NAME  another scheduler\n"
	"  -F, --fec PERCENT     another allowance for repair symbols\n"
	"  -e, --events FILE     a JSON line per link, path and flow every 10 ms, and per event;\n"
	"                        wanbond-sim-plot FILE OUT.png draws them\n"
	"  -i, --interval MS     of these lines\n"
	"  -c, --check           exit 1 when the scenario's expectations are not met\n"
	"  -h, --help            this text\n"
	"\n"
	"The least that a scenario needs (rates in Mbit/s, one-way delays in ms):\n"
	"  { \"duration\": 20,\n"
	"    \"links\": [\n"
	"      { \"name\": \"dsl\", \"down\": {\"rate_mbit\": 50, \"delay_ms\": 12},\n"
	"                       \"up\": {\"rate_mbit\": 10, \"delay_ms\": 12} },\n"
	"      { \"name\": \"5g\", \"down\": {\"rate_mbit\": 120, \"delay_ms\": 25, \"jitter_ms\": "
	"4},\n"
	"                      \"up\": {\"rate_mbit\": 30, \"delay_ms\": 25} } ],\n"
	"    \"flows\": [ { \"kind\": \"cubic\" }, { \"kind\": \"ping\" } ] }\n"
	"Links may also have: loss_percent, ge_enter_percent, ge_leave_percent (bursts), "
	"queue_bytes,\n"
	"reorder, trace, delay_trace, outages, events. Flows: cubic, bbr, quic, udp, voip, ping,\n"
	"request, web; direction, start, stop, count, bytes. app/sim/README.md tells all.\n"
	"Exit codes: 0, 1 expectation not met, 2 scenario or arguments not valid.\n";

static const char short_usage[] =
	"usage: wanbond-sim [options] SCENARIO.json; wanbond-sim --help tells more\n";

#define SEED_MAX 1e15 // as a scenario's

static const struct option names[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "duration", required_argument, NULL, 'd' },
	{ "scheduler", required_argument, NULL, 'S' },
	{ "fec", required_argument, NULL, 'F' },
	{ "events", required_argument, NULL, 'e' },
	{ "interval", required_argument, NULL, 'i' },
	{ "text", no_argument, NULL, 't' },
	{ "check", no_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

// An option's number: all of it, and within its limits.
static double
number(const char *text, const char *option, double min, double max)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value >= min && value <= max))
		sim_fatal("--%s %s: must be a number from %.10g to %.10g", option, text, min, max);
	return value;
}

static uint64_t
whole_number(const char *text, const char *option, double max)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || value > max)
		sim_fatal("--%s %s: must be a whole number from 0 to %.10g", option, text, max);
	return value;
}

const char *
options_read(int argc, char **argv, struct options *a)
{
	int c;

	while ((c = getopt_long(argc, argv, "s:d:S:F:e:i:cth", names, NULL)) != -1) {
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
		case 'F':
			a->fec = optarg;
			break;
		case 'e':
			a->events = optarg;
			break;
		case 'i':
			a->interval_ms = number(optarg, "interval", 0.01, 1e6);
			break;
		case 't':
			a->text = true;
			break;
		case 'c':
			a->check = true;
			break;
		default:
			fputs(c == 'h' ? usage : short_usage, c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (optind + 1 != argc) {
		fprintf(stderr, optind == argc ? "wanbond-sim: no scenario is named\n"
					       : "wanbond-sim: more than one scenario\n");
		fputs(short_usage, stderr);
		exit(2);
	}
	return argv[optind];
}

void
options_override(struct scenario *s, const struct options *a)
{
	if (a->seed != NULL)
		s->seed = whole_number(a->seed, "seed", SEED_MAX);
	if (a->duration != NULL)
		s->duration = (wb_ns_t)(number(a->duration, "duration", 0.001, 1e6) * 1e9);
	if (a->scheduler != NULL)
		scenario_set_scheduler(s, a->scheduler);
	if (a->fec != NULL)
		s->fec_percent = (uint32_t)whole_number(a->fec, "fec", 50);
	handover_events(s);
}
