// SPDX-License-Identifier: BSD-3-Clause
// What a file says arrives in the structs; each kind of mistake gets its message, with its line.
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/file.h"
#include "harness.h"
#include "reader.h"
#include "wb_config.h"

#define KEY_A "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define KEY_B "AgIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

static const char edge_text[] =
	"{ \"role\": \"edge\", \"name\": \"home\",\n"
	"  \"private_key_file\": \"edge.key\",\n"
	"  \"eal\": [\"--no-pci\", \"-n\"], \"workers\": [1, 3],\n"
	"  \"ports\": [\n"
	"    {\"name\": \"lan\", \"use\": \"lan\", \"dev\": \"net_af_packet0,iface=lan0\"},\n"
	"    {\"name\": \"starlink\", \"use\": \"wan\", \"dev\": \"net_af_xdp1,iface=wan1\",\n"
	"     \"rate\": {\"up\": 20.5, \"down\": \"auto\"}, \"max_rate\": {\"down\": 90}, "
	"\"mtu\": 1400},\n"
	"    {\"name\": \"5g\", \"use\": \"wan\", \"dev\": \"0000:01:00.1\", \"interface\": "
	"\"eth1\",\n"
	"     \"address\": \"192.168.12.2/24\", \"gateway\": \"192.168.12.1\",\n"
	"     \"rate\": 300, \"weight\": 7, \"priority\": 2, \"backup\": true}],\n"
	"  \"hub\": {\"address\": \"203.0.113.10\", \"public_key\": \"" KEY_A "\"} }\n";

static const char hub_text[] =
	"{ \"role\": \"hub\", \"name\": \"vps\", \"private_key_file\": \"/k/hub.key\",\n"
	"  \"ports\": [{\"name\": \"up\", \"use\": \"uplink\", \"dev\": "
	"\"net_af_xdp0,iface=eth0\"}],\n"
	"  \"edges\": [\n"
	"    {\"name\": \"home\", \"public_key\": \"" KEY_A "\",\n"
	"     \"networks\": [\"192.168.40.0/24\", \"2001:db8:1::/48\"]},\n"
	"    {\"name\": \"cabin\", \"public_key\": \"" KEY_B "\", \"psk_file\": \"c.psk\",\n"
	"     \"networks\": [\"192.168.41.0/24\"]}] }\n";

static void
test_edge(void)
{
	char err[2000];
	struct wb_config *c = wb_config_parse(edge_text, "edge.json", "/etc/wb", err, sizeof(err));

	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->role, WB_CONFIG_EDGE);
	CU_ASSERT_STRING_EQUAL(c->name, "home");
	CU_ASSERT_STRING_EQUAL(c->private_key_file, "/etc/wb/edge.key");
	CU_ASSERT_EQUAL(c->n_eal, 2);
	CU_ASSERT_STRING_EQUAL(c->eal[1], "-n");
	CU_ASSERT_EQUAL(c->n_workers, 2);
	CU_ASSERT_EQUAL(c->workers[1], 3);
	CU_ASSERT_EQUAL(c->idle, WB_CONFIG_ADAPTIVE);
	CU_ASSERT_STRING_EQUAL(c->scheduler, "earliest");
	CU_ASSERT_STRING_EQUAL(c->cipher, "auto");
	CU_ASSERT_EQUAL(c->memory_mib, 0);
	CU_ASSERT_EQUAL(c->n_ports, 3);
	CU_ASSERT_EQUAL(c->ports[0].use, WB_CONFIG_LAN);
	CU_ASSERT_STRING_EQUAL(c->ports[0].kernel_if, "lan0");
	CU_ASSERT_EQUAL(c->ports[1].use, WB_CONFIG_WAN);
	CU_ASSERT_EQUAL(c->ports[1].rate_up, 20500000);
	CU_ASSERT_EQUAL(c->ports[1].rate_down, 0);
	CU_ASSERT_EQUAL(c->ports[1].max_up, 0);
	CU_ASSERT_EQUAL(c->ports[1].max_down, 90000000);
	CU_ASSERT_EQUAL(c->ports[1].mtu, 1400);
	CU_ASSERT_FALSE(c->ports[1].backup);
	CU_ASSERT_STRING_EQUAL(c->ports[2].kernel_if, "eth1");
	CU_ASSERT_EQUAL(c->ports[2].address.family, 4);
	CU_ASSERT_EQUAL(c->ports[2].address.len, 24);
	CU_ASSERT_EQUAL(memcmp(c->ports[2].address.ip, "\xc0\xa8\x0c\x02", 4), 0);
	CU_ASSERT_EQUAL(memcmp(c->ports[2].gateway.ip, "\xc0\xa8\x0c\x01", 4), 0);
	CU_ASSERT_EQUAL(c->ports[2].rate_up, 300000000);
	CU_ASSERT_EQUAL(c->ports[2].rate_down, 300000000);
	CU_ASSERT_EQUAL(c->ports[2].weight, 7);
	CU_ASSERT_EQUAL(c->ports[2].priority, 2);
	CU_ASSERT_TRUE(c->ports[2].backup);
	CU_ASSERT_STRING_EQUAL(c->kernel.tap, "wb0");
	CU_ASSERT_EQUAL(c->kernel.table, 6500);
	CU_ASSERT_EQUAL(c->kernel.metric, 0);
	CU_ASSERT_EQUAL(c->hub.n_hosts, 1);
	CU_ASSERT_STRING_EQUAL(c->hub.hosts[0].name, "");
	CU_ASSERT_EQUAL(memcmp(c->hub.hosts[0].address.ip, "\xcb\0\x71\x0a", 4), 0);
	CU_ASSERT_EQUAL(c->hub.n_resolvers, 0);
	CU_ASSERT_EQUAL(c->hub.port, 65500);
	CU_ASSERT_EQUAL(c->hub.public_key[0], 1);
	CU_ASSERT_EQUAL(c->hub.public_key[31], 32);
	CU_ASSERT_STRING_EQUAL(c->hub.psk_file, "");
	wb_config_free(c);
}

static void
test_hub(void)
{
	char err[2000];
	struct wb_config *c = wb_config_parse(hub_text, "hub.json", "/etc/wb/", err, sizeof(err));

	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->role, WB_CONFIG_HUB);
	CU_ASSERT_STRING_EQUAL(c->private_key_file, "/k/hub.key");
	CU_ASSERT_EQUAL(c->listen, 65500);
	CU_ASSERT_STRING_EQUAL(c->egress.tap, "wb0");
	CU_ASSERT_STRING_EQUAL(c->egress.dev, "");
	CU_ASSERT_EQUAL(c->n_edges, 2);
	CU_ASSERT_EQUAL(c->edges[0].n_networks, 2);
	CU_ASSERT_EQUAL(c->edges[0].networks[0].len, 24);
	CU_ASSERT_EQUAL(c->edges[0].networks[1].family, 6);
	CU_ASSERT_EQUAL(c->edges[0].networks[1].ip[1], 0x01);
	CU_ASSERT_STRING_EQUAL(c->edges[1].psk_file, "/etc/wb/c.psk");
	wb_config_free(c);
}

static void
test_budget(void)
{
	char err[2000], text[2000];
	const char *at = strstr(edge_text, "\"backup\": true");
	struct wb_config *c;

	snprintf(text, sizeof(text), "%.*s\"budget\": {\"gigabytes\": 0.5, \"day\": 17}%s",
		(int)(at - edge_text), edge_text, at + strlen("\"backup\": true"));
	c = wb_config_parse(text, "t", "/etc/wb", err, sizeof(err));
	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->ports[1].budget, 0);
	CU_ASSERT_EQUAL(c->ports[1].budget_day, 0);
	CU_ASSERT_EQUAL(c->ports[2].budget, 500000000);
	CU_ASSERT_EQUAL(c->ports[2].budget_day, 17);
	CU_ASSERT_FALSE(c->ports[2].metered);
	CU_ASSERT_STRING_EQUAL(c->state_dir, "/var/lib/wanbond");
	wb_config_free(c);
}

// A program of the user's: beside the configuration, or one of the examples.
static void
test_scheduler_file(void)
{
	static const char *const rows[][2] = {
		{ "mine/x.bpf.o", "/etc/wb/mine/x.bpf.o" },
		{ "/opt/x.o", "/opt/x.o" },
		{ "game.bpf.o", "game.bpf.o" },
	};
	char err[2000], text[2000];

	for (unsigned i = 0; i < 3; i++) {
		struct wb_config *c;

		snprintf(text, sizeof(text), "{\"scheduler\": \"%s\",%s", rows[i][0],
			strchr(hub_text, '{') + 1);
		c = wb_config_parse(text, "t", "/etc/wb/", err, sizeof(err));
		CU_ASSERT_STRING_EQUAL(err, "");
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_STRING_EQUAL(c->scheduler, rows[i][1]);
		wb_config_free(c);
	}
}

// The valid text with `from` replaced by `to` (once); what the complaint must be, whole line.
struct mistake {
	const char *text, *from, *to, *line;
};

static const struct mistake mistakes[] = {
	{ edge_text, "\"role\": \"edge\"", "\"role\": \"egde\"",
		"t:1: role: \"egde\" is none of the choices; allowed: \"edge\", \"hub\"" },
	{ edge_text, "\"workers\"", "\"worker\"",
		"t:3: worker: unknown key; did you mean \"workers\"?" },
	{ edge_text, "\"gateway\"", "\"gatway\"",
		"t:9: ports[2].gatway: unknown key; did you mean \"gateway\"?" },
	{ edge_text, "\"gateway\"", "\"zebra crossing\"",
		"t:9: ports[2].zebra crossing: unknown key" },
	{ edge_text, "[1, 3]", "[1, 128]", "t:3: workers[1]: 128 is too large; allowed: 0 to 127" },
	{ edge_text, "[1, 3]", "[1, 3], \"scheduler\": \"erliest\"",
		"t:3: scheduler: \"erliest\" is none of the choices; allowed: \"earliest\", "
		"\"weighted\", \"failover\", \"redundant\", or the name of a "
		"BPF object file that ends in .o" },
	{ edge_text, "[1, 3]", "[1, 3], \"scheduler\": 7",
		"t:3: scheduler: 7 is none of the choices; allowed: \"earliest\", \"weighted\", "
		"\"failover\", \"redundant\", or the name of a "
		"BPF object file that ends in .o" },
	{ edge_text, "[1, 3]", "[1, 3], \"scheduler\": \".o\"",
		"t:3: scheduler: \".o\" is none of the choices; allowed: \"earliest\", "
		"\"weighted\", \"failover\", \"redundant\", or the name of a "
		"BPF object file that ends in .o" },
	{ edge_text, "[1, 3]", "[1, 3], \"scheduler\": \"a\\tb.o\"",
		"t:3: scheduler: \"a\\tb.o\" has a control character in it; allowed: \"earliest\", "
		"\"weighted\", \"failover\", \"redundant\", or the name of a "
		"BPF object file that ends in .o" },
	{ edge_text, "[1, 3]", "[1, 3], \"classes\": [{\"class\": \"fast\", \"port\": 53}]",
		"t:3: classes[0].class: \"fast\" is none of the choices; allowed: \"default\", "
		"\"realtime\", \"bulk\"" },
	{ edge_text, "[1, 3]", "[1, 3], \"classes\": [{\"class\": \"bulk\"}]",
		"t:3: classes[0].class: of every packet; give a \"network\", \"protocol\", "
		"\"port\" "
		"or \"dscp\"" },
	{ edge_text, "[1, 3]", "[1, 3], \"classes\": [{\"class\": \"bulk\", \"dscp\": 64}]",
		"t:3: classes[0].dscp: 64 is too large; allowed: 1 to 63" },
	{ edge_text, "[1, 3]",
		"[1, 3], \"classes\": [{\"class\": \"bulk\", \"port\": 9, \"last_port\": 8}]",
		"t:3: classes[0].last_port: 8 is before \"port\", 9" },
	{ edge_text, "[1, 3]", "[1, 3], \"classes\": [{\"class\": \"bulk\", \"last_port\": 8}]",
		"t:3: classes[0].last_port: without \"port\", where the range begins" },
	{ edge_text, "[1, 3]", "[1, 3], \"classes\": [{\"port\": 0}]",
		"t:3: classes[0].port: 0 is too small; allowed: 1 to 65535" },
	{ edge_text, "[1, 3]", "[1, 1]", "t:3: workers[1]: 1 is in the list already" },
	{ edge_text, "[1, 3]", "1",
		"t:3: workers: 1 is not a list; allowed: a list [...] of 0 to 32, each 0 to 127" },
	{ edge_text, "1400", "1000",
		"t:7: ports[1].mtu: 1000 is too small; allowed: \"auto\" or 1280 to 9200 bytes" },
	{ edge_text, "1400", "1400.5",
		"t:7: ports[1].mtu: 1400.5 is not a whole number; allowed: \"auto\" or 1280 to "
		"9200 bytes" },
	{ edge_text, "20.5", "-1",
		"t:7: ports[1].rate.up: -1 is too small; allowed: \"auto\" or 0.1 to 400000 "
		"Mbit/s" },
	{ edge_text, "\"down\": 90", "\"up\": 90",
		"t:7: ports[1].max_rate: of a rate that \"rate\" fixes (up); give one of them" },
	{ edge_text, "\"backup\": true", "\"max_rate\": 0",
		"t:10: ports[2].max_rate: 0 is too small; allowed: \"auto\" or 0.1 to 400000 "
		"Mbit/s, "
		"or {\"up\": ..., \"down\": ...} of these" },
	{ edge_text, "\"backup\": true", "\"metered\": \"yes\"",
		"t:10: ports[2].metered: \"yes\" is neither; allowed: true, false" },
	{ edge_text, "\"backup\": true", "\"budget\": 100",
		"t:10: ports[2].budget: 100 is not an object; allowed: an object {...}" },
	{ edge_text, "\"backup\": true", "\"budget\": {}",
		"t:10: ports[2].budget.gigabytes: missing; allowed: 0.001 to 1000000" },
	{ edge_text, "\"backup\": true", "\"budget\": {\"gigabytes\": 0}",
		"t:10: ports[2].budget.gigabytes: 0 is too small; allowed: 0.001 to 1000000" },
	{ edge_text, "\"backup\": true", "\"budget\": {\"gigabytes\": \"100\"}",
		"t:10: ports[2].budget.gigabytes: \"100\" is not a number; allowed: 0.001 to "
		"1000000" },
	{ edge_text, "\"backup\": true", "\"budget\": {\"gigabytes\": 2000000}",
		"t:10: ports[2].budget.gigabytes: 2000000 is too large; allowed: 0.001 to "
		"1000000" },
	{ edge_text, "\"backup\": true", "\"budget\": {\"gigabytes\": 5, \"day\": 32}",
		"t:10: ports[2].budget.day: 32 is too large; allowed: 1 to 31" },
	{ edge_text, "\"backup\": true", "\"budget\": {\"gigabyte\": 5, \"gigabytes\": 5}",
		"t:10: ports[2].budget.gigabyte: unknown key; did you mean \"gigabytes\"?" },
	{ edge_text, "\"backup\": true", "\"backup\": 1",
		"t:10: ports[2].backup: 1 is neither; allowed: true, false" },
	{ edge_text, "\"name\": \"5g\"", "\"name\": \"lan\"",
		"t:8: ports[2].name: \"lan\" is ports[0] already; each port needs its own name" },
	{ edge_text, "\"name\": \"5g\"", "\"name\": \"5 g\"",
		"t:8: ports[2].name: \"5 g\" is not a name; allowed: 1 to 31 of A-Z a-z 0-9 _ -, "
		"not beginning with -" },
	{ edge_text, "net_af_xdp1,iface=wan1", "net_af_packet0,iface=wan1",
		"t:6: ports[1].dev: device \"net_af_packet0\" is ports[0] already; each port "
		"needs a number of its own (packet0, packet1)" },
	{ edge_text, "\"interface\": \"eth1\"", "\"interface\": \"wan1\"",
		"t:8: ports[2].dev: interface \"wan1\" is ports[1] already" },
	{ edge_text, "\"workers\"", "\"kernel\": {\"tap\": \"wan1\"}, \"workers\"",
		"t:3: kernel.tap: \"wan1\" is the interface of ports[1]" },
	{ edge_text, "\"workers\"", "\"kernel\": {\"table\": 254}, \"workers\"",
		"t:3: kernel.table: 254 is too small; allowed: 1000 to 32000" },
	{ edge_text, "net_af_packet0,iface=lan0", "",
		"t:5: ports[0].dev: \"\" is empty; allowed: a text that is not empty" },
	{ edge_text, "\"use\": \"lan\"", "\"use\": \"wan\"",
		"t:4: ports: none with \"use\": \"lan\"; an edge needs at least one" },
	{ edge_text, "\"use\": \"lan\"", "\"use\": \"uplink\"",
		"t:5: ports[0].use: \"uplink\" is a hub's; an edge's ports are \"lan\" or "
		"\"wan\"" },
	{ edge_text, "\"address\": \"203.0.113.10\", ", "",
		"t:11: hub.address: missing; allowed: an IPv4 address such as \"192.0.2.1\" or a "
		"DNS name such as \"vps.example.net\", or a list [...] of 1 to 8 of these" },
	{ edge_text, "HyA=", "HyB=",
		"t:11: hub.public_key: a text of 44 characters (not shown) is not a key; allowed: "
		"44 characters of base64 as `wanbond pubkey` prints them" },
	{ edge_text, "\"hub\":", "\"listen\": 65500, \"hub\":",
		"t:11: listen: key \"listen\" belongs to role \"hub\", and role here is "
		"\"edge\"" },
	{ edge_text, "\"dev\": \"net_af_packet0,iface=lan0\"",
		"\"dev\": \"net_af_packet0,iface=lan0\", \"rate\": 5",
		"t:5: ports[0].rate: key \"rate\" belongs to use \"wan\", and use here is "
		"\"lan\"" },
	{ edge_text, "\"private_key_file\": \"edge.key\",", "",
		"t:1: private_key_file: missing; allowed: a file name" },
	{ hub_text, "\"role\": \"hub\"", "\"role\": \"hub\", \"listen\": 0",
		"t:1: listen: 0 is too small; allowed: 1 to 65535" },
	{ hub_text, "192.168.41.0/24", "192.168.0.0/16",
		"t:7: edges[1].networks[0]: \"192.168.0.0/16\" overlaps \"192.168.40.0/24\" of "
		"edges[0] (home); a network has one edge" },
	{ hub_text, "192.168.41.0/24", "192.168.41.1/24",
		"t:7: edges[1].networks[0]: \"192.168.41.1/24\" has host bits set; did you mean "
		"\"192.168.41.0/24\"?; allowed: a network such as \"192.0.2.0/24\" or "
		"\"2001:db8::/48\"" },
	{ hub_text, "192.168.41.0/24", "0.0.0.0/0",
		"t:7: edges[1].networks[0]: \"0.0.0.0/0\" is everything: that would take the "
		"hub's own route; allowed: a network such as \"192.0.2.0/24\" or "
		"\"2001:db8::/48\"" },
	{ hub_text, "[\"192.168.41.0/24\"]", "[]",
		"t:7: edges[1].networks: [] has 0 entries; allowed: a list [...] of 1 to 10000, "
		"each "
		"a network such as \"192.0.2.0/24\" or \"2001:db8::/48\"" },
	{ hub_text, "\"cabin\"", "\"home\"",
		"t:6: edges[1].name: \"home\" is edges[0] already; each edge needs its own name" },
	{ hub_text, KEY_B, KEY_A,
		"t:6: edges[1].public_key: is the key of edges[0] (home) already; each edge needs "
		"its own" },
	{ hub_text, "\"use\": \"uplink\"", "\"use\": \"wan\"",
		"t:2: ports[0].use: \"lan\" and \"wan\" are an edge's; a hub's ports are "
		"\"uplink\"" },
	{ hub_text, "iface=eth0", "iface=wb0",
		"t:1: egress.tap: \"wb0\" is the interface of ports[0]" },
};

// malloc'ed: text with the first `from` replaced.
static char *
replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = NULL;

	if (at == NULL ||
		asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) < 0)
		return NULL;
	return out;
}

static bool
has_line(const char *err, const char *line)
{
	size_t len = strlen(line);

	for (; err != NULL && *err != '\0'; err = strchr(err, '\n'), err += err != NULL)
		if (strncmp(err, line, len) == 0 && (err[len] == '\n' || err[len] == '\0'))
			return true;
	return false;
}

static void
test_mistakes(void)
{
	for (unsigned i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const struct mistake *m = &mistakes[i];
		char *text = replaced(m->text, m->from, m->to);
		char err[4000];
		struct wb_config *c;

		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		c = wb_config_parse(text, "t", "", err, sizeof(err));
		CU_ASSERT_PTR_NULL(c);
		CU_ASSERT_TRUE(has_line(err, m->line));
		if (!has_line(err, m->line))
			fprintf(stderr, "row %u: wanted\n  %s\ngot\n  %s\n", i, m->line, err);
		wb_config_free(c);
		free(text);
	}
}

// Which keys an end needs is not known before it is known which end it is.
static void
test_no_role(void)
{
	static const char rest[] = "\"name\": \"a\", \"private_key_file\": \"k\", \"ports\": []}";
	char text[200], err[1000];

	snprintf(text, sizeof(text), "{\"role\": \"client\", %s", rest);
	CU_ASSERT_PTR_NULL(wb_config_parse(text, "t", "", err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "t:1: role: \"client\" is none of the choices"));
	CU_ASSERT_PTR_NULL(strstr(err, "edges"));
	snprintf(text, sizeof(text), "{%s", rest);
	CU_ASSERT_PTR_NULL(wb_config_parse(text, "t", "", err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "t:1: role: missing"));
	CU_ASSERT_PTR_NULL(strstr(err, "edges"));
}

static void
test_all_errors_at_once(void)
{
	static const char text[] = "{\n\"role\": \"hub\",\n\"name\": \"-x\",\n\"lisen\": 5,\n"
				   "\"ports\": [\n  {\"name\": \"a\",\n   \"use\": \"wan\",\n"
				   "   \"mtu\": [\"}\", \"\\\"{\", 1e5]}, 7],\n\"edges\": {} }\n";
	static const char *const lines[] = {
		"t:3: name: \"-x\" is not a name; allowed: 1 to 31 of A-Z a-z 0-9 _ -, not "
		"beginning with -",
		"t:4: lisen: unknown key; did you mean \"listen\"?",
		"t:8: ports[0].mtu: [\"}\",\"\\\"{\",100000.0] is not a whole number; allowed: "
		"\"auto\" or 1280 to 9200 bytes",
		"t:6: ports[0].dev: missing; allowed: a text that is not empty",
		"t:7: ports[0].use: \"lan\" and \"wan\" are an edge's; a hub's ports are "
		"\"uplink\"",
		"t:8: ports[1]: not an object {...}",
		"t:9: edges: {} is not a list; allowed: a list of 0 to 256 objects [{...}, ...]",
		"t:1: private_key_file: missing; allowed: a file name",
	};
	char err[4000];
	unsigned n = 0;

	CU_ASSERT_PTR_NULL(wb_config_parse(text, "t", "", err, sizeof(err)));
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CU_ASSERT_TRUE(has_line(err, lines[i]));
		if (!has_line(err, lines[i]))
			fprintf(stderr, "missing: %s\n", lines[i]);
	}
	for (const char *p = err; *p != '\0'; p++)
		n += *p == '\n';
	CU_ASSERT_EQUAL(n + 1, sizeof(lines) / sizeof(lines[0]));

	// Too small a buffer holds whole lines and says how many more there are.
	for (size_t len = 0; len < 600; len++) {
		char *small = malloc(len + 1);

		CU_ASSERT_PTR_NULL(wb_config_parse(text, "t", "", small, len));
		if (len > 0)
			CU_ASSERT_TRUE(memchr(small, '\0', len) != NULL);
		if (len == 400)
			CU_ASSERT_PTR_NOT_NULL(strstr(small, "\n... and "));
		free(small);
	}
}

static void
test_not_json(void)
{
	static const struct {
		const char *text, *start;
	} rows[] = {
		{ "", "t:1: not valid JSON" },
		{ "{\n\"role\": \"hub\",\n}", "t:3: not valid JSON (column 1): " },
		{ "{\n\"a\": 1,\n\"a\": 2}",
			"t:3: not valid JSON (column 3): duplicate object key" },
		{ "[1]", "t:1: not an object {...}" },
		{ "{\"\\u0000\": 1}", "t:1: not valid JSON" },
		{ "\"x\"", "t:1: " },
	};
	char err[1000];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_PTR_NULL(wb_config_parse(rows[i].text, "t", "", err, sizeof(err)));
		CU_ASSERT_EQUAL(strncmp(err, rows[i].start, strlen(rows[i].start)), 0);
		if (strncmp(err, rows[i].start, strlen(rows[i].start)) != 0)
			fprintf(stderr, "row %u: %s\n", i, err);
	}
}

static void
test_warning(void)
{
	char err[1000];
	const char *list = strstr(hub_text, "\"edges\"");
	char *text = replaced(hub_text, list, "\"edges\": []}");
	struct wb_config *c = wb_config_parse(text, "t", "", err, sizeof(err));

	CU_ASSERT_PTR_NOT_NULL(c);
	CU_ASSERT_STRING_EQUAL(err, "t:3: edges: warning: empty: nobody can connect to this hub");
	wb_config_free(c);
	free(text);
}

// A hub of `edges` edges with `each` networks; all the same ones, or a /24 each. NULL and its complaints, or
// the configuration.
static struct wb_config *
large_hub(unsigned edges, unsigned each, bool same, char *err, size_t err_len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
	struct wb_config *c;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, "{\"role\": \"hub\", \"name\": \"h\", \"private_key_file\": \"k\",\n\"ports\": "
		   "[{\"name\": \"u\", \"use\": \"uplink\", \"dev\": \"net_tap0,iface=u\"}],\n"
		   "\"edges\": [");
	for (unsigned i = 0; i < edges; i++) {
		unsigned k = same ? 0 : i;

		fprintf(f, "%s{\"name\": \"e%u\", \"public_key\": \"%c%c%s\", \"networks\": [",
			i > 0 ? ",\n" : "", k, digits[k / 32], digits[k % 32], &KEY_A[2]);
		for (unsigned n = 0; n < each; n++) {
			unsigned net = same ? n : i * each + n;

			fprintf(f, "%s\"%u.%u.%u.0/24\"", n > 0 ? ", " : "", 10 + (net >> 16),
				net >> 8 & 255, net & 255);
		}
		fprintf(f, "]}");
	}
	fprintf(f, "]}\n");
	fclose(f);
	c = wb_config_parse(text, "t", "", err, err_len);
	free(text);
	return c;
}

static void
test_many_networks(void)
{
	char err[1000];
	struct wb_config *c = large_hub(250, 40, false, err, sizeof(err));

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_EQUAL(c->n_edges, 250);
	CU_ASSERT_EQUAL(c->edges[249].networks[39].ip[2], 9999 & 255);
	wb_config_free(c);
	c = large_hub(1, WB_CONFIG_NETWORKS, false, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->edges[0].networks[9999].ip[2], 9999 & 255);
	wb_config_free(c);
	CU_ASSERT_PTR_NULL(large_hub(73, 137, false, err, sizeof(err)));
	CU_ASSERT_STRING_EQUAL(
		err, "t:3: edges: 10001 networks in all; allowed: 10000 (join neighbouring ones)");
	CU_ASSERT_PTR_NULL(large_hub(1, WB_CONFIG_NETWORKS + 1, false, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "edges[0].networks: "));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(err, "has 10001 entries; allowed: a list [...] of 1 to 10000"));
}

// Lines of complaints, with those that did not fit.
static unsigned
complaints(const char *err)
{
	const char *more = strstr(err, "\n... and ");
	unsigned n = 1;

	for (const char *p = err; *p != '\0'; p++)
		n += *p == '\n';
	return more == NULL ? n : n - 1 + (unsigned)atoi(more + strlen("\n... and "));
}

// What is wrong with an entry is said once, whatever the number of those that it collides with.
static void
test_duplicates(void)
{
	char err[4000];

	CU_ASSERT_PTR_NULL(large_hub(WB_CONFIG_EDGES, 32, true, err, sizeof(err)));
	// each edge but the first: its name, its key, its networks
	CU_ASSERT_EQUAL(complaints(err), (WB_CONFIG_EDGES - 1) * (1 + 1 + 32));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "t:4: edges[1].name: \"e0\" is edges[0] already"));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "t:4: edges[1].networks[31]: \"10.0.31.0/24\" overlaps "
					   "\"10.0.31.0/24\" of edges[0] "
					   "(e0)"));
}

static void
test_overlaps(void)
{
	static const struct {
		const char *networks[2]; // of edges 0 and 1
		const char *lines[3];
	} rows[] = {
#define OVERLAP(at, mine, other, edge)                                                             \
	"t:3: " at ": \"" mine "\" overlaps \"" other "\" of edges[" edge "] (e" edge              \
	"); a network has one edge"
		/* 0: within an edge */
		{ { "\"10.0.0.0/8\", \"10.1.0.0/16\"", "\"11.0.0.0/8\"" }, { NULL } },
		/* 1 */
		{ { "\"10.0.0.0/8\", \"10.0.0.0/8\"", "\"11.0.0.0/8\"" },
			{ OVERLAP("edges[0].networks[1]", "10.0.0.0/8", "10.0.0.0/8", "0") } },
		/* 2: the narrow one first, or the wide one */
		{ { "\"10.1.0.0/16\", \"10.2.0.0/16\"", "\"10.0.0.0/8\"" },
			{ OVERLAP("edges[1].networks[0]", "10.0.0.0/8", "10.1.0.0/16", "0") } },
		/* 3 */
		{ { "\"10.0.0.0/8\"", "\"10.1.0.0/16\", \"10.1.2.0/24\"" },
			{ OVERLAP("edges[1].networks[0]", "10.1.0.0/16", "10.0.0.0/8", "0"),
				OVERLAP("edges[1].networks[1]", "10.1.2.0/24", "10.0.0.0/8",
					"0") } },
		/* 4: neighbours, and families */
		{ { "\"10.0.0.0/9\", \"a00::/16\"", "\"10.128.0.0/9\", \"10.0.0.0/9\"" },
			{ OVERLAP("edges[1].networks[1]", "10.0.0.0/9", "10.0.0.0/9", "0") } },
		/* 5: past what lies between */
		{ { "\"10.0.0.0/8\", \"10.1.0.0/16\", \"10.3.0.0/16\"", "\"10.2.0.0/16\"" },
			{ OVERLAP("edges[1].networks[0]", "10.2.0.0/16", "10.0.0.0/8", "0") } },
		/* 6 */
		{ { "\"2001:db8::/32\"", "\"2001:db8:8000::/33\"" },
			{ OVERLAP("edges[1].networks[0]", "2001:db8:8000::/33", "2001:db8::/32",
				"0") } },
	};
	char err[4000], text[2000];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned lines = 0;

		snprintf(text, sizeof(text),
			"{\"role\": \"hub\", \"name\": \"h\", \"private_key_file\": "
			"\"k\",\n\"ports\": "
			"[{\"name\": \"u\", \"use\": \"uplink\", \"dev\": \"net_tap0,iface=u\"}],\n"
			"\"edges\": [{\"name\": \"e0\", \"public_key\": \"" KEY_A
			"\", \"networks\": [%s]}, {\"name\": \"e1\", \"public_key\": \"" KEY_B
			"\", \"networks\": [%s]}]}",
			rows[i].networks[0], rows[i].networks[1]);
		wb_config_free(wb_config_parse(text, "t", "", err, sizeof(err)));
		for (; lines < 3 && rows[i].lines[lines] != NULL; lines++)
			CU_ASSERT_TRUE(has_line(err, rows[i].lines[lines]));
		CU_ASSERT_EQUAL(err[0] == '\0' ? 0 : complaints(err), lines);
		if ((err[0] == '\0' ? 0 : complaints(err)) != lines)
			fprintf(stderr, "row %u: %s\n", i, err);
	}
}

// The text is searched for lines that are printed only.
static void
test_located(void)
{
	static const char text[] = "{\n\"a\": 1}";
	json_t *root = json_loads(text, 0, NULL);
	struct config_reader r;
	char err[1000];

	config_reader_init(&r, "t", err, sizeof(err));
	r.text = text;
	r.len = sizeof(text) - 1;
	r.root = root;
	for (unsigned i = 0; i < 100000; i++) {
		config_enter_key(&r, "a");
		config_error(&r, "is wrong for reason %u", i);
		config_leave(&r);
	}
	config_reader_finish(&r);
	CU_ASSERT_EQUAL(r.errors, 100000);
	CU_ASSERT_EQUAL(complaints(err), 100000);
	CU_ASSERT(r.located < 50);
	CU_ASSERT_EQUAL(strncmp(err, "t:2: a: is wrong for reason 0\n", 30), 0);
	json_decref(root);
}

static void
test_files(void)
{
	static const struct {
		const char *content;
		mode_t mode;
		const char *complaint; // NULL: accepted
	} rows[] = {
		{ KEY_A "\n", 0600, NULL },
		{ KEY_A, 0400, NULL },
		{ KEY_A "\n", 0640, "\" has mode 0640; allowed: 0600, 0400" },
		{ KEY_A "\n", 0604, "\" has mode 0604; allowed: 0600, 0400" },
		{ "", 0600, "\" is empty; allowed: what `wanbond genkey` prints" },
		{ "hello\n", 0600,
			"\" does not hold a key; allowed: what `wanbond genkey` prints" },
	};
	char dir[] = "/tmp/wb-test-config-XXXXXX", json[100], key[100], err[1000];
	struct wb_config *c;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(json, sizeof(json), "%s/edge.json", dir);
	snprintf(key, sizeof(key), "%s/edge.key", dir);
	CU_ASSERT_PTR_NULL(wb_config_load(json, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "No such file"));
	file_write(dir, "edge.json", edge_text, 0644);
	c = wb_config_load(json, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->private_key_file, key);
	CU_ASSERT_EQUAL(wb_config_check_files(c, err, sizeof(err)), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "edge.json:2: private_key_file: \""));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "No such file"));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		file_write(dir, "edge.key", rows[i].content, rows[i].mode);
		int ret = wb_config_check_files(c, err, sizeof(err));

		CU_ASSERT_EQUAL(ret, rows[i].complaint != NULL ? -EINVAL : 0);
		CU_ASSERT_TRUE(rows[i].complaint != NULL ? strstr(err, rows[i].complaint) != NULL
							 : err[0] == '\0');
		unlink(key);
	}
	wb_config_free(c);
	unlink(json);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

// xorshift64: the same mutations every time.
static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
	return *state;
}

static const char *const tokens[] = { "{", "}", "[", "]", "\"", ":", ",", "null", "true", "-1",
	"1e400", "4294967296", "18446744073709551616", "\"\\u0001\"", "\"auto\"", "\"/\"",
	"\"::/0\"", "\"hub\"", "\"uplink\"", "\\", "\n", "\xff", "[[[[", "0.5", "\"edges\"",
	"\"rate\"" };

static void
mutate(char *text, size_t room, uint64_t *state)
{
	size_t len = strlen(text), at, n;
	const char *token;

	for (unsigned times = 1 + next_random(state) % 3; times > 0; times--) {
		at = next_random(state) % (len + 1);
		switch (next_random(state) % 4) {
		case 0: // overwrite a character
			if (at < len)
				text[at] = (char)(1 + next_random(state) % 255);
			break;
		case 1: // cut
			n = next_random(state) % 12;
			n = n < len - at ? n : len - at;
			memmove(text + at, text + at + n, len - at - n + 1);
			break;
		case 2: // insert a token
			token = tokens[next_random(state) % (sizeof(tokens) / sizeof(tokens[0]))];
			n = strlen(token);
			if (len + n < room) {
				memmove(text + at + n, text + at, len - at + 1);
				memcpy(text + at, token, n);
			}
			break;
		default: // truncate, seldom
			if (next_random(state) % 8 == 0)
				text[at] = '\0';
		}
		len = strlen(text);
	}
}

// No input crashes, reads outside or leaks (the sanitizers watch); none fails without saying why.
static void
test_mutations(void)
{
	uint64_t state = 0x9e3779b97f4a7c15ull;
	unsigned refused = 0, accepted = 0, silent = 0;

	for (unsigned i = 0; i < 20000; i++) {
		char text[4000], err[600] = "";
		struct wb_config *c;

		snprintf(text, sizeof(text), "%s", i % 2 ? edge_text : hub_text);
		mutate(text, sizeof(text), &state);
		c = wb_config_parse(text, "t", "/etc", err, sizeof(err));
		refused += c == NULL;
		accepted += c != NULL;
		silent += c == NULL && err[0] == '\0';
		wb_config_free(c);
	}
	CU_ASSERT_EQUAL(silent, 0);
	CU_ASSERT_TRUE(refused > 10000);
	CU_ASSERT_TRUE(accepted > 500);
}

static const struct harness_test tests[] = {
	{ "edge", test_edge },
	{ "hub", test_hub },
	{ "a scheduler from a file", test_scheduler_file },
	{ "a budget", test_budget },
	{ "mistakes", test_mistakes },
	{ "no role", test_no_role },
	{ "all errors at once", test_all_errors_at_once },
	{ "not JSON", test_not_json },
	{ "warning", test_warning },
	{ "many networks", test_many_networks },
	{ "duplicates", test_duplicates },
	{ "overlaps", test_overlaps },
	{ "located", test_located },
	{ "key files", test_files },
	{ "mutations", test_mutations },
};

int
main(void)
{
	return HARNESS_RUN("config", tests);
}
