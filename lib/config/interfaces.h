/* SPDX-License-Identifier: BSD-3-Clause */
// Checks that the interfaces a configuration names suit their drivers.
#ifndef WB_CONFIG_INTERFACES_H
#define WB_CONFIG_INTERFACES_H

struct config_reader;
struct wb_config;

// Complains of ports whose driver cannot carry the frames of their interface.
void config_check_interfaces(struct config_reader *r, const struct wb_config *c);

#endif
