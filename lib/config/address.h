/* SPDX-License-Identifier: BSD-3-Clause */
// Reads addresses and networks from text.
#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "wb_config.h"

// Reads "192.0.2.1" or "192.0.2.1/24" of either family. len 0: no prefix length. Returns false if it is no address.
bool config_address_parse(const char *text, struct wb_config_address *address);
// Returns why a text is no DNS name of a host (RFC 1123 2.1), or NULL if it is one. A dot may end it.
const char *config_host_name_fault(const char *text);
// Reads "192.0.2.0/24" without checking its host bits. Returns false if it is no network.
bool config_prefix_parse(const char *text, struct wb_config_prefix *prefix);
// Clears the host bits. Returns whether there were any.
bool config_prefix_clear_host(struct wb_config_prefix *prefix);
// Returns whether one network contains the other or both are the same. False for different families.
bool config_prefix_overlap(const struct wb_config_prefix *a, const struct wb_config_prefix *b);
void config_prefix_text(const struct wb_config_prefix *prefix, char *text, size_t len);
// Returns whether a host on the Internet or a LAN can have the address: not 0, loopback, multicast or broadcast.
bool config_address_is_host(const struct wb_config_address *address);

#endif
