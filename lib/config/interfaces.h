/* SPDX-License-Identifier: BSD-3-Clause */
// Checks that the interfaces a configuration names suit their drivers.
#ifndef WB_CONFIG_INTERFACES_H
#define WB_CONFIG_INTERFACES_H

struct config_reader;
struct wb_config;

// Can each port's driver carry what its interface, where there is one, hands it?
void config_check_interfaces(struct config_reader *r, const struct wb_config *c);

#endif
