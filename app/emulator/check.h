/* SPDX-License-Identifier: BSD-3-Clause */
// What --check looks at beyond the configuration itself.
#ifndef CHECK_H
#define CHECK_H

#include "config.h"

// The traces that it names. 0, or -errno of the last one that is wrong; each of these is told,
// and that all is good.
int check_traces(const struct emu_conf *c, const char *file);

#endif
