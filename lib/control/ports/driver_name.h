/* SPDX-License-Identifier: BSD-3-Clause */
// The drivers that this DPDK has, by their names.
#ifndef CONTROL_DRIVER_NAME_H
#define CONTROL_DRIVER_NAME_H

#include <stdbool.h>
#include <stddef.h>

// Returns whether a driver of this DPDK takes the device string, or whether that cannot be known. If none does,
// nearest gets the name that was probably meant, or "".
bool driver_name_known(const char *dev, char *nearest, size_t len);

#endif
