// SPDX-License-Identifier: BSD-3-Clause
// The emulator's configuration: what a file says arrives in the structs, and what is wrong is named.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "config.h"
#include "lateness.h"

static struct emu_conf conf;
static char error[1024];

static int
load(const char *text)
{
	char path[] = "/tmp/wanbond-emu-XXXXXX";
	int fd = mkstemp(path), rc;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	error[0] = '\0';
	rc = config_load(&conf, path, error, sizeof(error));
	unlink(path);
	return rc;
}

static void
test_all_keys(void)
{
	static const struct wb_em_trace trace;
	const struct direction_conf *d;
	struct wb_em_conf em;

	CU_ASSERT_EQUAL_FATAL(
		load("{\"name\": \"lab-1\", \"eal\": [\"-m\", \"64\"], \"tick_us\": 300,"
		     "\"max_packets\": 500, \"seed\": 7, \"links\": ["
		     "{\"name\": \"sat\", \"a\": \"net_null0\", \"b\": \"net_null1,x=1\","
		     "\"a_to_b\": {\"rate_mbit\": 12.5, \"delay_ms\": 20, \"jitter_ms\": 1.5,"
		     "\"reorder\": true, \"loss_percent\": 0.1, \"queue_bytes\": 64000,"
		     "\"police_mbit\": 10, \"police_bytes\": 5000, \"pause_every_ms\": 60,"
		     "\"pause_min_ms\": 5, \"pause_max_ms\": 50},"
		     "\"b_to_a\": {\"trace\": \"x.csv\", \"trace_column\": \"c\", \"jitter_ms\": 2,"
		     "\"gilbert_elliott\": {\"enter_percent\": 1, \"leave_percent\": 20,"
		     "\"loss_percent\": 50}},"
		     "\"outages\": [{\"at\": 1.5, \"for\": 2, \"kind\": \"link_down\"},"
		     "{\"at\": 9, \"for\": 1, \"kind\": \"black_hole\","
		     "\"direction\": \"b_to_a\"}]}]}"),
		0);
	CU_ASSERT_STRING_EQUAL(conf.name, "lab-1");
	CU_ASSERT_EQUAL(conf.n_eal, 2);
	CU_ASSERT_EQUAL(conf.tick, 300000);
	CU_ASSERT_EQUAL(conf.seed, 7);
	CU_ASSERT_EQUAL_FATAL(conf.n_links, 1);
	CU_ASSERT_STRING_EQUAL(conf.links[0].dev[1], "net_null1,x=1");

	d = &conf.links[0].direction[A_TO_B];
	CU_ASSERT_EQUAL(config_max_items(&conf, d), 500);
	em = direction_em_conf(d, NULL, 500);
	CU_ASSERT_EQUAL(em.rate, 12500000);
	CU_ASSERT_EQUAL(em.delay, 20000000);
	CU_ASSERT_EQUAL(em.jitter, 1500000);
	CU_ASSERT_EQUAL(em.jitter_kind, WB_EM_JITTER_REORDER);
	CU_ASSERT_EQUAL(em.loss_ppm, 1000);
	CU_ASSERT_EQUAL(em.queue_bytes, 64000);
	CU_ASSERT_EQUAL(em.police_rate, 10000000);
	CU_ASSERT_EQUAL(em.police_bytes, 5000);
	CU_ASSERT_EQUAL(em.pauses.every, 60000000);
	CU_ASSERT_EQUAL(em.pauses.min, 5000000);
	CU_ASSERT_EQUAL(em.pauses.max, 50000000);
	CU_ASSERT_EQUAL(em.ge_enter_ppm, 0);

	d = &conf.links[0].direction[B_TO_A];
	CU_ASSERT_STRING_EQUAL(d->trace, "/tmp/x.csv"); // beside the configuration
	CU_ASSERT_STRING_EQUAL(d->trace_column, "c");
	em = direction_em_conf(d, &trace, 500);
	CU_ASSERT_EQUAL(em.rate, 0);
	CU_ASSERT_PTR_EQUAL(em.trace, &trace);
	CU_ASSERT_EQUAL(em.jitter_kind, WB_EM_JITTER_FIFO);
	CU_ASSERT_EQUAL(em.ge_enter_ppm, 10000);
	CU_ASSERT_EQUAL(em.ge_leave_ppm, 200000);
	CU_ASSERT_EQUAL(em.ge_loss_ppm, 500000);

	CU_ASSERT_EQUAL_FATAL(conf.links[0].n_outages, 2);
	CU_ASSERT_EQUAL(conf.links[0].outages[0].at, 1500000000);
	CU_ASSERT_EQUAL(conf.links[0].outages[0].duration, 2000000000);
	CU_ASSERT_EQUAL(conf.links[0].outages[0].kind, OUTAGE_LINK_DOWN);
	CU_ASSERT_EQUAL(conf.links[0].outages[1].kind, OUTAGE_BLACK_HOLE);
	CU_ASSERT_FALSE(conf.links[0].outages[1].side[A_TO_B]);
	CU_ASSERT_TRUE(conf.links[0].outages[1].side[B_TO_A]);
}

static void
test_defaults(void)
{
	struct wb_em_conf em;

	CU_ASSERT_EQUAL_FATAL(
		load("{\"links\": [{\"name\": \"x\", \"a\": \"p\", \"b\": \"q\"}]}"), 0);
	CU_ASSERT_STRING_EQUAL(conf.name, "emu");
	em = direction_em_conf(&conf.links[0].direction[A_TO_B], NULL, 0);
	CU_ASSERT_EQUAL(em.rate, 0);
	CU_ASSERT_EQUAL(em.delay, 0);
	CU_ASSERT_EQUAL(em.jitter_kind, WB_EM_JITTER_NONE);
	CU_ASSERT_EQUAL(em.queue_bytes, 250000);
	// Room for what a long fat link holds.
	conf.links[0].direction[A_TO_B].value[RATE_MBIT] = 100;
	CU_ASSERT_EQUAL(config_max_items(&conf, &conf.links[0].direction[A_TO_B]), 2048);
	conf.links[0].direction[A_TO_B].value[DELAY_MS] = 320;
	CU_ASSERT(config_max_items(&conf, &conf.links[0].direction[A_TO_B]) > 2 * 4000000 / 1500);
}

#define LINK(more) "{\"links\": [{\"name\": \"x\", \"a\": \"p\", \"b\": \"q\"" more "}]}"

static void
test_bad(void)
{
	static const char *const rows[][2] = {
		{ "{\n", ":2:0: " },
		{ "[]", "[] is not allowed here: an object" },
		{ "{}", "links: missing" },
		{ "{\"name\": \"a\", \"name\": \"b\"}", "duplicate" },
		{ "{\"tick_us\": 1}", "tick_us: 1 is not allowed here: a number from 50 to 5000" },
		{ "{\"max_packets\": \"x\"}", "max_packets: \"x\" is not allowed" },
		{ "{\"max_packets\": 64.5}",
			"max_packets: 64.5 is not allowed here: a whole number" },
		{ "{\"seed\": 1.5}", "seed: 1.5 is not allowed here: a whole number" },
		{ "{\"eal\": \"-m\"}", "eal: \"-m\" is not allowed" },
		{ LINK(", \"c\": 1"), "links[0].c: unknown key; known here: name, a, b, a_to_b, "
				      "b_to_a, outages" },
		{ LINK(", \"a_to_b\": []"), "links[0].a_to_b: [] is not allowed here: an object" },
		{ LINK(", \"a_to_b\": {\"rate_mbit\": true}"),
			"links[0].a_to_b.rate_mbit: true is not allowed here: 0 or a number from "
			"0.001" },
		{ LINK(", \"a_to_b\": {\"rate_mbit\": 1e-9}"),
			"0 or a number from 0.001 to 100000" },
		{ LINK(", \"a_to_b\": {\"delay_ms\": 1e9}"), "a number from 0 to 10000" },
		{ LINK(", \"a_to_b\": {\"queue_bytes\": 1}"), "a whole number from 1500 to" },
		{ LINK(", \"a_to_b\": {\"gilbert_elliott\": {\"enter_percent\": 1, "
		       "\"leave_percent\": 0}}"),
			"a leave_percent above 0: a burst would never end" },
		{ "{\"links\": [{\"name\": \"x\", \"a\": \"p\", \"b\": \"p\"}]}",
			"links[0]: \"p\" is not allowed here: another port than a" },
		{ LINK(", \"a_to_b\": {\"loss_percent\": 101}"), "a number from 0 to 100" },
		{ LINK(", \"a_to_b\": {\"queue_bytes\": 2000.5}"), "a whole number from 1500" },
		{ LINK(", \"a_to_b\": {\"reorder\": 1}"), "true or false" },
		{ LINK(", \"a_to_b\": {\"police_mbit\": 1e-9}"),
			"0 or a number from 0.001 to 100000" },
		{ LINK(", \"a_to_b\": {\"pause_max_ms\": 5}"),
			"a pause_every_ms above pause_max_ms" },
		{ LINK(", \"a_to_b\": {\"pause_every_ms\": 9, \"pause_min_ms\": 5}"),
			"a pause_max_ms that is not below pause_min_ms" },
		{ LINK(", \"a_to_b\": {\"trace\": \"x\", \"pause_every_ms\": 9}"),
			"either pauses or trace" },
		{ LINK(", \"a_to_b\": {\"trace_column\": \"x\"}"), "only with a trace" },
		{ LINK(", \"a_to_b\": {\"ge_enter_percent\": 1}"), "unknown key" },
		{ LINK(", \"outages\": {}"), "links[0].outages: {} is not allowed" },
		{ LINK(", \"outages\": [{\"at\": 1}]"), "links[0].outages[0]: {\"at\":1} is not" },
		{ LINK(", \"outages\": [{\"at\": 1, \"for\": 1, \"kind\": \"link_down\","
		       "\"direction\": \"a_to_b\"}]"),
			"link_down only in both directions" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CU_ASSERT_EQUAL(load(rows[i][0]), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, rows[i][1]));
	}
	CU_ASSERT_EQUAL(config_load(&conf, "/nonexistent", error, sizeof(error)), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "/nonexistent"));
	CU_ASSERT_EQUAL(config_load(&conf, "/tmp", error, sizeof(error)), -EINVAL);
	CU_ASSERT_STRING_EQUAL(error, "/tmp: Is a directory");
}

static void
test_lateness(void)
{
	static struct lateness l, sum;

	lateness_clear(&l);
	CU_ASSERT_EQUAL(lateness_quantile(&l, 999), 0);
	for (int i = 0; i < 1000; i++)
		lateness_add(&l, (i - 100) * 1000);
	CU_ASSERT_EQUAL(l.min, -100000);
	CU_ASSERT_EQUAL(l.max, 899000);
	CU_ASSERT_EQUAL(lateness_quantile(&l, 500), 400000);
	CU_ASSERT_EQUAL(lateness_quantile(&l, 990), 890000);
	lateness_add(&l, 70000000); // beyond the histogram
	lateness_add(&l, -70000000);
	CU_ASSERT_EQUAL(lateness_quantile(&l, 1000), 70000000);
	lateness_clear(&sum);
	lateness_join(&sum, &l);
	lateness_join(&sum, &l);
	CU_ASSERT_EQUAL(sum.n, 2 * l.n);
	CU_ASSERT_EQUAL(sum.min, -70000000);
	CU_ASSERT_EQUAL(lateness_quantile(&sum, 500), lateness_quantile(&l, 500));
}

static const struct harness_test tests[] = {
	{ "all_keys", test_all_keys },
	{ "defaults", test_defaults },
	{ "bad", test_bad },
	{ "lateness", test_lateness },
};

int
main(void)
{
	return HARNESS_RUN("emulator_config", tests);
}
