// SPDX-License-Identifier: BSD-3-Clause
#include "end.h"

#include <string.h>

#include "../support/tunnel_end.h"

static struct tunnel_end end;

struct wb_pkt *
end_pkt(void)
{
	end.live++;
	return calloc(1, sizeof(struct wb_pkt));
}

static void
leave(struct wb_pkt *pkt)
{
	FUZZ_CHECK(end.live > 0);
	end.live--;
	free(pkt);
}

static void
op_deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		FUZZ_CHECK(pkts[i]->len > 0);
		leave(pkts[i]);
	}
}

static void
op_release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)ctx;
	FUZZ_CHECK(reason < WB_DROP_COUNT);
	leave(pkt);
}

static void
op_mark_ce(void *ctx, struct wb_pkt *pkt)
{
	(void)ctx;
	pkt->ecn = 3;
}

static void
op_join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	(void)ctx;
	FUZZ_CHECK(head != tail && tail->len > 0);
	leave(tail);
}

static void
op_event(void *ctx, const struct wb_event *event)
{
	(void)ctx;
	FUZZ_CHECK(event->type != WB_EVENT_PATH_STATE || event->path < WB_PATHS_MAX);
}

// ---- an erasure code without bytes: whatever is solved for is the same packet

static struct wb_pkt *
fec_symbol(void *ctx)
{
	(void)ctx;
	return end.live < 500 ? end_pkt() : NULL;
}

static void
fec_add(void *ctx, struct wb_pkt *const *symbols, unsigned rows, const struct wb_fec_source *s)
{
	(void)ctx;
	FUZZ_CHECK(rows <= WB_FEC_ROWS && s->index < WB_FEC_SOURCES);
	FUZZ_CHECK(s->len > 0 && WB_FEC_META + s->len <= WB_FEC_SYMBOL_MAX);
	for (unsigned r = 0; r < rows; r++)
		if (symbols[r]->len < WB_FEC_META + s->len)
			symbols[r]->len = WB_FEC_META + s->len;
}

static void
fec_add_repair(void *ctx, struct wb_pkt *symbol, uint32_t offset, const struct wb_pkt *pkt)
{
	(void)ctx;
	FUZZ_CHECK(pkt->len > 0 && offset + pkt->len <= WB_FEC_SYMBOL_MAX);
	if (symbol->len < offset + pkt->len)
		symbol->len = offset + pkt->len;
}

static int
fec_solve(void *ctx, struct wb_pkt *const *symbols, const struct wb_fec_loss *loss)
{
	(void)ctx;
	FUZZ_CHECK(loss->n > 0 && loss->n <= WB_FEC_ROWS);
	for (unsigned i = 0; i < loss->n; i++) {
		FUZZ_CHECK(symbols[i] && loss->rows[i] < WB_FEC_ROWS);
		FUZZ_CHECK(loss->missing[i] < WB_FEC_SOURCES);
	}
	return 0;
}

static uint32_t
fec_sum(void *ctx, const struct wb_fec_source *s)
{
	(void)ctx;
	FUZZ_CHECK(s->len <= 65535);
	return 0;
}

static void
fec_meta(void *ctx, const struct wb_pkt *symbol, uint8_t meta[WB_FEC_META])
{
	(void)ctx;
	memset(meta, 0, WB_FEC_META);
	meta[7] = (uint8_t)(symbol->len % 50);
	meta[WB_FEC_META - 1] = symbol->len % 7 == 0; // now and then it is wrong
}

static const struct wb_fec_codec fuzz_fec = { "fuzz", fec_symbol, fec_add, fec_add_repair,
	fec_solve, fec_sum, fec_meta };

static void
send_all(struct wb_tunnel *t, wb_ns_t now, end_sent *sent_one, void *ctx)
{
	static struct wb_tx tx[32];
	unsigned n, sent = 0;

	while ((n = wb_tunnel_poll(t, tx, 32, now)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			FUZZ_CHECK(
				tx[i].head_len >= WB_TIME_LEN && tx[i].head_len <= WB_TX_HEAD_MAX);
			FUZZ_CHECK(tx[i].head_len + tx[i].pkt_len <= WB_PATH_MTU_MAX);
			FUZZ_CHECK(!tx[i].pkt || !tx[i].pkt_len ||
				   tx[i].pkt_off + tx[i].pkt_len <= tx[i].pkt->len);
			if (sent_one != NULL)
				sent_one(ctx, &tx[i]);
		}
		sent += n;
		FUZZ_CHECK(sent < 100000);
	}
}

void
end_run(struct wb_tunnel *t, wb_ns_t *now, wb_ns_t until, end_sent *sent_one, void *ctx)
{
	for (unsigned idle = 0;;) {
		wb_ns_t next;

		if (*now >= wb_tunnel_next_deadline(t))
			wb_tunnel_expire(t, *now);
		send_all(t, *now, sent_one, ctx);
		next = wb_tunnel_next_deadline(t);
		idle = next > *now ? 0 : idle + 1;
		if (next > until)
			break; // packets that wait for a session have no deadline
		FUZZ_CHECK(idle < 16);
		*now = next > *now ? next : *now;
	}
	*now = until;
}

static void
op_message(void *ctx, const uint8_t *data, size_t len)
{
	uint8_t copy[WB_MESSAGE_MAX];

	(void)ctx;
	FUZZ_CHECK(len > 0 && len <= sizeof(copy));
	memcpy(copy, data, len);
}

// Of any flow that end_pkt() may be of, or of none: lib/bond may withhold it, for a while.
static uint32_t
op_acknowledges(void *ctx, const struct wb_pkt *pkt)
{
	(void)ctx;
	FUZZ_CHECK(pkt->len > 0 && pkt->hold <= WB_HOLD_MAX);
	return (pkt->bucket + pkt->seq) % 4;
}

struct wb_tunnel *
end_open(enum wb_role role, wb_ns_t now)
{
	static const struct wb_tunnel_ops ops = { op_deliver, op_release, op_mark_ce, op_join,
		op_event, op_message, op_acknowledges };
	struct wb_tunnel_conf conf = { .role = role,
		.ops = &ops,
		.ctx = &end,
		.alloc = tunnel_end_alloc,
		.fec = &fuzz_fec,
		.fec_percent = 50,
		.seed = { 1, 2 },
		.queue_packets = 64,
		.retain_packets = 64,
		.sent_records = 1024,
		.reorder_packets = 32 };
	struct wb_tunnel *t = wb_tunnel_create(&conf, now);

	FUZZ_CHECK(t != NULL);
	wb_tunnel_session_started(t, END_FEATURES, now);
	return t;
}

void
end_close(struct wb_tunnel *t)
{
	wb_tunnel_destroy(t);
	FUZZ_CHECK(end.live == 0);
	tunnel_end_free(&end);
}
