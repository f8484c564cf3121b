/* SPDX-License-Identifier: BSD-3-Clause */
// The control thread's clock: CLOCK_BOOTTIME like the workers', so that it goes on in suspend.
#ifndef CONTROL_CLOCK_H
#define CONTROL_CLOCK_H

#include "wb_time.h"

wb_ns_t control_now(void);

#endif
