// SPDX-License-Identifier: BSD-3-Clause
// Every file in config/ loads; what it warns of is only that its keys are to be replaced.
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "wb_config.h"

#define FOLDER WB_SOURCE_ROOT "/config/"

static const struct sample {
	const char *name;
	enum wb_config_role role;
	unsigned lans, wans, uplinks, edges;
} samples[] = {
	{ "edge-three-wans.json", WB_CONFIG_EDGE, 1, 3, 0, 0 },
	{ "edge-proxmox-vm.json", WB_CONFIG_EDGE, 1, 3, 0, 0 },
	{ "edge-trunk.json", WB_CONFIG_EDGE, 1, 3, 0, 0 },
	{ "hub-vps.json", WB_CONFIG_HUB, 0, 0, 1, 2 },
	{ "lab-edge.json", WB_CONFIG_EDGE, 1, 3, 0, 0 },
	{ "lab-hub.json", WB_CONFIG_HUB, 0, 0, 1, 1 },
};
#define N_SAMPLES (sizeof(samples) / sizeof(samples[0]))

// Each line is the warning about an example's key.
static bool
only_example_keys(const char *err)
{
	char *copy = strdup(err), *state, *line;
	bool only = copy != NULL;

	for (line = strtok_r(copy, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state))
		if (strstr(line, "public_key: warning: ") == NULL) {
			fprintf(stderr, "%s\n", line);
			only = false;
		}
	free(copy);
	return only;
}

static void
test_samples(void)
{
	for (unsigned i = 0; i < N_SAMPLES; i++) {
		const struct sample *s = &samples[i];
		char path[4096], err[4000];
		unsigned n[4] = { 0, 0, 0 };
		struct wb_config *c;

		snprintf(path, sizeof(path), FOLDER "%s", s->name);
		c = wb_config_load(path, err, sizeof(err));
		if (c == NULL)
			fprintf(stderr, "%s\n", err);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_TRUE(only_example_keys(err));
		CU_ASSERT_EQUAL(c->role, s->role);
		for (unsigned p = 0; p < c->n_ports; p++) {
			n[c->ports[p].use]++;
			CU_ASSERT(c->ports[p].kernel_if[0] != 0 || c->ports[p].vlan != 0);
		}
		CU_ASSERT_EQUAL(n[WB_CONFIG_LAN], s->lans);
		CU_ASSERT_EQUAL(n[WB_CONFIG_WAN], s->wans);
		CU_ASSERT_EQUAL(n[WB_CONFIG_UPLINK], s->uplinks);
		CU_ASSERT_EQUAL(c->n_edges, s->edges);
		wb_config_free(c);
	}
}

// A file added to the folder is to be added to the table.
static void
test_none_forgotten(void)
{
	DIR *folder = opendir(FOLDER);
	unsigned found = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
	for (struct dirent *e; (e = readdir(folder)) != NULL;) {
		const char *end = strrchr(e->d_name, '.');

		found += end != NULL && strcmp(end, ".json") == 0 &&
			 strcmp(e->d_name, "wanbond.schema.json") != 0;
	}
	closedir(folder);
	CU_ASSERT_EQUAL(found, N_SAMPLES);
}

static const struct harness_test tests[] = {
	{ "samples", test_samples },
	{ "none forgotten", test_none_forgotten },
};

int
main(void)
{
	return HARNESS_RUN("config_files", tests);
}
