/* SPDX-License-Identifier: BSD-3-Clause */
// What a port's device string says. Pure.
#ifndef CONTROL_DEVARGS_H
#define CONTROL_DEVARGS_H

#include <stdbool.h>
#include <stddef.h>

enum dev_kind {
	DEV_PCI,
	DEV_AF_XDP,
	DEV_PACKET, // packet, af_packet, pcap on an interface: copies of what the kernel gets
	DEV_TAP,    // the kernel is the other end
	DEV_ALONE,  // memif, vhost: no kernel interface, and hosts at the other end
	DEV_OTHER,  // ring, null, pcap files: nobody to talk to
};

bool devargs_is_pci(const char *dev);
enum dev_kind devargs_kind(const char *dev);
// "packet0,iface=eth1": a packet socket of our own, no DPDK device.
bool devargs_is_packet(const char *dev);
// The device's name: "net_af_xdp1" of "net_af_xdp1,iface=wan1". -ENAMETOOLONG.
int devargs_name(const char *dev, char *name, size_t len);
// Value of a key; -ENOENT.
int devargs_value(const char *dev, const char *key, char *value, size_t len);

#endif
