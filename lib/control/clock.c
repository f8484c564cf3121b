// SPDX-License-Identifier: BSD-3-Clause
// Reads the control thread's clock.
#include "clock.h"

#include <time.h>

wb_ns_t
control_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (wb_ns_t)t.tv_sec * WB_SEC + (wb_ns_t)t.tv_nsec;
}
