/* SPDX-License-Identifier: BSD-3-Clause */
// The parts of a port's device string. Pure.
#ifndef CONTROL_DEVARGS_H
#define CONTROL_DEVARGS_H

#include <stdbool.h>
#include <stddef.h>

// Returns whether the string is the address of a PCI device ("0000:01:00.0", "pci:...").
bool devargs_is_pci(const char *dev);
// Writes the device's name: "net_af_xdp1" of "net_af_xdp1,iface=wan1". -ENAMETOOLONG.
int devargs_name(const char *dev, char *name, size_t len);
// Writes the value of a key. -ENOENT: it has none; -ENAMETOOLONG.
int devargs_value(const char *dev, const char *key, char *value, size_t len);

#endif
