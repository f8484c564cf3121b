/* SPDX-License-Identifier: BSD-3-Clause */
// Reads and writes kernel settings, files below /proc/sys.
#ifndef CONTROL_SYSCTL_H
#define CONTROL_SYSCTL_H

#include <stdbool.h>

int sysctl_write(const char *path, const char *value); // 0 or -errno
bool sysctl_is_zero(const char *path);                 // false if it cannot be read
int sysctl_number(const char *path);                   // -1 if it cannot be read

#endif
