/* SPDX-License-Identifier: BSD-3-Clause */
// Macros for the rows of keys.h: where a key's value is stored, and where the key may occur.
#ifndef CONFIG_KEY_ROWS_H
#define CONFIG_KEY_ROWS_H

#include "keys.h"
#include "wb_config.h"

#define MEMBER(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define ELEMENTS(type, member, counter)                                                            \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member[0]),                  \
	.count = offsetof(type, counter)
#define KEYS(rows) .keys = (rows), .n_keys = sizeof(rows) / sizeof((rows)[0])
#define IN(value) (1u << (value))
#define COMMENT                                                                                    \
	{                                                                                          \
		.name = "comment", .type = CONFIG_IGNORED, .help = "Any text; not read."           \
	}

#define IN_EDGE IN(WB_CONFIG_EDGE)
#define IN_HUB IN(WB_CONFIG_HUB)
#define ON_LAN IN(WB_CONFIG_LAN)
#define ON_WAN IN(WB_CONFIG_WAN)
#define ON_UPLINK IN(WB_CONFIG_UPLINK)
#define ON_TRUNK IN(WB_CONFIG_TRUNK)
#define NOT_TRUNK (ON_LAN | ON_WAN | ON_UPLINK)
#define MBIT_MAX 400000

extern const struct config_object port_object; // keys_port.c

#endif
