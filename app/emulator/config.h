/* SPDX-License-Identifier: BSD-3-Clause */
// The emulator's JSON configuration. docs/emulator.md says the same to people.
#ifndef CONFIG_H
#define CONFIG_H

#include "direction.h"

#define EMU_LINKS 8
#define EMU_OUTAGES 64
#define EMU_EAL 32
#define EMU_NAME 32
#define EMU_TEXT 256

enum side { A_TO_B, B_TO_A };

enum outage_kind { OUTAGE_BLACK_HOLE, OUTAGE_LINK_DOWN, OUTAGE_KINDS };
extern const char *const outage_kind_names[OUTAGE_KINDS];

struct outage_conf {
	wb_em_ns_t at, duration; // at: since the start
	enum outage_kind kind;
	bool side[2]; // black hole: which directions
};

struct link_conf {
	char name[EMU_NAME];
	char dev[2][EMU_TEXT]; // DPDK device strings of a and b
	struct direction_conf direction[2];
	struct outage_conf outages[EMU_OUTAGES];
	unsigned n_outages;
};

struct emu_conf {
	char name[EMU_NAME];
	char eal[EMU_EAL][EMU_TEXT];
	unsigned n_eal;
	wb_em_ns_t tick;      // sleep between two looks at the ports
	uint32_t max_packets; // a direction, queued and on the way at once; 0: by its values
	uint64_t seed;
	struct link_conf links[EMU_LINKS];
	unsigned n_links;
};

// 0, or -EINVAL with file, key, value and what is allowed in `error`.
int config_load(struct emu_conf *c, const char *file, char *error, size_t size);
// max_packets, or room for twice the full-size packets that rate, delay and queue can hold.
uint32_t config_max_items(const struct emu_conf *c, const struct direction_conf *d);

#endif
