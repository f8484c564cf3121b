// SPDX-License-Identifier: BSD-3-Clause
// lib/fec behind lib/bond's vtable, for the packets of end.c.
#include "end.h"

#include <stdlib.h>

#include "wb_rs.h"

static struct wb_pkt *
codec_symbol(void *ctx)
{
	struct record *r = calloc(1, sizeof(*r));

	(void)ctx;
	return r == NULL ? NULL : &r->pkt;
}

static uint8_t *
codec_bytes(const struct wb_pkt *pkt)
{
	return ((struct record *)(uintptr_t)pkt)->data;
}

static void
codec_grow(struct wb_pkt *symbol, uint32_t len)
{
	symbol->len = len; // zeroes are there
}

static const struct wb_rs *
codec_code(void *ctx)
{
	static struct wb_rs *rs;

	(void)ctx;
	if (rs == NULL)
		rs = wb_rs_create();
	return rs;
}

#include "wb_rs_codec.h"

const struct wb_fec_codec end_fec = WB_RS_CODEC;
