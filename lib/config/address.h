/* SPDX-License-Identifier: BSD-3-Clause */
// Addresses and networks from text.
#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "wb_config.h"

// "192.0.2.1" or "192.0.2.1/24", either family; len 0: none written. false: not an address.
bool config_address_parse(const char *text, struct wb_config_address *address);
// "192.0.2.0/24"; len as written, no check of host bits. false: not a network.
bool config_prefix_parse(const char *text, struct wb_config_prefix *prefix);
// Clears host bits; true: there were some.
bool config_prefix_clear_host(struct wb_config_prefix *prefix);
// One contains the other (or they are the same). False across families.
bool config_prefix_overlap(const struct wb_config_prefix *a, const struct wb_config_prefix *b);
void config_prefix_text(const struct wb_config_prefix *prefix, char *text, size_t len);
// An address that a host on the Internet or a LAN can have: not 0, loopback, multicast, broadcast.
bool config_address_is_host(const struct wb_config_address *address);

#endif
