// SPDX-License-Identifier: BSD-3-Clause
// Replies of telemetry: DPDK 22.11 cuts one at 16 KiB, so the pages of a full house with long names and
// large counters must stay below, and lead to every object. DPDK's side stands here: it reckons how long the
// JSON text would be.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>
#include <rte_version.h>

#include "../support/file.h"
#include "clock.h"
#include "control.h"
#include "harness.h"
#include "mailbox.h"
#include "telemetry.h"
#include "views.h"

#define REPLY_MAX (16 * 1024)
#define TUNNELS 3 // hubs have more; the pages look the same
#define PORTS WB_DP_PORTS_MAX
#define LARGE 0x0d // in every byte of a counter: 18 digits

struct rte_tel_data {
	size_t len; // of its JSON text
	unsigned entries, objects;
	uint64_t next;
};

static struct {
	const char *command;
	telemetry_cb run;
} commands[16];
static unsigned n_commands;

int
rte_telemetry_register_cmd(const char *cmd, telemetry_cb fn, const char *help)
{
	(void)help;
	CU_ASSERT_FATAL(n_commands < 16);
	commands[n_commands].command = cmd;
	commands[n_commands++].run = fn;
	return 0;
}

struct rte_tel_data *
rte_tel_data_alloc(void)
{
	return calloc(1, sizeof(struct rte_tel_data));
}

void
rte_tel_data_free(struct rte_tel_data *d)
{
	free(d);
}

int
rte_tel_data_start_dict(struct rte_tel_data *d)
{
	d->len = 2;
	return 0;
}

// docs/counters.md, and the question that is answered.
static char *reference;
static const char *question;

// Returns whether the reference has a row of that name in the question's section.
static bool
has_row(const char *name)
{
	char section[64], row[96];
	const char *from, *end, *at;

	snprintf(section, sizeof(section), "\n## %s\n", strrchr(question, '/') + 1);
	snprintf(row, sizeof(row), "\n| `%s` | ", name);
	from = strstr(reference, section);
	if (from == NULL)
		return false;
	end = strstr(from + 1, "\n## ");
	at = strstr(from, row);
	return at != NULL && (end == NULL || at < end);
}

// Returns whether a key is described. "next" and an object's index are, for all.
static bool
described(const char *key)
{
	static const char a_class[] = "realtime_", last[] = "_last_";
	const char *at = strstr(key, last);
	char name[64];

	if (strcmp(key, "next") == 0 || key[strspn(key, "0123456789")] == 0)
		return true;
	if (strncmp(key, a_class, strlen(a_class)) == 0)
		snprintf(name, sizeof(name), "CLASS_%s", key + strlen(a_class));
	else if (at != NULL)
		snprintf(name, sizeof(name), "%.*s_last_N", (int)(at - key), key);
	else
		snprintf(name, sizeof(name), "%s", key);
	return has_row(name);
}

// "key":value,
static int
add(struct rte_tel_data *d, const char *key, size_t value)
{
	d->len += strlen(key) + 3 + value + 1;
	CU_ASSERT(++d->entries <= 256); // RTE_TEL_MAX_DICT_ENTRIES
	CU_ASSERT(strlen(key) < 64);
	if (question != NULL && !described(key)) {
		printf("%s: %s is not in docs/counters.md\n", question, key);
		CU_FAIL("not described");
	}
	return 0;
}

int
rte_tel_data_add_dict_string(struct rte_tel_data *d, const char *key, const char *value)
{
	CU_ASSERT(strlen(value) < 128);
	return add(d, key, strlen(value) + 2);
}

#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
int
rte_tel_data_add_dict_int(struct rte_tel_data *d, const char *key, int value)
#else
int
rte_tel_data_add_dict_int(struct rte_tel_data *d, const char *key, int64_t value)
#endif
{
	return add(d, key, (size_t)snprintf(NULL, 0, "%lld", (long long)value));
}

int
rte_tel_data_add_dict_uint(struct rte_tel_data *d, const char *key, uint64_t value)
{
	if (strcmp(key, "next") == 0)
		d->next = value;
	return add(d, key, (size_t)snprintf(NULL, 0, "%llu", (unsigned long long)value));
}

int
rte_tel_data_add_dict_container(
	struct rte_tel_data *d, const char *key, struct rte_tel_data *value, int keep)
{
	(void)keep;
	d->objects++;
	add(d, key, value->len);
	free(value);
	return 0;
}

int
rte_tel_data_start_array(struct rte_tel_data *d, enum rte_tel_value_type type)
{
	CU_ASSERT_EQUAL(type, RTE_TEL_UINT_VAL);
	d->len = 2;
	return 0;
}

int
rte_tel_data_add_array_uint(struct rte_tel_data *d, uint64_t value)
{
	d->len += (size_t)snprintf(NULL, 0, "%llu,", (unsigned long long)value);
	CU_ASSERT(++d->entries <= 512); // RTE_TEL_MAX_ARRAY_ENTRIES
	return 0;
}

int
mailbox_call(struct mailbox *m, void (*fn)(void *arg), void *arg)
{
	(void)m;
	fn(arg);
	return 0;
}

static void
long_name(char *name, size_t size)
{
	memset(name, 'n', size - 1);
	name[size - 1] = 0;
}

static char name31[WB_NAME_MAX];

int
view_tunnel(struct control *ctl, unsigned tunnel, struct view_tunnel *v)
{
	(void)ctl;
	memset(v, LARGE, sizeof(*v));
	v->tunnel = tunnel;
	v->name = name31;
	v->way_out = "IPv4: nothing comes back from behind the hub";
	snprintf(v->hub_address, sizeof(v->hub_address), "222.222.222.222");
	memset(v->hub_name, 'n', sizeof(v->hub_name) - 1);
	v->hub_name[sizeof(v->hub_name) - 1] = 0;
	memset(v->hub_failed, 'f', sizeof(v->hub_failed) - 1);
	v->hub_failed[sizeof(v->hub_failed) - 1] = 0;
	v->session.state = SESSION_REKEYING;
	v->session.cipher = WB_CIPHER_AES_128_GCM;
	long_name(v->scheduler, sizeof(v->scheduler));
	long_name(v->stats.fec_state, sizeof(v->stats.fec_state));
	for (unsigned i = 0; i < VIEW_PATHS; i++) {
		struct wb_path_stats *s = &v->paths[i];

		v->used[i] = true;
		s->state = WB_PATH_DISABLED;
		memset(s->remote.ip, 222, sizeof(s->remote.ip));
		long_name(s->name, sizeof(s->name));
		long_name(s->cc_state, sizeof(s->cc_state));
		long_name(s->why_not, sizeof(s->why_not));
	}
	return 0;
}

const char *
view_path_why_not(const struct control *ctl, const struct view_tunnel *v, unsigned slot)
{
	static char longest[sizeof(((struct control_port *)NULL)->why_not)];

	(void)ctl;
	(void)v;
	(void)slot;
	memset(longest, 'w', sizeof(longest) - 1);
	return longest;
}

void
view_path_name(
	const struct control *ctl, const struct view_tunnel *v, unsigned slot, char name[VIEW_NAME])
{
	(void)ctl;
	(void)v;
	(void)slot;
	memset(name, 'e', 2 * WB_CONFIG_NAME - 1);
	name[2 * WB_CONFIG_NAME - 1] = 0;
}

int
view_port(const struct control *ctl, unsigned port, struct view_port *v)
{
	(void)ctl;
	(void)port;
	memset(v, LARGE, sizeof(*v));
	v->name = v->use = v->interface = v->trunk = name31;
	v->vlan = 4094;
	v->why_not =
		"no such interface, waiting for it: a sentence of this length at most, as they are";
	long_name(v->device, sizeof(v->device));
	return 0;
}

unsigned
view_flows(struct control *ctl, unsigned tunnel, unsigned from, struct tunnel_flow *flows,
	unsigned max)
{
	unsigned n = 0;

	(void)ctl;
	for (; n < max && from < WB_BUCKETS; from++) {
		memset(&flows[n], LARGE, sizeof(flows[n]));
		flows[n].tunnel = tunnel;
		flows[n].stats.sclass = 0;
		flows[n++].stats.bucket = (uint16_t)from;
	}
	return n;
}

void
view_drops(struct control *ctl, uint64_t drops[WB_DROP_COUNT])
{
	(void)ctl;
	memset(drops, LARGE, WB_DROP_COUNT * sizeof(*drops));
}

void
view_recent(struct control *ctl, enum wb_dp_recent_kind kind, int tunnel,
	char lines[WB_DP_RECENT][VIEW_RECENT])
{
	(void)ctl;
	(void)kind;
	(void)tunnel;
	for (unsigned i = 0; i < WB_DP_RECENT; i++) {
		memset(lines[i], 'r', VIEW_RECENT - 1);
		lines[i][VIEW_RECENT - 1] = 0;
	}
}

const char *
view_class(uint8_t sclass)
{
	(void)sclass;
	return "realtime";
}

const char *
view_ip4(const uint8_t ip[4], char text[16])
{
	(void)ip;
	return strcpy(text, "222.222.222.222");
}

int
budget_find(const struct budgets *b, unsigned slot)
{
	(void)b;
	return slot % PORTS;
}

const char *
session_state_name(enum session_state s)
{
	(void)s;
	return "rekeying";
}

wb_ns_t
control_now(void)
{
	return 1000000 * WB_SEC;
}

int
wb_dp_worker_stats(const struct wb_dp *dp, unsigned worker, struct wb_dp_worker_stats *s)
{
	(void)dp;
	(void)worker;
	memset(s, LARGE, sizeof(*s));
	return 0;
}

int
wb_dp_node_stats(const struct wb_dp *dp, unsigned worker, unsigned i, struct wb_dp_node_stats *s)
{
	(void)dp;
	(void)worker;
	if (i >= 20)
		return -ENOENT;
	memset(s, LARGE, sizeof(*s));
	long_name(s->name, sizeof(s->name));
	return 0;
}

static struct wb_config conf;
static struct control ctl;

static void
begin(void)
{
	long_name(name31, WB_CONFIG_NAME);
	memset(&conf, 0, sizeof(conf));
	memset(&ctl, 0, sizeof(ctl));
	long_name(conf.name, sizeof(conf.name));
	ctl.conf = &conf;
	ctl.tunnels.n = TUNNELS;
	ctl.ports.n = PORTS;
	ctl.eal.n_workers = 32;
	for (unsigned i = 0; i < WB_CONFIG_PORTS; i++)
		conf.ports[i].budget = 0x0d0d0d0d0d0d0d0d;
	n_commands = 0;
	telemetry_start(&ctl);
}

// All pages of a command: the longest, how many objects, and none twice or for ever.
static void
read_all(unsigned command, size_t *longest, unsigned *objects)
{
	uint64_t start = 0;
	char params[24];

	*longest = *objects = 0;
	for (unsigned page = 0; page < 1000; page++) {
		struct rte_tel_data d = { .len = 0 };
		size_t name = strlen(commands[command].command) + 5;

		snprintf(params, sizeof(params), "%llu", (unsigned long long)start);
		CU_ASSERT_EQUAL(commands[command].run(commands[command].command, params, &d), 0);
		if (d.len + name > *longest)
			*longest = d.len + name;
		*objects += d.objects;
		if (d.next == 0)
			return;
		CU_ASSERT_FATAL(d.next > start);
		start = d.next;
	}
	CU_FAIL("no end");
}

static const struct {
	const char *command;
	unsigned objects;
} expected[] = {
	{ "/wanbond/info", 0 },
	{ "/wanbond/tunnels", TUNNELS },
	{ "/wanbond/paths", TUNNELS *VIEW_PATHS },
	{ "/wanbond/ports", PORTS },
	{ "/wanbond/flows", TUNNELS *WB_BUCKETS },
	{ "/wanbond/drops", 0 },
	{ "/wanbond/workers", 32 },
	{ "/wanbond/nodes", 20 },
};

static void
replies_are_whole(void)
{
	size_t longest;
	unsigned objects;

	begin();
	CU_ASSERT_EQUAL_FATAL(n_commands, sizeof(expected) / sizeof(expected[0]));
	for (unsigned i = 0; i < n_commands; i++) {
		CU_ASSERT_STRING_EQUAL(commands[i].command, expected[i].command);
		read_all(i, &longest, &objects);
		printf("%s: %zu bytes at most ", commands[i].command, longest);
		CU_ASSERT_EQUAL(objects, expected[i].objects);
		CU_ASSERT(longest < REPLY_MAX);
	}
	telemetry_stop();
}

static void
each_key_is_described(void)
{
	size_t longest;
	unsigned objects;

	reference = file_read(WB_SOURCE_ROOT "/docs/counters.md");
	question = "/wanbond/paths";
	CU_ASSERT(described("lost") && !described("los") && !described("in_packets"));
	begin();
	for (unsigned i = 0; i < n_commands; i++) {
		question = commands[i].command;
		read_all(i, &longest, &objects);
	}
	question = NULL;
	free(reference);
	telemetry_stop();
}

static void
bad_parameters(void)
{
	static const char *const bad[] = { "x", "-1", "1x", " 1", "99999999999" };

	begin();
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rte_tel_data d = { .len = 0 };

		CU_ASSERT_EQUAL(commands[2].run("", bad[i], &d), -EINVAL);
	}
	telemetry_stop();
	CU_ASSERT_EQUAL(commands[0].run("", NULL, &(struct rte_tel_data){ .len = 0 }), -ESHUTDOWN);
}

static const struct harness_test tests[] = {
	{ "replies are whole", replies_are_whole },
	{ "each key is described", each_key_is_described },
	{ "bad parameters", bad_parameters },
};

int
main(void)
{
	return HARNESS_RUN("telemetry", tests);
}
