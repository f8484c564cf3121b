/* SPDX-License-Identifier: BSD-3-Clause */
// What end.c and end_fec.c share.
#ifndef TESTS_PROTOCOL_END_H
#define TESTS_PROTOCOL_END_H

#include "wb_tunnel.h"

#define BYTES_MAX 2048

struct record {
	struct wb_pkt pkt; // first
	uint8_t data[2 * BYTES_MAX];
};

extern const struct wb_fec_codec end_fec;

#endif
