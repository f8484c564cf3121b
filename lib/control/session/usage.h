/* SPDX-License-Identifier: BSD-3-Clause */
// What metered WANs have carried in their month, kept in a file across restarts. One line a WAN:
// its name, the day on which its month began, bytes of both directions.
//
//	lte 2026-11-01 12345678901
#ifndef CONTROL_USAGE_H
#define CONTROL_USAGE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "wb_config.h"

#define USAGE_DATE 11 // "2026-11-01" and its 0; as texts, later days are larger

struct usage_entry {
	char name[WB_CONFIG_NAME];
	char since[USAGE_DATE];
	uint64_t bytes;
};

struct usage_period {
	char since[USAGE_DATE]; // first day
	uint64_t length, left;  // s
};

// The month that `now` is in, local time, when a new one begins on `day` (1 to 31; in shorter months
// on their last day).
void usage_period(time_t now, unsigned day, struct usage_period *p);

// Fills in `bytes` and `since` of those entries that the file has. 0, also when there is no file; -EINVAL:
// a line makes no sense (the others count), err has "FILE:LINE: ..."; -errno: it cannot be read.
int usage_read(
	const char *file, struct usage_entry *entries, unsigned n, char *err, size_t err_len);
// Replaces the file as a whole: after a crash it is the old or the new one. -errno.
int usage_write(const char *file, const struct usage_entry *entries, unsigned n);

#endif
