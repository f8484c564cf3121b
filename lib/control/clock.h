/* SPDX-License-Identifier: BSD-3-Clause */
// The control thread's clock. It is CLOCK_BOOTTIME, as the workers' is, which goes on during suspend.
#ifndef CONTROL_CLOCK_H
#define CONTROL_CLOCK_H

#include "wb_time.h"

wb_ns_t control_now(void);

#endif
