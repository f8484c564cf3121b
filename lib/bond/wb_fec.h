/* SPDX-License-Identifier: BSD-3-Clause */
// The erasure code as lib/bond needs it: it moves handles, the code behind it knows their bytes. A
// symbol is a handle too: zeros at first, then sums of sources, in the end a source that was lost. A
// source is WB_FEC_META bytes of lib/bond's (docs/protocol.md, chapter 9), then the inner packet,
// then zeros without end.
#ifndef WB_FEC_H
#define WB_FEC_H

#include <stdint.h>

#include "wb_pkt.h"
#include "wb_wire.h"

#define WB_FEC_PLACE 8         // bytes that say which packet it is
#define WB_FEC_META 12         // and a check
#define WB_FEC_SYMBOL_MAX 1664 // bytes of a symbol, WB_FEC_META among them

struct wb_fec_source {
	uint8_t index; // below WB_FEC_SOURCES
	uint8_t meta[WB_FEC_META];
	const struct wb_pkt *pkt;
	uint32_t off,
		len; // of the inner packet in pkt's payload; WB_FEC_META + len <= WB_FEC_SYMBOL_MAX
};

struct wb_fec_loss {
	unsigned n;                   // 1..WB_FEC_ROWS lost sources, and as many repair symbols
	uint8_t rows[WB_FEC_ROWS];    // of the symbols; all different
	uint8_t missing[WB_FEC_ROWS]; // indexes; all different
};

// wb_pkt.len of a symbol is the code's to keep: bytes up to the end of the longest that was added.
// Symbols go back through wb_tunnel_ops.release(), or leave as a packet through deliver().
struct wb_fec_codec {
	const char *name;
	// A symbol of zeros, len 0. NULL: no memory now.
	struct wb_pkt *(*symbol)(void *ctx);
	// symbols[row] += coefficient(row, s->index) * source, for row 0..rows-1.
	void (*add)(void *ctx, struct wb_pkt *const *symbols, unsigned rows,
		const struct wb_fec_source *s);
	// symbol[offset..) += bytes [off, off + len) of pkt's payload: a piece of a repair symbol.
	// offset + len <= WB_FEC_SYMBOL_MAX.
	void (*add_repair)(
		void *ctx, struct wb_pkt *symbol, uint32_t offset, const struct wb_pkt *pkt);
	// symbols[i], sums of row rows[i] over what is missing, become the sources missing[i].
	// -EINVAL: cannot be.
	int (*solve)(void *ctx, struct wb_pkt *const *symbols, const struct wb_fec_loss *loss);
	// CRC-32C of the first WB_FEC_PLACE bytes of s->meta and of the packet's.
	uint32_t (*sum)(void *ctx, const struct wb_fec_source *s);
	// The first WB_FEC_META bytes.
	void (*meta)(void *ctx, const struct wb_pkt *symbol, uint8_t meta[WB_FEC_META]);
};

#endif
