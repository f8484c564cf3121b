/* SPDX-License-Identifier: BSD-3-Clause */
// What a configuration wants of the machine it is to run on, and does not find there.
#ifndef CONTROL_SITE_H
#define CONTROL_SITE_H

#include <stdbool.h>

#include "eal_args.h"

struct site {
	const struct machine *machine;
	const char *sysfs;                   // "/sys", or a test's
	const char *sysctls;                 // "/proc/sys", likewise
	unsigned need_mib;                   // of packet memory
	bool errors_only;                    // what ends a start
	bool (*interface)(const char *name); // is there one?
	bool (*driver)(
		const char *dev, char *nearest, size_t len); // driver_name_known(); NULL: not asked
};

// Complains into r.
void site_check(const struct wb_config *c, const struct site *s, struct wb_config_report *r);

// At a start: -EINVAL, with what is wrong in err.
int site_check_start(const struct wb_config *c, char *err, size_t err_len);

#endif
