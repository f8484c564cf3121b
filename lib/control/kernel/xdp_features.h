/* SPDX-License-Identifier: BSD-3-Clause */
// Whether an interface's driver supports XDP itself (Linux 6.3 and later).
#ifndef CONTROL_XDP_FEATURES_H
#define CONTROL_XDP_FEATURES_H

// Returns 1 if the driver runs XDP programs and redirects their frames. Returns 0 if it does not: then the
// kernel runs the program after it has merged frames. -errno: not known; -ENOENT: the kernel is too old.
int xdp_features(unsigned ifindex);

#endif
