/* SPDX-License-Identifier: BSD-3-Clause */
// Checks what a configuration needs of the machine that it is to run on.
#ifndef CONTROL_SITE_H
#define CONTROL_SITE_H

#include <stdbool.h>

#include "eal_args.h"

struct site {
	const struct machine *machine;
	const char *sysfs;                   // "/sys", or a test's
	const char *sysctls;                 // "/proc/sys", likewise
	unsigned need_mib;                   // of packet memory
	bool errors_only;                    // only what prevents a start
	bool (*interface)(const char *name); // does it exist?
	bool (*driver)(
		const char *dev, char *nearest, size_t len); // driver_name_known(); NULL: not asked
};

// Complains to r about what is missing.
void site_check(const struct wb_config *c, const struct site *s, struct wb_config_report *r);

// Checks at a start, errors only. -EINVAL: err says what is wrong.
int site_check_start(const struct wb_config *c, char *err, size_t err_len);

#endif
