// SPDX-License-Identifier: BSD-3-Clause
// How many ports a configuration may have.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "wb_config.h"

#define KEY "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define EDGE                                                                                       \
	"{\"role\": \"edge\", \"name\": \"h\", \"private_key_file\": \"k\",\n"                     \
	" \"hub\": {\"address\": \"203.0.113.10\", \"public_key\": \"" KEY "\"},\n"

// An edge with so many WANs and LANs. NULL and its complaints, or the configuration.
static struct wb_config *
wide_edge(unsigned wans, unsigned lans, char *err, size_t err_len)
{
	struct wb_config *c;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, EDGE " \"ports\": [");
	for (unsigned i = 0; i < wans + lans; i++)
		fprintf(f,
			"%s{\"name\": \"p%u\", \"use\": \"%s\", \"dev\": \"packet%u,iface=e%u\"}",
			i > 0 ? ",\n" : "", i, i < wans ? "wan" : "lan", i, i);
	fprintf(f, "]}\n");
	fclose(f);
	c = wb_config_parse(text, "t", "", err, err_len);
	free(text);
	return c;
}

static void
many_ports(void)
{
	char err[2000];
	struct wb_config *c =
		wide_edge(WB_CONFIG_WANS, WB_CONFIG_PORTS - WB_CONFIG_WANS, err, sizeof(err));

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->n_ports, WB_CONFIG_PORTS);
	wb_config_free(c);
	CU_ASSERT_PTR_NULL(wide_edge(17, 1, err, sizeof(err)));
	CU_ASSERT_STRING_EQUAL(
		err, "t:3: ports: 17 with \"use\": \"wan\"; a tunnel has at most 16 paths");
	CU_ASSERT_PTR_NULL(wide_edge(1, WB_CONFIG_PORTS, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "has 41 entries"));
}

static const struct harness_test tests[] = {
	{ "many ports", many_ports },
};

int
main(void)
{
	return HARNESS_RUN("config_ports", tests);
}
