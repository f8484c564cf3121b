/* SPDX-License-Identifier: BSD-3-Clause */
// Takes kernel interfaces down and up, so that the other end of a veth pair loses its carrier. In a
// thread of its own: the kernel takes milliseconds for it, which no frame shall wait.
#ifndef CARRIER_H
#define CARRIER_H

#include <stdbool.h>

struct carrier;

struct carrier *carrier_start(void); // NULL: errno
// Returns at once. Interface "" is none.
void carrier_set(struct carrier *c, const char *kernel_if, bool up);
// Waits until all that was asked for is done.
void carrier_stop(struct carrier *c);

#endif
