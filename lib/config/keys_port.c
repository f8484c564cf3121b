// SPDX-License-Identifier: BSD-3-Clause
// The keys of a port, in the order of the reference.
#include "key_rows.h"

static const struct config_key rate_rows[] = {
	{ .name = "up",
		.type = CONFIG_RATE,
		.offset = 0,
		.size = sizeof(uint64_t),
		.max = MBIT_MAX,
		.fallback = "\"auto\"",
		.help = "Toward the Internet." },
	{ .name = "down",
		.type = CONFIG_RATE,
		.offset = sizeof(uint64_t),
		.size = sizeof(uint64_t),
		.max = MBIT_MAX,
		.fallback = "\"auto\"",
		.help = "From the Internet; the hub is told." },
};
static const struct config_object rate_object = { .title = "rate", KEYS(rate_rows) };

static const struct config_object max_rate_object = { .title = "max_rate", KEYS(rate_rows) };

_Static_assert(offsetof(struct wb_config_port, rate_down) ==
			       offsetof(struct wb_config_port, rate_up) + sizeof(uint64_t) &&
		       offsetof(struct wb_config_port, max_down) ==
			       offsetof(struct wb_config_port, max_up) + sizeof(uint64_t),
	"rate_rows write both members");

static const struct config_key budget_rows[] = {
	{ .name = "gigabytes",
		.type = CONFIG_GIGABYTES,
		.required = 1,
		MEMBER(struct wb_config_port, budget),
		.max = 1000000,
		.help = "Both directions together, headers and all; a gigabyte is 10^9 bytes." },
	{ .name = "day",
		.type = CONFIG_NUMBER,
		MEMBER(struct wb_config_port, budget_day),
		.min = 1,
		.max = 31,
		.fallback = "1",
		.help = "On which the month begins, at midnight local time; in shorter months "
			"their "
			"last day." },
	COMMENT,
};
static const struct config_object budget_object = { .title = "budget", KEYS(budget_rows) };

static const struct config_key port_rows[] = {
	{ .name = "name",
		.type = CONFIG_NAME,
		.required = NOT_TRUNK | ON_TRUNK,
		MEMBER(struct wb_config_port, name),
		.help = "What CLI, telemetry and logs call the port (and a WAN's path)." },
	{ .name = "use",
		.type = CONFIG_ENUM,
		.required = NOT_TRUNK | ON_TRUNK,
		MEMBER(struct wb_config_port, use),
		.choices = "lan|wan|uplink|trunk",
		.help = "An edge has `lan` and `wan` ports, a hub `uplink` ports. A `trunk` "
			"carries "
			"others, each a VLAN." },
	{ .name = "dev",
		.type = CONFIG_TEXT,
		.required = NOT_TRUNK | ON_TRUNK,
		.unless = "on",
		MEMBER(struct wb_config_port, dev),
		.help = "`packet0,iface=eth1` (a packet socket of our own, on any interface), a "
			"DPDK device string (`net_af_xdp0,iface=eth1`), or a PCI address "
			"(`0000:01:00.0`)." },
	{ .name = "on",
		.type = CONFIG_NAME,
		.allowed = NOT_TRUNK,
		.needs = "vlan",
		MEMBER(struct wb_config_port, on),
		.shown = "a device of its own",
		.help = "Name of the trunk that the port is a VLAN of, instead of `dev`." },
	{ .name = "vlan",
		.type = CONFIG_NUMBER,
		.allowed = NOT_TRUNK,
		.needs = "on",
		MEMBER(struct wb_config_port, vlan),
		.min = 1,
		.max = 4094,
		.shown = "no tag",
		.help = "Its VLAN there (IEEE 802.1Q)." },
	{ .name = "interface",
		.type = CONFIG_INTERFACE,
		.allowed = NOT_TRUNK,
		MEMBER(struct wb_config_port, kernel_if),
		.shown = "`iface=` of `dev`, if any",
		.help = "Kernel interface of the same port: its addresses, routes and neighbours "
			"are used." },
	{ .name = "address",
		.type = CONFIG_ADDRESS,
		.allowed = NOT_TRUNK,
		MEMBER(struct wb_config_port, address),
		.shown = "the kernel's",
		.help = "Address of the port, with its prefix length, instead of the kernel's." },
	{ .name = "gateway",
		.type = CONFIG_ADDRESS4,
		.allowed = ON_WAN | ON_UPLINK,
		MEMBER(struct wb_config_port, gateway),
		.shown = "the kernel's route",
		.help = "Next hop of the port, instead of the kernel's route." },
	{ .name = "rate",
		.type = CONFIG_RATE,
		.allowed = ON_WAN,
		.offset = offsetof(struct wb_config_port, rate_up),
		.size = 2 * sizeof(uint64_t),
		.max = MBIT_MAX,
		.fallback = "\"auto\"",
		.object = &rate_object,
		.help = "What the line carries: `auto` measures it all the time; a number is kept, "
			"for both directions." },
	{ .name = "max_rate",
		.type = CONFIG_RATE,
		.allowed = ON_WAN,
		.offset = offsetof(struct wb_config_port, max_up),
		.size = 2 * sizeof(uint64_t),
		.max = MBIT_MAX,
		.fallback = "\"auto\"",
		.object = &max_rate_object,
		.help = "How much of it may be used: the rate is measured, and kept below this; "
			"`auto`: no ceiling." },
	{ .name = "weight",
		.type = CONFIG_AUTO,
		.allowed = ON_WAN,
		MEMBER(struct wb_config_port, weight),
		.min = 1,
		.max = 1000,
		.fallback = "\"auto\"",
		.help = "Share for scheduler `weighted`; `auto`: by measured rate." },
	{ .name = "priority",
		.type = CONFIG_NUMBER,
		.allowed = ON_WAN,
		MEMBER(struct wb_config_port, priority),
		.max = 255,
		.fallback = "0",
		.help = "Order for scheduler `failover`: lower is preferred." },
	{ .name = "backup",
		.type = CONFIG_BOOL,
		.allowed = ON_WAN,
		MEMBER(struct wb_config_port, backup),
		.fallback = "false",
		.help = "Takes only what the other WANs have no room for, and all while none of "
			"them carries." },
	{ .name = "metered",
		.type = CONFIG_BOOL,
		.allowed = ON_WAN,
		MEMBER(struct wb_config_port, metered),
		.fallback = "false",
		.help = "Its bytes cost money: takes only what the others have no room for, as a "
			"backup, and is counted by the month." },
	{ .name = "budget",
		.type = CONFIG_OBJECT,
		.allowed = ON_WAN,
		.shown = "none",
		.object = &budget_object,
		.help = "What it may carry a month; metered then. The faster it runs out, the "
			"longer "
			"packets wait for the others; it is never cut off." },
	{ .name = "mtu",
		.type = CONFIG_AUTO,
		.allowed = NOT_TRUNK,
		MEMBER(struct wb_config_port, mtu),
		.min = 1280,
		.max = 9200,
		.unit = "bytes",
		.fallback = "\"auto\"",
		.help = "Largest IP packet on the port; `auto`: the port's own." },
	COMMENT,
};
const struct config_object port_object = {
	.title = "ports[]",
	.selector = "use",
	KEYS(port_rows),
	.size = sizeof(struct wb_config_port),
};
