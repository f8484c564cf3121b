// SPDX-License-Identifier: BSD-3-Clause
// All keys but those of a port (keys_port.c), in the order of the reference.
#include "key_rows.h"

#define HUB(member)                                                                                \
	.offset = offsetof(struct wb_config, hub.member),                                          \
	.size = sizeof(((struct wb_config *)0)->hub.member)

static const struct config_key host_rows[] = {
	{ .name = "host", .type = CONFIG_HOST, .size = sizeof(struct wb_config_host) },
};
static const struct config_object host_object = { KEYS(host_rows) };

static const struct config_key resolver_rows[] = {
	{ .name = "resolver", .type = CONFIG_ADDRESS4, .size = sizeof(struct wb_config_address) },
};
static const struct config_object resolver_object = { KEYS(resolver_rows) };

static const struct config_key hub_rows[] = {
	{ .name = "address",
		.type = CONFIG_LIST,
		.required = 1,
		ELEMENTS(struct wb_config, hub.hosts, hub.n_hosts),
		.lone = 1,
		.min = 1,
		.max = WB_CONFIG_HOSTS,
		.object = &host_object,
		.help = "Where the hub is: its public IPv4 address, a name that has one, or "
			"several "
			"of "
			"both, the first one that answers being used. All are one hub, with one "
			"key." },
	{ .name = "resolvers",
		.type = CONFIG_LIST,
		ELEMENTS(struct wb_config, hub.resolvers, hub.n_resolvers),
		.min = 1,
		.max = WB_CONFIG_RESOLVERS,
		.shown = "those of /etc/resolv.conf",
		.object = &resolver_object,
		.help = "DNS servers that are asked for the hub's names, through the WANs." },
	{ .name = "port",
		.type = CONFIG_NUMBER,
		HUB(port),
		.min = 1,
		.max = 65535,
		.fallback = "65500",
		.help = "The hub's UDP port (its `listen`)." },
	{ .name = "public_key",
		.type = CONFIG_PUBLIC_KEY,
		.required = 1,
		HUB(public_key),
		.help = "The hub's public key: `wanbond pubkey < hub.key`, on the hub." },
	{ .name = "psk_file",
		.type = CONFIG_FILE,
		HUB(psk_file),
		.shown = "none",
		.help = "File with a secret that both ends share besides the keys: "
			"`wanbond genpsk`." },
	COMMENT,
};
static const struct config_object hub_object = { .title = "hub", KEYS(hub_rows) };

#define EGRESS(member)                                                                             \
	.offset = offsetof(struct wb_config, egress.member),                                       \
	.size = sizeof(((struct wb_config *)0)->egress.member)

static const struct config_key egress_rows[] = {
	{ .name = "tap",
		.type = CONFIG_INTERFACE,
		EGRESS(tap),
		.fallback = "\"wb0\"",
		.help = "Name of the TAP through which the edges' packets enter the hub's "
			"kernel." },
	{ .name = "dev",
		.type = CONFIG_TEXT,
		EGRESS(dev),
		.shown = "a TAP of our own named `tap`",
		.help = "Another DPDK device string for it." },
	COMMENT,
};
static const struct config_object egress_object = { .title = "egress", KEYS(egress_rows) };

#define KERNEL(member)                                                                             \
	.offset = offsetof(struct wb_config, kernel.member),                                       \
	.size = sizeof(((struct wb_config *)0)->kernel.member)

static const struct config_key kernel_rows[] = {
	{ .name = "tap",
		.type = CONFIG_INTERFACE,
		KERNEL(tap),
		.fallback = "\"wb0\"",
		.help = "Name of the TAP between the edge's kernel and the tunnel." },
	{ .name = "table",
		.type = CONFIG_NUMBER,
		KERNEL(table),
		.min = 1000,
		.max = 32000,
		.fallback = "6500",
		.help = "Routing table that leads into it, and priority of the rules that lead "
			"there: "
			"for what is sent from a LAN's address." },
	{ .name = "metric",
		.type = CONFIG_NUMBER,
		KERNEL(metric),
		.max = 1000000000,
		.fallback = "0",
		.help = "Metric of a default route through it in the main table, while a path is "
			"up: for what the edge itself sends (updates, DNS). Lower than the WANs' "
			"metrics; 0: no such route." },
	COMMENT,
};
static const struct config_object kernel_object = { .title = "kernel", KEYS(kernel_rows) };

static const struct config_key network_rows[] = {
	{ .name = "network", .type = CONFIG_PREFIX, .size = sizeof(struct wb_config_prefix) },
};
static const struct config_object network_object = { KEYS(network_rows) };

static const struct config_key edge_rows[] = {
	{ .name = "name",
		.type = CONFIG_NAME,
		.required = 1,
		MEMBER(struct wb_config_edge, name),
		.help = "What the hub calls this edge (and its tunnel)." },
	{ .name = "public_key",
		.type = CONFIG_PUBLIC_KEY,
		.required = 1,
		MEMBER(struct wb_config_edge, public_key),
		.help = "The edge's public key: `wanbond pubkey < edge.key`, on the edge." },
	{ .name = "psk_file",
		.type = CONFIG_FILE,
		MEMBER(struct wb_config_edge, psk_file),
		.shown = "none",
		.help = "File with the secret that this edge has in its `hub.psk_file`." },
	{ .name = "networks",
		.type = CONFIG_LIST,
		.required = 1,
		ELEMENTS(struct wb_config_edge, networks, n_networks),
		.allocated = 1,
		.min = 1,
		.max = WB_CONFIG_NETWORKS,
		.object = &network_object,
		.help = "IPv4 and IPv6 networks behind the edge: routed to it, and the only "
			"sources it may send from. Of all edges together at most 10000." },
	COMMENT,
};
static const struct config_object edge_object = {
	.title = "edges[]",
	KEYS(edge_rows),
	.size = sizeof(struct wb_config_edge),
};

static const struct config_key worker_rows[] = {
	{ .name = "worker", .type = CONFIG_NUMBER, .size = sizeof(unsigned), .max = 127 },
};
static const struct config_object worker_object = { KEYS(worker_rows) };

static const struct config_key eal_rows[] = {
	{ .name = "option", .type = CONFIG_ALLOC, .size = sizeof(char *) },
};
static const struct config_object eal_object = { KEYS(eal_rows) };

static const struct config_key class_rows[] = {
	{ .name = "class",
		.type = CONFIG_ENUM,
		.required = 1,
		MEMBER(struct wb_config_rule, class),
		.choices = "default|realtime|bulk",
		.help = "`realtime`: at once, on the two quickest paths (together up to a tenth of "
			"what "
			"the paths carry); `bulk`: may wait for order and for several resends." },
	{ .name = "network",
		.type = CONFIG_PREFIX,
		MEMBER(struct wb_config_rule, network),
		.shown = "any",
		.help = "Network that the packet's source or destination is in." },
	{ .name = "protocol",
		.type = CONFIG_ENUM,
		MEMBER(struct wb_config_rule, protocol),
		.choices = "any|tcp|udp",
		.fallback = "\"any\"",
		.help = "Transport protocol." },
	{ .name = "port",
		.type = CONFIG_NUMBER,
		MEMBER(struct wb_config_rule, port),
		.min = 1,
		.max = 65535,
		.shown = "any",
		.help = "TCP or UDP port, of source or destination." },
	{ .name = "last_port",
		.type = CONFIG_NUMBER,
		MEMBER(struct wb_config_rule, last_port),
		.min = 1,
		.max = 65535,
		.shown = "`port`",
		.help = "Last port of a range that begins at `port`." },
	{ .name = "dscp",
		.type = CONFIG_NUMBER,
		MEMBER(struct wb_config_rule, dscp),
		.min = 1,
		.max = 63,
		.shown = "any",
		.help = "Differentiated services code point, as a number (EF is 46)." },
	COMMENT,
};
static const struct config_object class_object = {
	.title = "classes[]",
	KEYS(class_rows),
	.size = sizeof(struct wb_config_rule),
};

static const struct config_key root_rows[] = {
	{ .name = "role",
		.type = CONFIG_ENUM,
		.required = IN_EDGE | IN_HUB,
		MEMBER(struct wb_config, role),
		.choices = "edge|hub",
		.help = "Which end of the tunnel this is." },
	{ .name = "name",
		.type = CONFIG_NAME,
		.required = IN_EDGE | IN_HUB,
		MEMBER(struct wb_config, name),
		.help = "Name of this instance; two on one machine need two names." },
	{ .name = "private_key_file",
		.type = CONFIG_FILE,
		.required = IN_EDGE | IN_HUB,
		MEMBER(struct wb_config, private_key_file),
		.help = "File with this end's private key (`wanbond genkey`), mode 0600 or 0400; "
			"relative to this file." },
	{ .name = "ports",
		.type = CONFIG_OBJECTS,
		.required = IN_EDGE | IN_HUB,
		ELEMENTS(struct wb_config, ports, n_ports),
		.min = 1,
		.max = WB_CONFIG_PORTS,
		.object = &port_object,
		.help = "The network ports." },
	{ .name = "hub",
		.type = CONFIG_OBJECT,
		.allowed = IN_EDGE,
		.required = IN_EDGE,
		.object = &hub_object,
		.help = "The other end of an edge's tunnel." },
	{ .name = "listen",
		.type = CONFIG_NUMBER,
		.allowed = IN_HUB,
		MEMBER(struct wb_config, listen),
		.min = 1,
		.max = 65535,
		.fallback = "65500",
		.help = "UDP port on which edges reach this hub." },
	{ .name = "egress",
		.type = CONFIG_OBJECT,
		.allowed = IN_HUB,
		.fallback = "{}",
		.shown = "a TAP named `wb0`",
		.object = &egress_object,
		.help = "Where the edges' packets leave the hub." },
	{ .name = "kernel",
		.type = CONFIG_OBJECT,
		.allowed = IN_EDGE,
		.fallback = "{}",
		.shown = "a TAP named `wb0`",
		.object = &kernel_object,
		.help = "How the edge's own kernel and the tunnel reach each other." },
	{ .name = "edges",
		.type = CONFIG_OBJECTS,
		.allowed = IN_HUB,
		.required = IN_HUB,
		ELEMENTS(struct wb_config, edges, n_edges),
		.max = WB_CONFIG_EDGES,
		.object = &edge_object,
		.help = "Who may connect, and which networks are behind whom." },
	{ .name = "scheduler",
		.type = CONFIG_SCHEDULER,
		MEMBER(struct wb_config, scheduler),
		.choices = "earliest|weighted|failover|redundant",
		.fallback = "\"earliest\"",
		.help = "How this end picks the path of a packet; each end decides for what it "
			"sends. A file: a program of yours in eBPF, relative to this file, or one "
			"of the examples (`game.bpf.o`)." },
	{ .name = "classes",
		.type = CONFIG_OBJECTS,
		ELEMENTS(struct wb_config, classes, n_classes),
		.max = WB_CONFIG_CLASSES,
		.shown = "none",
		.object = &class_object,
		.help = "Rules that give flows a class, the first that fits decides; else their "
			"DSCP "
			"does (EF, VOICE-ADMIT, CS4 to CS7, AF4x: realtime; LE, CS1: bulk), else "
			"how they "
			"behave. Each end decides for what it sends." },
	{ .name = "fec_percent",
		.type = CONFIG_NUMBER,
		MEMBER(struct wb_config, fec_percent),
		.max = 50,
		.unit = "%",
		.fallback = "10",
		.help = "Forward error correction: so much more than the packets this end may send "
			"on lossy paths, so that lost ones need not be sent again; 0: none." },
	{ .name = "state_dir",
		.type = CONFIG_FILE,
		.allowed = IN_EDGE,
		MEMBER(struct wb_config, state_dir),
		.fallback = "\"/var/lib/wanbond\"",
		.help = "Folder for what outlives a restart: the bytes of metered WANs, the "
			"addresses of "
			"the hub's names." },
	{ .name = "control_group",
		.type = CONFIG_NAME,
		MEMBER(struct wb_config, control_group),
		.shown = "none",
		.help = "Group whose members may use `wanbond ctl`, besides root." },
	{ .name = "cipher",
		.type = CONFIG_CHOICE,
		MEMBER(struct wb_config, cipher),
		.choices = "auto|aes-128-gcm|aes-256-gcm|chacha20-poly1305",
		.fallback = "\"auto\"",
		.help = "`auto`: what both CPUs do best; else this one only, on both ends." },
	{ .name = "workers",
		.type = CONFIG_LIST,
		ELEMENTS(struct wb_config, workers, n_workers),
		.max = WB_CONFIG_WORKERS,
		.shown = "one, chosen at start",
		.object = &worker_object,
		.help = "CPU numbers of the cores that carry packets." },
	{ .name = "idle",
		.type = CONFIG_ENUM,
		MEMBER(struct wb_config, idle),
		.choices = "adaptive|poll",
		.fallback = "\"adaptive\"",
		.help = "`adaptive` sleeps when there is nothing to do, `poll` burns its cores "
			"for the least delay." },
	{ .name = "memory",
		.type = CONFIG_AUTO,
		MEMBER(struct wb_config, memory_mib),
		.min = 64,
		.max = 65536,
		.unit = "MiB",
		.fallback = "\"auto\"",
		.help = "Packet memory; `auto`: by need." },
	{ .name = "eal",
		.type = CONFIG_LIST,
		ELEMENTS(struct wb_config, eal, n_eal),
		.max = WB_CONFIG_EAL,
		.shown = "none",
		.object = &eal_object,
		.help = "Further DPDK EAL options, one string each." },
	{ .name = "$schema",
		.type = CONFIG_IGNORED,
		.help = "Path of `wanbond.schema.json`, for editors; not read." },
	COMMENT,
};
const struct config_object config_root = {
	.title = "top level",
	.selector = "role",
	KEYS(root_rows),
	.size = sizeof(struct wb_config),
};
