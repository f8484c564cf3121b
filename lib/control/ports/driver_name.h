/* SPDX-License-Identifier: BSD-3-Clause */
// The drivers that this DPDK has, by their names.
#ifndef CONTROL_DRIVER_NAME_H
#define CONTROL_DRIVER_NAME_H

#include <stdbool.h>
#include <stddef.h>

// Does a driver of this DPDK take the device string? If not, nearest gets the name that was probably
// meant, or "". True too where that cannot be known.
bool driver_name_known(const char *dev, char *nearest, size_t len);

#endif
