/* SPDX-License-Identifier: BSD-3-Clause */
// Finds frames that no network card would put on a wire: of a kernel interface whose offloads are on.
#ifndef INSPECT_H
#define INSPECT_H

#include <stdbool.h>

#include <rte_mbuf.h>

// An IPv4 packet is longer than its frame.
bool frame_is_cut_off(const struct rte_mbuf *m);
// A TCP or UDP packet in IPv4, whole and no fragment, whose checksum is wrong.
bool frame_has_bad_checksum(const struct rte_mbuf *m);

#endif
