// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <string.h>

#include "../unit/harness.h"
#include "classify.h"

enum { TCP = 6, UDP = 17, ICMP = 1 };

// In this order, as an operator would write them.
static const struct wb_dp_rule rules[] = {
	{ .sclass = WB_CLASS_BULK,
		.network = { .ip = { 192, 0, 2, 128 }, .family = 4, .len = 25 } },
	{ .sclass = WB_CLASS_REALTIME, .protocol = UDP, .port_low = 3478, .port_high = 3481 },
	{ .sclass = WB_CLASS_DEFAULT,
		.dscp = 46,
		.network = { .ip = { 10 }, .family = 4, .len = 8 } },
	{ .sclass = WB_CLASS_BULK, .port_low = 873, .port_high = 873 },
	{ .sclass = WB_CLASS_REALTIME,
		.network = { .ip = { 0x20, 0x01, 0x0d, 0xb8 }, .family = 6, .len = 33 } },
};

static const struct {
	const char *src, *dst;
	uint8_t proto, dscp;
	uint16_t sport, dport;
	bool later_fragment;
	enum wb_class sclass;
	bool set;
} rows[] = {
	/* 0 */ { "198.51.100.1", "192.0.2.127", TCP, 0, 1, 443, false, WB_CLASS_DEFAULT, false },
	/* 1 */ { "198.51.100.1", "192.0.2.129", TCP, 0, 1, 443, false, WB_CLASS_BULK, true },
	/* 2 */ { "192.0.2.255", "198.51.100.1", ICMP, 46, 0, 0, false, WB_CLASS_BULK, true },
	/* 3 */
	{ "198.51.100.1", "198.51.100.2", UDP, 0, 5000, 3478, false, WB_CLASS_REALTIME, true },
	/* 4 */ { "198.51.100.1", "198.51.100.2", UDP, 0, 3481, 9, false, WB_CLASS_REALTIME, true },
	/* 5 */
	{ "198.51.100.1", "198.51.100.2", UDP, 0, 3482, 3477, false, WB_CLASS_DEFAULT, false },
	/* 6 */
	{ "198.51.100.1", "198.51.100.2", TCP, 0, 5000, 3478, false, WB_CLASS_DEFAULT, false },
	/* 7 */
	{ "198.51.100.1", "198.51.100.2", UDP, 0, 5000, 3478, true, WB_CLASS_DEFAULT, false },
	/* 8 */ { "10.1.2.3", "198.51.100.2", UDP, 46, 1, 2, false, WB_CLASS_DEFAULT, true },
	/* 9 */ { "11.1.2.3", "198.51.100.2", UDP, 46, 1, 2, false, WB_CLASS_REALTIME, true },
	/* 10 */ { "11.1.2.3", "198.51.100.2", TCP, 34, 1, 873, false, WB_CLASS_BULK, true },
	/* 11 */ { "11.1.2.3", "198.51.100.2", TCP, 34, 1, 874, false, WB_CLASS_REALTIME, true },
	/* 12 */
	{ "2001:db8:7fff::1", "2001:db9::1", TCP, 0, 1, 2, false, WB_CLASS_REALTIME, true },
	/* 13 */
	{ "2001:db8:8000::1", "2001:db9::1", TCP, 0, 1, 2, false, WB_CLASS_DEFAULT, false },
	/* 14 */ { "11.1.2.3", "198.51.100.2", ICMP, 8, 0, 0, false, WB_CLASS_BULK, true },
};

static void
test_rules(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int family = strchr(rows[i].src, ':') ? AF_INET6 : AF_INET;
		uint8_t ip[64] = { 0 }, src[16], dst[16];
		struct inner in = { .ip = ip,
			.src = src,
			.dst = dst,
			.len = 64,
			.l4 = family == AF_INET ? 20 : 40,
			.family = family == AF_INET ? 4 : 6,
			.proto = rows[i].proto,
			.tos = (uint8_t)(rows[i].dscp << 2 | 1),
			.later_fragment = rows[i].later_fragment };
		enum wb_class got;
		bool set;

		inet_pton(family, rows[i].src, src);
		inet_pton(family, rows[i].dst, dst);
		ip[in.l4] = rows[i].sport >> 8;
		ip[in.l4 + 1] = rows[i].sport & 0xff;
		ip[in.l4 + 2] = rows[i].dport >> 8;
		ip[in.l4 + 3] = rows[i].dport & 0xff;
		got = classify(rules, sizeof(rules) / sizeof(rules[0]), &in, &set);
		CU_ASSERT_EQUAL(got, rows[i].sclass);
		CU_ASSERT_EQUAL(set, rows[i].set);
		if (got != rows[i].sclass || set != rows[i].set)
			printf("row %u: %d %d\n", i, got, set);
	}
}

// A packet that ends before its ports is of no port.
static void
test_cut(void)
{
	uint8_t ip[24] = { 0 }, a[16] = { 198 };
	struct inner in = { .ip = ip, .src = a, .dst = a, .len = 23, .l4 = 20, .family = 4 };
	bool set;

	in.proto = UDP;
	ip[22] = 3478 >> 8;
	ip[23] = 3478 & 0xff;
	CU_ASSERT_EQUAL(classify(rules, 5, &in, &set), WB_CLASS_DEFAULT);
	in.len = 24;
	CU_ASSERT_EQUAL(classify(rules, 5, &in, &set), WB_CLASS_REALTIME);
	CU_ASSERT_EQUAL(classify(rules, 0, &in, &set), WB_CLASS_DEFAULT);
	CU_ASSERT_FALSE(set);
}

static const struct harness_test tests[] = {
	{ "the first rule that fits, then the DSCP", test_rules },
	{ "cut before its ports", test_cut },
};

int
main(void)
{
	return HARNESS_RUN("classify", tests);
}
