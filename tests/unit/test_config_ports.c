// SPDX-License-Identifier: BSD-3-Clause
// How many ports a configuration may have, and those that are VLANs of a trunk.
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

static const char trunk_text[] =
	EDGE " \"ports\": [\n"
	     "  {\"name\": \"starlink\", \"use\": \"wan\", \"on\": \"trunk\", \"vlan\": 10, "
	     "\"rate\": 100},\n"
	     "  {\"name\": \"trunk\", \"use\": \"trunk\", \"dev\": \"0000:06:13.0\"},\n"
	     "  {\"name\": \"tmobile\", \"use\": \"wan\", \"on\": \"trunk\", \"vlan\": 4094},\n"
	     "  {\"name\": \"lan\", \"use\": \"lan\", \"on\": \"trunk\", \"vlan\": 1, "
	     "\"address\": \"192.168.40.60/24\"}]}\n";

static void
trunk(void)
{
	char err[2000];
	struct wb_config *c = wb_config_parse(trunk_text, "t", "", err, sizeof(err));

	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->ports[1].use, WB_CONFIG_TRUNK);
	CU_ASSERT_EQUAL(c->ports[1].vlan, 0);
	CU_ASSERT_EQUAL(c->ports[0].vlan, 10);
	CU_ASSERT_EQUAL(c->ports[0].trunk, 1);
	CU_ASSERT_EQUAL(c->ports[0].rate_up, 100000000);
	CU_ASSERT_EQUAL(c->ports[2].vlan, 4094);
	CU_ASSERT_EQUAL(c->ports[3].trunk, 1);
	CU_ASSERT_EQUAL(c->ports[3].address.len, 24);
	wb_config_free(c);
}

// The first `from` of trunk_text becomes `to`: one complaint.
static const struct {
	const char *from, *to, *line;
} mistakes[] = {
	{ ", \"vlan\": 10", "", "t:4: ports[0].on: without \"vlan\"; give both or none" },
	{ "\"on\": \"trunk\", \"vlan\": 10", "\"dev\": \"packet0,iface=e0\", \"vlan\": 10",
		"t:4: ports[0].vlan: without \"on\"; give both or none" },
	{ "\"on\": \"trunk\", \"vlan\": 10",
		"\"on\": \"trunk\", \"vlan\": 10, \"dev\": \"0000:06:14.0\"",
		"t:4: ports[0].dev: beside \"on\", which is instead of it; give one of them" },
	{ "\"on\": \"trunk\", \"vlan\": 10, ", "",
		"t:4: ports[0].dev: missing; allowed: a text that is not empty" },
	{ "\"vlan\": 10", "\"vlan\": 0", "t:4: ports[0].vlan: 0 is too small; allowed: 1 to 4094" },
	{ "\"vlan\": 4094", "\"vlan\": 4095",
		"t:6: ports[2].vlan: 4095 is too large; allowed: 1 to 4094" },
	{ "\"vlan\": 4094", "\"vlan\": 10",
		"t:6: ports[2].vlan: 10 on \"trunk\" is ports[0] already" },
	{ "\"on\": \"trunk\"", "\"on\": \"lan\"",
		"t:4: ports[0].on: \"lan\" is no trunk; allowed: \"trunk\"" },
	{ "\"use\": \"trunk\", \"dev\": \"0000:06:13.0\"",
		"\"use\": \"trunk\", \"dev\": \"0000:06:13.0\", \"address\": \"192.0.2.1/24\"",
		"t:5: ports[1].address: key \"address\" belongs to use \"lan\" or \"wan\" or "
		"\"uplink\", and use here is \"trunk\"" },
	{ "\"use\": \"trunk\", \"dev\": \"0000:06:13.0\"",
		"\"use\": \"trunk\", \"on\": \"trunk\", \"vlan\": 7",
		"t:5: ports[1].on: key \"on\" belongs to use \"lan\" or \"wan\" or \"uplink\", and "
		"use here is \"trunk\""
		"\nt:5: ports[1].vlan: key \"vlan\" belongs to use \"lan\" or \"wan\" or "
		"\"uplink\", and use here is \"trunk\"" },
	{ "\"rate\": 100", "\"interface\": \"eth1\"",
		"t:4: ports[0].interface: \"eth1\"; a port on a trunk has an interface of its own "
		"name, a TAP" },
	{ "\"starlink\"", "\"starlink_on_the_roof\"",
		"t:4: ports[0].name: \"starlink_on_the_roof\" is also the name of the port's TAP; "
		"allowed on a trunk: at most 15 characters" },
	{ "\"name\": \"starlink\"", "\"name\": \"wb0\"",
		"t:4: ports[0].name: \"wb0\" would be the name of the port's TAP, and is another "
		"interface's that is configured" },
	{ "0000:06:13.0\"},\n  {\"name\": \"tmobile\"",
		"packet0,iface=eth1\"},\n  {\"name\": \"eth1\"",
		"t:6: ports[2].name: \"eth1\" would be the name of the port's TAP, and is another "
		"interface's that is configured" },
	{ "0000:06:13.0", "net_af_xdp0,iface=eth1",
		"t:5: ports[1].dev: \"net_af_xdp0\" cannot be a trunk; allowed: "
		"\"packet1,iface=eth1\", a PCI address, memif or vhost" },
	{ "0000:06:13.0", "packet0",
		"t:5: ports[1].dev: \"packet0\" names no interface; allowed: "
		"\"packet1,iface=eth1\"" },
	{ "]}", ", {\"name\": \"other\", \"use\": \"trunk\", \"dev\": \"packet1,iface=e1\"}]}",
		"t:7: ports[4].use: \"trunk\", but no port has \"on\": \"other\"" },
};

static void
trunk_mistakes(void)
{
	for (unsigned i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const char *at = strstr(trunk_text, mistakes[i].from);
		char err[2000], text[2000];
		struct wb_config *c;

		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - trunk_text), trunk_text,
			mistakes[i].to, at + strlen(mistakes[i].from));
		c = wb_config_parse(text, "t", "", err, sizeof(err));
		CU_ASSERT_PTR_NULL(c);
		CU_ASSERT_STRING_EQUAL(err, mistakes[i].line);
		if (strcmp(err, mistakes[i].line) != 0)
			fprintf(stderr, "%s\n  is not\n%s\n", err, mistakes[i].line);
		wb_config_free(c);
	}
}

static const struct harness_test tests[] = {
	{ "trunk", trunk },
	{ "trunk mistakes", trunk_mistakes },
	{ "many ports", many_ports },
};

int
main(void)
{
	return HARNESS_RUN("config_ports", tests);
}
