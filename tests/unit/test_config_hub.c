// SPDX-License-Identifier: BSD-3-Clause
// Where an edge's hub is: by an address, by names, by a list of both; what is neither gets its message.
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "wb_config.h"

#define HOST "an IPv4 address such as \"192.0.2.1\" or a DNS name such as \"vps.example.net\""
#define HOSTS HOST ", or a list [...] of 1 to 8 of these"
#define ADDRESS4 "an IPv4 address such as \"192.0.2.1\""
#define PART63 "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrstuvwxyz"

static struct wb_config *
parse(const char *hub, char *err, size_t err_len)
{
	char text[2000];

	snprintf(text, sizeof(text),
		"{\"role\": \"edge\", \"name\": \"home\", \"private_key_file\": \"k\",\n\"ports\": "
		"[{\"name\": \"l\", \"use\": \"lan\", \"dev\": \"packet0,iface=l0\"}, {\"name\": "
		"\"w\", \"use\": \"wan\", \"dev\": \"packet1,iface=w0\"}],\n\"hub\": {%s, "
		"\"public_key\": \"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\"}}",
		hub);
	return wb_config_parse(text, "t", "/", err, err_len);
}

static void
one_address(void)
{
	char err[600];
	struct wb_config *c = parse("\"address\": \"203.0.113.10\"", err, sizeof(err));

	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->hub.n_hosts, 1);
	CU_ASSERT_STRING_EQUAL(c->hub.hosts[0].name, "");
	CU_ASSERT_EQUAL(c->hub.hosts[0].address.family, 4);
	CU_ASSERT_EQUAL(memcmp(c->hub.hosts[0].address.ip, "\xcb\0\x71\x0a", 4), 0);
	CU_ASSERT_EQUAL(c->hub.n_resolvers, 0);
	wb_config_free(c);
}

static void
one_name(void)
{
	static const char *const good[] = { "vps.example.net", "localhost", "7up.4Mu.net",
		PART63 ".a", "xn--bcher-kva.example", "1.2.3.4a" };
	char err[600], text[300];

	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct wb_config *c;

		snprintf(text, sizeof(text), "\"address\": \"%s\"", good[i]);
		c = parse(text, err, sizeof(err));
		CU_ASSERT_STRING_EQUAL(err, "");
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_EQUAL(c->hub.n_hosts, 1);
		CU_ASSERT_STRING_EQUAL(c->hub.hosts[0].name, good[i]);
		CU_ASSERT_EQUAL(c->hub.hosts[0].address.family, 0);
		wb_config_free(c);
	}
}

static void
a_list(void)
{
	char err[600];
	struct wb_config *c = parse("\"address\": [\"Vps.Example.NET.\", \"192.0.2.7\"], "
				    "\"resolvers\": [\"9.9.9.9\"]",
		err, sizeof(err));

	CU_ASSERT_STRING_EQUAL(err, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL_FATAL(c->hub.n_hosts, 2);
	CU_ASSERT_STRING_EQUAL(c->hub.hosts[0].name, "Vps.Example.NET");
	CU_ASSERT_STRING_EQUAL(c->hub.hosts[1].name, "");
	CU_ASSERT_EQUAL(memcmp(c->hub.hosts[1].address.ip, "\xc0\0\2\7", 4), 0);
	CU_ASSERT_EQUAL(c->hub.n_resolvers, 1);
	CU_ASSERT_EQUAL(memcmp(c->hub.resolvers[0].ip, "\x9\x9\x9\x9", 4), 0);
	wb_config_free(c);
}

static void
mistakes(void)
{
	static const struct {
		const char *hub, *line;
	} rows[] = {
		{ "\"address\": \"203.0.113.256\"",
			"t:3: hub.address: \"203.0.113.256\" is not an address; allowed: " HOST },
		{ "\"address\": \"203.0.113.10/24\"", "t:3: hub.address: \"203.0.113.10/24\" has a "
						      "prefix length; allowed: " HOST },
		{ "\"address\": \"127.0.0.1\"",
			"t:3: hub.address: \"127.0.0.1\" is not an address that "
			"a host can have; allowed: " HOST },
		{ "\"address\": \"2001:db8::1\"",
			"t:3: hub.address: \"2001:db8::1\" is IPv6, which is "
			"carried inside the tunnel but not yet outside; "
			"allowed: " HOST },
		{ "\"address\": \"my_hub.net\"",
			"t:3: hub.address: \"my_hub.net\" has a character that "
			"no DNS name of a host has; allowed: " HOST },
		{ "\"address\": \"hub..net\"",
			"t:3: hub.address: \"hub..net\" has a part between its "
			"dots that is empty or longer than 63; "
			"allowed: " HOST },
		{ "\"address\": \"a" PART63 "\"",
			"t:3: hub.address: \"a"
			"abcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnopqrst"
			"u... has a part between its dots that is empty or longer than 63; "
			"allowed: " HOST },
		{ "\"address\": \".\"",
			"t:3: hub.address: \".\" has a part between its dots that is "
			"empty or longer than 63; allowed: " HOST },
		{ "\"address\": \"hub-.net\"",
			"t:3: hub.address: \"hub-.net\" has a part that begins "
			"or ends with -; allowed: " HOST },
		{ "\"address\": \"\"", "t:3: hub.address: \"\" is empty; allowed: " HOST },
		{ "\"address\": 7", "t:3: hub.address: 7 is not an address; allowed: " HOST },
		{ "\"address\": []", "t:3: hub.address: [] has 0 entries; allowed: " HOSTS },
		{ "\"address\": [\"vps.example.net\", \"-\"]",
			"t:3: hub.address[1]: \"-\" has a part that begins or ends with -; "
			"allowed: " HOST },
		{ "\"address\": \"vps.example.net\", \"resolvers\": [\"127.0.0.53\"]",
			"t:3: hub.resolvers[0]: \"127.0.0.53\" is not an address that a host can "
			"have; "
			"allowed: " ADDRESS4 },
		{ "\"address\": \"vps.example.net\", \"resolvers\": \"9.9.9.9\"",
			"t:3: hub.resolvers: \"9.9.9.9\" is not a list; allowed: a list [...] of 1 "
			"to "
			"8, each " ADDRESS4 },
	};
	char err[600];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_PTR_NULL(parse(rows[i].hub, err, sizeof(err)));
		CU_ASSERT_STRING_EQUAL(err, rows[i].line);
		if (strcmp(err, rows[i].line) != 0)
			printf("\n%s\n%s\n", err, rows[i].line);
	}
}

static const struct harness_test tests[] = {
	{ "one address", one_address },
	{ "one name", one_name },
	{ "a list", a_list },
	{ "mistakes", mistakes },
};

int
main(void)
{
	return HARNESS_RUN("config_hub", tests);
}
