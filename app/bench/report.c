// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>
#include <rte_common.h>
#include <rte_cycles.h>

#include "bench.h"

const char *const report_directions[DIRECTIONS] = { "encapsulate", "decapsulate" };
static const char *const direction_titles[DIRECTIONS] = { "encapsulating: LAN to the WANs",
	"decapsulating: WANs to the LAN" };

static void
row(const struct result *r, const char *name, int decimals, size_t field)
{
	unsigned i;

	printf("  %-28s", name);
	for (i = 0; i < BENCH_SIZES; i++)
		printf("%10.*f", decimals, *(const double *)((const char *)&r[i] + field));
	putchar('\n');
}

static void
table(const struct result *r)
{
	unsigned i, n;

	printf("  %-28s", "inner packet, bytes");
	for (i = 0; i < BENCH_SIZES; i++)
		printf("%10u", r[i].inner);
	putchar('\n');
	row(r, "Mpps", 3, offsetof(struct result, mpps));
	row(r, "Gbit/s of inner packets", 2, offsetof(struct result, gbit));
	row(r, "packets a walk", 1, offsetof(struct result, batch));
	row(r, "ticks a packet", 0, offsetof(struct result, ticks));
	for (n = 0; n < r->n_nodes; n++) {
		for (i = 0; i < BENCH_SIZES && r[i].nodes[n].ticks < 0.5; i++)
			;
		if (i < BENCH_SIZES)
			row(r, r->nodes[n].name, 0, offsetof(struct result, nodes[n].ticks));
	}
	row(r, "outside of nodes", 0, offsetof(struct result, rest));
	row(r, "median of all windows", 0, offsetof(struct result, median));
	if (r[0].one > 0) {
		row(r, "ticks with one destination", 0, offsetof(struct result, one));
		printf("  %-28s", "many over one destination");
		for (i = 0; i < BENCH_SIZES; i++)
			printf("%9.2fx", r[i].ticks / r[i].one);
		putchar('\n');
	}
	row(r, "bare AEAD (wb_aead_seal)", 0, offsetof(struct result, aead));
	printf("  %-28s", "ticks over bare AEAD's");
	for (i = 0; i < BENCH_SIZES; i++)
		printf("%9.2fx", r[i].aead > 0 ? r[i].ticks / r[i].aead : 0);
	putchar('\n');
}

void
report_table(const struct report *r)
{
	bool noisy = false;
	unsigned d, i;

	printf("One worker, one tunnel of %u paths, %u flows, %u datagrams on the way; %s, %s;\n"
	       "scheduler %s; TSC %.3f GHz; %s\n",
		BENCH_PATHS, BENCH_FLOWS, r->options->in_flight, wb_cipher_name(r->cipher),
		wb_aead_backend(r->cipher), r->options->scheduler, rte_get_tsc_hz() / 1e9,
		r->hugepages ? "hugepages" : "no hugepages");
	if (r->options->routes != 0 || r->options->destinations > 1)
		printf("%u routes, %u destinations\n", r->options->routes,
			r->options->destinations);
	for (d = 0; d < DIRECTIONS; d++) {
		if (r->results[d][0].inner == 0)
			continue;
		printf("\n%s\n", direction_titles[d]);
		table(r->results[d]);
	}
	for (d = 0; d < DIRECTIONS; d++)
		for (i = 0; i < BENCH_SIZES; i++)
			noisy |= r->results[d][i].inner != 0 && !r->results[d][i].quiet;
	if (noisy)
		printf("\nThe machine was busy: some figures include the work of others.\n");
	printf("\nmemory of a tunnel: %.2f MiB in %u blocks\n", r->memory.tunnel / 1048576.0,
		r->memory.blocks);
}

// ---- JSON

static json_t *
result_json(const struct result *r)
{
	json_t *nodes = json_object(), *paths = json_array(), *drops = json_object(), *out;
	unsigned i;

	for (i = 0; i < r->n_nodes; i++)
		json_object_set_new(nodes, r->nodes[i].name, json_real(r->nodes[i].ticks));
	for (i = 0; i < BENCH_PATHS; i++)
		json_array_append_new(paths, json_integer(r->datagrams[i]));
	out = json_pack("{s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:i, s:i}", "inner_bytes",
		(int)r->inner, "mpps", r->mpps, "gbit_per_s", r->gbit, "ticks_per_packet", r->ticks,
		"aead_ticks", r->aead, "outside_of_nodes", r->rest, "packets_per_walk", r->batch,
		"windows", (int)r->windows, "windows_disturbed", (int)r->disturbed);
	json_object_set_new(out, "ticks_median", json_real(r->median));
	if (r->one > 0)
		json_object_set_new(out, "ticks_one_destination", json_real(r->one));
	json_object_set_new(out, "quiet", json_boolean(r->quiet));
	json_object_set_new(out, "nodes", nodes);
	json_object_set_new(out, "datagrams_per_path", paths);
	for (i = WB_DROP_NONE + 1; i < WB_DROP_COUNT; i++)
		if (r->drops[i] != 0)
			json_object_set_new(drops, wb_drop_name(i), json_integer(r->drops[i]));
	json_object_set_new(out, "packets",
		json_pack("{s:I, s:I, s:I, s:I, s:o}", "in", (json_int_t)r->in, "out",
			(json_int_t)r->out, "queued", (json_int_t)r->queued, "held",
			(json_int_t)r->held, "drops", drops));
	return out;
}

static json_t *
memory_json(const struct memory *m)
{
	json_t *largest = json_array();
	unsigned i;

	for (i = 0; i < RTE_DIM(m->largest); i++)
		json_array_append_new(largest, json_integer(m->largest[i]));
	return json_pack("{s:I, s:i, s:o}", "tunnel_bytes", (json_int_t)m->tunnel, "blocks",
		(int)m->blocks, "largest_blocks", largest);
}

int
report_json(const struct report *r, const char *file)
{
	json_t *out = json_pack("{s:s, s:I, s:s, s:s, s:b, s:s, s:i, s:i, s:i}", "bench",
		"datapath", "tsc_hz", (json_int_t)rte_get_tsc_hz(), "cipher",
		wb_cipher_name(r->cipher), "aead", wb_aead_backend(r->cipher), "hugepages",
		r->hugepages, "scheduler", r->options->scheduler, "paths", BENCH_PATHS, "flows",
		BENCH_FLOWS, "in_flight", (int)r->options->in_flight);
	unsigned d, i;
	int err;

	json_object_set_new(out, "routes", json_integer(r->options->routes));
	json_object_set_new(out, "destinations", json_integer(r->options->destinations));
	json_object_set_new(out, "memory", memory_json(&r->memory));
	for (d = 0; d < DIRECTIONS; d++) {
		json_t *list = json_array();

		for (i = 0; i < BENCH_SIZES && r->results[d][0].inner != 0; i++)
			json_array_append_new(list, result_json(&r->results[d][i]));
		json_object_set_new(out, report_directions[d], list);
	}
	if (file != NULL) {
		err = json_dump_file(out, file, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	} else {
		err = json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
	}
	json_decref(out);
	return err == 0 ? 0 : -EIO;
}
