/* SPDX-License-Identifier: BSD-3-Clause */
// Time in lib/bond and lib/emulate: a monotonic count of nanoseconds that the caller hands in.
// Neither library ever reads a clock.
#ifndef WB_TIME_H
#define WB_TIME_H

#include <stdint.h>

typedef uint64_t wb_ns_t;

#define WB_US 1000ull
#define WB_MS 1000000ull
#define WB_SEC 1000000000ull
#define WB_NEVER UINT64_MAX

#endif
