/* SPDX-License-Identifier: BSD-3-Clause */
// Has the driver of an interface XDP of its own? (The kernel's netdev family, Linux 6.3.)
#ifndef CONTROL_XDP_FEATURES_H
#define CONTROL_XDP_FEATURES_H

// 1: it runs a program and redirects frames from it; 0: it does not, and the kernel would run the program
// after it has merged frames; -errno: not known (-ENOENT: before Linux 6.3).
int xdp_features(unsigned ifindex);

#endif
