// SPDX-License-Identifier: BSD-3-Clause
#include "fec_codec.h"

#include <stdlib.h>

#include "wb_rs.h"

static struct fec_codec *
codec(void *ctx)
{
	return ctx;
}

struct fec_bytes *
fec_bytes(const struct wb_pkt *pkt)
{
	return (struct fec_bytes *)(uintptr_t)pkt;
}

struct wb_pkt *
fec_codec_new(struct fec_codec *c)
{
	struct fec_bytes *b;

	if (c->live >= c->most)
		return NULL;
	b = calloc(1, sizeof(*b));
	c->live++;
	return &b->pkt;
}

void
fec_codec_release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)reason;
	codec(ctx)->live--;
	free(pkt);
}

static struct wb_pkt *
codec_symbol(void *ctx)
{
	return fec_codec_new(codec(ctx));
}

static uint8_t *
codec_bytes(const struct wb_pkt *pkt)
{
	return fec_bytes(pkt)->bytes;
}

static void
codec_grow(struct wb_pkt *symbol, uint32_t len)
{
	symbol->len = len; // zeroes are there
}

static const struct wb_rs *
codec_code(void *ctx)
{
	return codec(ctx)->rs;
}

#include "wb_rs_codec.h"

static const struct wb_fec_codec ops = WB_RS_CODEC;

struct fec_conf
fec_codec_open(struct fec_codec *c)
{
	c->rs = wb_rs_create();
	c->live = 0;
	c->most = 10000;
	return (struct fec_conf){ .codec = &ops, .release = fec_codec_release, .ctx = c };
}

void
fec_codec_close(struct fec_codec *c)
{
	wb_rs_destroy(c->rs);
}
