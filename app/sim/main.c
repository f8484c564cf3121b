// SPDX-License-Identifier: BSD-3-Clause
// wanbond-sim: plays a scenario and prints its result.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "events.h"
#include "options.h"
#include "result.h"
#include "scenario.h"
#include "sim.h"
#include "summary.h"
#include "world.h"

int
main(int argc, char **argv)
{
	struct options a = { .interval_ms = 10 };
	struct scenario *s = scenario_load(options_read(argc, argv, &a));
	struct events events = { .interval = (wb_ns_t)(a.interval_ms * 1e6) };
	struct world *w;
	json_t *result;
	unsigned failed;

	options_override(s, &a);
	scenario_check_start(s);
	if (a.events != NULL) {
		events.file = fopen(a.events, "w");
		if (events.file == NULL)
			sim_fatal("%s: cannot be written: %s", a.events, strerror(errno));
	}
	w = world_create(s, a.events ? &events : NULL);
	world_run(w);
	result = result_json(w);
	failed = result_check(result, s->expect);
	if (a.text) {
		summary_print(stdout, result);
	} else {
		json_dumpf(result, stdout,
			JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10));
		putchar('\n');
	}
	for (unsigned i = 0; i < failed; i++)
		fprintf(stderr, "%s: %s\n", s->name,
			json_string_value(json_array_get(json_object_get(result, "failed"), i)));
	json_decref(result);
	world_destroy(w);
	scenario_free(s);
	if (fflush(stdout) != 0)
		sim_fatal("the result cannot be written: %s", strerror(errno));
	if (events.file != NULL && fclose(events.file) != 0)
		sim_fatal("%s: cannot be written: %s", a.events, strerror(errno));
	return a.check && failed > 0;
}
