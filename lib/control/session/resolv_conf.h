/* SPDX-License-Identifier: BSD-3-Clause */
// The DNS servers that this machine knows, by resolv.conf(5).
#ifndef CONTROL_RESOLV_CONF_H
#define CONTROL_RESOLV_CONF_H

#include <stdbool.h>
#include <stdint.h>

#define RESOLV_CONF_FILE "/etc/resolv.conf"
// What systemd-resolved itself asks, those that it has learnt by DHCP among them.
#define RESOLV_CONF_UPLINK "/run/systemd/resolve/resolv.conf"
#define RESOLV_CONF_SERVERS 8

struct resolv_conf_server {
	uint8_t family; // 4 or 6
	uint8_t ip[16];
};

// Reads the servers of a file, at most RESOLV_CONF_SERVERS. If all are stubs of systemd-resolved, those of `uplink`
// are read instead, where there are any. Returns how many.
unsigned resolv_conf_read(const char *file, const char *uplink,
	struct resolv_conf_server servers[RESOLV_CONF_SERVERS]);

#endif
