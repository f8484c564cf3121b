// SPDX-License-Identifier: BSD-3-Clause
// What a changed file would change.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "wb_config.h"

#define KEY "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define TEXT(more, wan)                                                                            \
	"{\"role\": \"edge\", \"name\": \"home\", \"private_key_file\": \"k\", " more              \
	"\"ports\": "                                                                              \
	"[{\"name\": \"lan\", \"use\": \"lan\", \"dev\": \"net_tap0,iface=l\"}, " wan              \
	"], \"hub\": "                                                                             \
	"{\"address\": \"192.0.2.1\", \"public_key\": \"" KEY "\"}}"
#define WAN(name, more)                                                                            \
	"{\"name\": \"" name "\", \"use\": \"wan\", \"dev\": \"net_tap_" name ",iface=" name       \
	"\"" more "}"

static void
diff(const char *a, const char *b, char *text, size_t len)
{
	char err[1000];
	struct wb_config *ca = wb_config_parse(a, "a", "/", err, sizeof(err));
	struct wb_config *cb = wb_config_parse(b, "b", "/", err, sizeof(err));

	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cb);
	wb_config_diff(ca, cb, text, len);
	wb_config_free(ca);
	wb_config_free(cb);
}

static void
rows(void)
{
	static const char base[] = TEXT("", WAN("w", ", \"mtu\": 1400"));
	static const struct {
		const char *text, *want;
	} table[] = {
		{ TEXT("", WAN("w", ",\n \"mtu\":1400")), "" },
		{ TEXT("\"comment\": \"x\", \"$schema\": \"y\", ", WAN("w", ", \"mtu\": 1400")),
			"" },
		{ TEXT("", WAN("w", ", \"mtu\": 1300")), "ports[1].mtu" },
		{ TEXT("", WAN("w", "")), "ports[1].mtu" },
		{ TEXT("", WAN("w", ", \"mtu\": 1400, \"rate\": {\"up\": 5}")), "ports[1].rate" },
		{ TEXT("\"fec_percent\": 5, ", WAN("w", "")), "ports[1].mtu, fec_percent" },
		{ TEXT("", WAN("w", ", \"mtu\": 1400") ", " WAN("x", "")), "ports" },
	};
	char text[300];

	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		diff(base, table[i].text, text, sizeof(text));
		CU_ASSERT_STRING_EQUAL(text, table[i].want);
	}
}

static void
too_many(void)
{
	char text[46];

	diff(TEXT("", WAN("w", "")),
		TEXT("\"fec_percent\": 5, \"idle\": \"poll\", ", WAN("w", ", \"mtu\": 1400")), text,
		sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "ports[1].mtu, and 2 more");
	diff(TEXT("", WAN("w", "")), TEXT("\"fec_percent\": 5, ", WAN("w", "")), text, 21);
	CU_ASSERT_STRING_EQUAL(text, "1 more");
}

static const struct harness_test tests[] = {
	{ "rows", rows },
	{ "too many to tell", too_many },
};

int
main(void)
{
	return HARNESS_RUN("config_diff", tests);
}
