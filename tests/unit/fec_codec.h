/* SPDX-License-Identifier: BSD-3-Clause */
// Packets and symbols with bytes, and lib/fec behind lib/bond's vtable, for tests.
#ifndef TESTS_FEC_CODEC_H
#define TESTS_FEC_CODEC_H

#include "fec.h"

struct wb_rs;

struct fec_codec {
	struct wb_rs *rs;
	unsigned live; // packets and symbols that have not been released
	unsigned most; // no memory beyond
};

struct fec_bytes {
	struct wb_pkt pkt;
	uint8_t bytes[WB_FEC_SYMBOL_MAX + 16];
};

struct fec_conf fec_codec_open(struct fec_codec *c);
void fec_codec_close(struct fec_codec *c);
struct wb_pkt *fec_codec_new(struct fec_codec *c); // NULL: no memory
void fec_codec_release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason);
struct fec_bytes *fec_bytes(const struct wb_pkt *pkt);

#endif
