// SPDX-License-Identifier: BSD-3-Clause
#include "summary.h"

static double
number(const json_t *j, const char *key)
{
	return json_number_value(json_object_get(j, key));
}

// "round trip 23.1 ms (99 %: 40.2)", if the flow has such delays.
static void
delays(FILE *out, const json_t *flow, const char *key, const char *what)
{
	const json_t *d = json_object_get(flow, key);

	if (d != NULL)
		fprintf(out, "  %s %.1f ms (99 %%: %.1f)", what, number(d, "p50"),
			number(d, "p99"));
}

static void
flow_line(FILE *out, const json_t *flow)
{
	const json_t *finished = json_object_get(flow, "finished");

	fprintf(out, "%-16s %-8s %-4s ", json_string_value(json_object_get(flow, "name")),
		json_string_value(json_object_get(flow, "kind")),
		json_string_value(json_object_get(flow, "direction")));
	if (json_object_get(flow, "goodput_mbit") != NULL)
		fprintf(out, "%8.2f Mbit/s", number(flow, "goodput_mbit"));
	if (finished != NULL)
		fprintf(out, "  done in %.2f s", json_number_value(finished));
	if (json_object_get(flow, "loss_percent") != NULL)
		fprintf(out, "  %.3f %% lost", number(flow, "loss_percent"));
	delays(out, flow, "rtt_ms", "round trip");
	delays(out, flow, "completion_ms", "answer after");
	delays(out, flow, "page_load_ms", "page after");
	delays(out, flow, "delay_ms", "one way");
	if (json_object_get(flow, "goodput_mbit") != NULL) // pauses of the others are meant
		fprintf(out, "  longest gap %.0f ms", number(flow, "longest_gap_ms"));
	fprintf(out, "\n");
}

static void
link_line(FILE *out, const json_t *link, const char *dir)
{
	const json_t *d = json_object_get(link, dir);
	double lost = number(d, "dropped_queue") + number(d, "dropped_loss") +
		      number(d, "dropped_outage");

	fprintf(out, "%-16s link     %-4s %8.2f Mbit/s of %.2f  %.0f datagrams lost\n",
		json_string_value(json_object_get(link, "name")), dir, number(d, "carried_mbit"),
		number(d, "capacity_mbit"), lost);
}

void
summary_print(FILE *out, const json_t *result)
{
	const json_t *flow, *link;
	size_t i;

	fprintf(out, "%s: %g s, seed %g\n", json_string_value(json_object_get(result, "scenario")),
		number(result, "duration"), number(result, "seed"));
	json_array_foreach (json_object_get(result, "flows"), i, flow)
		flow_line(out, flow);
	json_array_foreach (json_object_get(result, "links"), i, link) {
		link_line(out, link, "down");
		link_line(out, link, "up");
	}
}
