/* SPDX-License-Identifier: BSD-3-Clause */
// The last addresses of the hub's names, kept in a file for a start at which no DNS server answers. One line a name:
//
//	vps.example.net 203.0.113.10 203.0.113.11
#ifndef CONTROL_HUB_KEPT_H
#define CONTROL_HUB_KEPT_H

#include <stddef.h>

#include "hub_names.h"

#define HUB_KEPT_EVERY (60 * WB_SEC)

// When the file is to be written: at once, but seldom if a server gives others each time. Writing waits for the disk.
struct hub_kept {
	bool stale;   // the file has other addresses
	bool written; // in this run
	wb_ns_t written_at;
};

// Returns whether to write the file now. If so, it counts as written. proven: the hub has answered at one of these
// addresses. Others may be a captive portal's or a wrong record.
bool hub_kept_due(struct hub_kept *k, bool proven, wb_ns_t now);
// Fills in the addresses of names that have none. 0, also when there is no file; -EINVAL: a line makes no sense (the
// others count), err has "FILE:LINE: ..."; -errno.
int hub_kept_read(const char *file, struct hub_names *h, char *err, size_t err_len);
// Replaces the file as a whole. -errno.
int hub_kept_write(const char *file, const struct hub_names *h);

#endif
