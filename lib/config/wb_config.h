/* SPDX-License-Identifier: BSD-3-Clause */
// The checked configuration as structs. docs/config.md describes it for people, config/wanbond.schema.json for
// editors.
#ifndef WB_CONFIG_H
#define WB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WB_CONFIG_PORTS 40
#define WB_CONFIG_WANS 16 // a path each
#define WB_CONFIG_EDGES 256
#define WB_CONFIG_NETWORKS 10000 // of all edges together
#define WB_CONFIG_CLASSES 64
#define WB_CONFIG_WORKERS 32
#define WB_CONFIG_EAL 32
#define WB_CONFIG_NAME 32
#define WB_CONFIG_TEXT 256
#define WB_CONFIG_HOSTS 8
#define WB_CONFIG_HOST 254 // RFC 1035: 253 characters
#define WB_CONFIG_RESOLVERS 8

enum wb_config_role { WB_CONFIG_EDGE, WB_CONFIG_HUB };
enum wb_config_use { WB_CONFIG_LAN, WB_CONFIG_WAN, WB_CONFIG_UPLINK, WB_CONFIG_TRUNK };
enum wb_config_class { WB_CONFIG_DEFAULT, WB_CONFIG_REALTIME, WB_CONFIG_BULK };
enum wb_config_protocol { WB_CONFIG_ANY, WB_CONFIG_TCP, WB_CONFIG_UDP };
enum wb_config_idle { WB_CONFIG_ADAPTIVE, WB_CONFIG_POLL };

struct wb_config_prefix {
	uint8_t family; // 4 or 6
	uint8_t len;
	uint8_t ip[16]; // network order, host bits 0
};

struct wb_config_address {
	uint8_t family; // 4 or 6; 0: not given
	uint8_t len;    // prefix length where one is written ("192.0.2.2/24"), else 0
	uint8_t ip[16];
};

// Where the hub is: an IPv4 address, or a DNS name that has some.
struct wb_config_host {
	char name[WB_CONFIG_HOST]; // without a dot at its end; "": an address
	struct wb_config_address address;
};

struct wb_config_port {
	char name[WB_CONFIG_NAME];
	enum wb_config_use use;
	char dev[WB_CONFIG_TEXT]; // DPDK device string or PCI address; "": see "on"
	char on[WB_CONFIG_NAME];  // instead of "dev": name of a trunk; "": none
	uint16_t vlan;            // its VLAN there; 0: none
	unsigned trunk;           // index of that trunk
	// Key "interface", or iface= of dev: where addresses come from; "": none.
	char kernel_if[WB_CONFIG_NAME];
	struct wb_config_address address; // "address": instead of the kernel's
	struct wb_config_address gateway; // "gateway": instead of the kernel's route
	uint64_t rate_up, rate_down; // "rate": {"up": MBIT, "down": MBIT} or "auto"; bit/s, 0: auto
	uint64_t max_up, max_down;   // "max_rate": likewise, of automatic control; 0: none
	uint32_t weight;
	uint8_t priority;
	bool backup;
	bool metered;
	uint64_t budget;     // bytes a month, both directions; 0: none
	unsigned budget_day; // on which its month begins; 0 without a budget
	uint16_t mtu;        // 0: the port's
};

struct wb_config_edge {
	char name[WB_CONFIG_NAME];
	uint8_t public_key[32];
	char psk_file[WB_CONFIG_TEXT]; // "": none
	struct wb_config_prefix *networks;
	unsigned n_networks;
};

// A rule of "classes": packets that fit everything in it are of this class. The first rule that fits decides.
struct wb_config_rule {
	enum wb_config_class class;
	struct wb_config_prefix network; // source or destination; family 0: any
	enum wb_config_protocol protocol;
	uint16_t port, last_port; // source or destination; 0: any
	uint8_t dscp;             // 0: any
};

struct wb_config {
	enum wb_config_role role;
	char name[WB_CONFIG_NAME];
	char *eal[WB_CONFIG_EAL];
	unsigned n_eal;
	unsigned workers[WB_CONFIG_WORKERS]; // lcore ids; n_workers 0: one, chosen at start
	unsigned n_workers;
	enum wb_config_idle idle;
	char private_key_file[WB_CONFIG_TEXT]; // made absolute: relative ones are beside the file
	char state_dir[WB_CONFIG_TEXT];        // "/var/lib/wanbond"
	char control_group[WB_CONFIG_NAME];    // "": root alone
	char scheduler[WB_CONFIG_TEXT];        // "earliest", or FILE.o
	unsigned fec_percent;                  // 0: off
	char cipher[WB_CONFIG_NAME];           // "auto", "aes-128-gcm", ...
	uint16_t listen;                       // hub: UDP port
	struct wb_config_port ports[WB_CONFIG_PORTS];
	unsigned n_ports;
	struct {                                              // edge
		struct wb_config_host hosts[WB_CONFIG_HOSTS]; // "address": in this order
		unsigned n_hosts;
		// That are asked for the names; none: those of /etc/resolv.conf.
		struct wb_config_address resolvers[WB_CONFIG_RESOLVERS];
		unsigned n_resolvers;
		uint16_t port;
		uint8_t public_key[32];
		char psk_file[WB_CONFIG_TEXT];
	} hub;
	struct {                          // hub
		char tap[WB_CONFIG_NAME]; // "wb0"
		char dev[WB_CONFIG_TEXT]; // "": net_tap with that interface name
	} egress;
	struct {                          // edge: its own kernel
		char tap[WB_CONFIG_NAME]; // "wb0"
		uint32_t table;           // of the routes into the tunnel
		uint32_t metric;          // of a default route in the main table; 0: none
	} kernel;
	struct wb_config_edge edges[WB_CONFIG_EDGES];
	unsigned n_edges;
	struct wb_config_rule classes[WB_CONFIG_CLASSES];
	unsigned n_classes;
	unsigned memory_mib; // "memory": 0: by need
	char *file, *text;   // what it was read from: for the messages of later checks
};

// Reads and checks FILE. On failure NULL, and err gets "FILE:LINE: KEY: what is wrong, with the
// value, what is allowed" (for an unknown key also the nearest known one), one line an error.
// On success err is empty, or has warnings in the same form ("FILE:LINE: KEY: warning: ...").
struct wb_config *wb_config_load(const char *file, char *err, size_t err_len);
// Does the same from text. `name` is used in messages, `dir` is where relative paths start.
struct wb_config *wb_config_parse(
	const char *text, const char *name, const char *dir, char *err, size_t err_len);
void wb_config_free(struct wb_config *c); // NULL is allowed
// Checks that the key files exist, are readable, have mode 0600 or 0400 and hold a key. Also checks that the ports'
// drivers can carry the frames of the interfaces that this machine has. 0, or -EINVAL with err as above.
int wb_config_check_files(const struct wb_config *c, char *err, size_t err_len);
// Writes the keys that differ ("ports[1].mtu, fec_percent, and 3 more"), or "".
void wb_config_diff(const struct wb_config *a, const struct wb_config *b, char *text, size_t len);

// Lets others complain about c in the same form.
enum wb_config_grade { WB_CONFIG_WARNING, WB_CONFIG_ERROR };
struct wb_config_report;
struct wb_config_report *wb_config_report_open(
	const struct wb_config *c, char *err, size_t err_len); // NULL: no memory
// Complains of `list`, of its index-th entry (if not negative), or of that entry's key (if not NULL).
void wb_config_complain(struct wb_config_report *r, enum wb_config_grade grade, const char *list,
	int index, const char *key, const char *format, ...) __attribute__((format(printf, 6, 7)));
unsigned wb_config_report_close(struct wb_config_report *r); // number of errors

// Replaces what could be a key by "[44 characters, could be a key]", in texts from outside that go into a message.
// The text never becomes longer.
void wb_config_hide_keys(char *text);

#endif
