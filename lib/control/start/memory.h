/* SPDX-License-Identifier: BSD-3-Clause */
// How much memory the datapath needs.
#ifndef CONTROL_MEMORY_H
#define CONTROL_MEMORY_H

#include "wb_config.h"

// Returns the MiB that the datapath takes of the EAL. Ports count with the egress and the TAPs of those
// that DPDK owns alone.
unsigned memory_need(const struct wb_config *c);

#endif
