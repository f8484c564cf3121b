// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "fec_codec.h"
#include "harness.h"

#define NOW (10 * WB_SEC)
#define HEAD 23 // bytes before a payload where it was received
#define LONGEST (WB_FEC_SYMBOL_MAX - WB_FEC_META)

static struct fec_codec codec;
static struct fec_conf conf;
static struct fec_tx tx;
static struct fec_rx rx;
static uint32_t came[64]; // sequences rebuilt, and were their bytes right?
static unsigned n_came, n_wrong, n_bad, n_credited;
static bool known; // what is rebuilt was there already

// What packet `seq` has inside.
static uint32_t
length(uint32_t seq)
{
	return 1 + seq * 389 % 1432;
}

static uint8_t
byte(uint32_t seq, uint32_t at)
{
	return (uint8_t)(seq * 31 + at * 7 + (at >> 8));
}

static struct wb_pkt *
packet(uint32_t seq, uint32_t off)
{
	struct wb_pkt *pkt = fec_codec_new(&codec);

	pkt->seq = seq;
	pkt->bucket = (uint16_t)(seq * 77 % WB_BUCKETS);
	pkt->sclass = seq % WB_CLASS_COUNT;
	pkt->rx.off = (uint16_t)off;
	pkt->len = length(seq);
	for (uint32_t i = 0; i < pkt->len && off + i < sizeof(fec_bytes(pkt)->bytes); i++)
		fec_bytes(pkt)->bytes[off + i] = byte(seq, i);
	return pkt;
}

static int
rebuilt(void *owner, struct wb_pkt *pkt, wb_ns_t now)
{
	bool right = pkt->len == length(pkt->seq) && pkt->bucket == pkt->seq * 77 % WB_BUCKETS &&
		     pkt->sclass == pkt->seq % WB_CLASS_COUNT;

	(void)owner;
	(void)now;
	for (uint32_t i = 0; right && i < pkt->len; i++)
		right = fec_bytes(pkt)->bytes[pkt->rx.off + i] == byte(pkt->seq, i);
	n_wrong += !right;
	if (n_came < 64)
		came[n_came++] = pkt->seq;
	fec_codec_release(&codec, pkt, WB_DROP_NONE);
	return known ? -1 : 3;
}

static void
bad(void *owner, struct wb_pkt *symbol)
{
	(void)owner;
	n_bad++;
	fec_codec_release(&codec, symbol, WB_DROP_NONE);
}

static void
credited(void *owner, const struct fec_rebuilt *r)
{
	(void)owner;
	CU_ASSERT_EQUAL(r->slot, 3);
	n_credited++;
}

static const struct fec_rx_ops ops = { .rebuilt = rebuilt, .bad = bad, .recovered = credited };

static void
begin(void)
{
	conf = fec_codec_open(&codec);
	fec_tx_init(&tx, &conf);
	fec_rx_init(&rx, &conf, &ops, NULL);
	n_came = n_wrong = n_bad = n_credited = 0;
	known = false;
}

static void
end(void)
{
	fec_tx_reset(&tx);
	fec_rx_reset(&rx);
	CU_ASSERT_EQUAL(codec.live, 0);
	CU_ASSERT_EQUAL(n_wrong, 0);
	fec_codec_close(&codec);
}

static void
tune_once(uint32_t loss_ppm, unsigned percent, wb_ns_t now)
{
	struct fec_view v = { .loss_ppm = loss_ppm, .try = 90 * WB_MS, .percent = percent };

	fec_tx_tune(&tx, &v, now);
}

// After as much loss for a second.
static void
tune(uint32_t loss_ppm, unsigned percent, wb_ns_t now)
{
	tune_once(loss_ppm, percent, now - WB_SEC);
	tune_once(loss_ppm, percent, now);
}

// Sends packet `seq`; lost: it does not arrive. Returns whether it is in a group.
static bool
send_packet(uint32_t seq, bool lost, wb_ns_t now)
{
	struct wb_pkt *out = packet(seq, 0), *in;
	uint8_t place[2];
	bool grouped;

	fec_tx_earn(&tx, out->len + 68);
	grouped = tx.begins && // as fec_tx_wants() knows
		  fec_tx_take(&tx, out, out->sclass, seq % 3 == 0, now, place);
	fec_codec_release(&codec, out, WB_DROP_NONE);
	if (!lost && grouped) {
		in = packet(seq, HEAD);
		fec_rx_source(&rx, in, place[0], place[1], now);
		fec_codec_release(&codec, in, WB_DROP_NONE);
	}
	return grouped;
}

static struct wb_frame
repair_frame(const struct fec_repair *r, uint32_t from, uint32_t to)
{
	struct wb_frame f = { .type = WB_FRAME_FEC_REPAIR };

	f.repair.number = r->number;
	f.repair.sources = r->sources;
	f.repair.row = r->row;
	f.repair.offset = (uint16_t)from;
	f.repair.len = to - from;
	f.repair.last = to == r->symbol->len;
	return f;
}

static void
piece(const struct fec_repair *r, uint32_t from, uint32_t to, wb_ns_t now)
{
	struct wb_frame f = repair_frame(r, from, to);
	struct wb_pkt *in = fec_codec_new(&codec);

	in->rx.off = HEAD / 2;
	in->len = f.repair.len;
	memcpy(fec_bytes(in)->bytes + in->rx.off, fec_bytes(r->symbol)->bytes + from, in->len);
	CU_ASSERT_EQUAL(fec_rx_repair(&rx, in, &f, now), 0);
	fec_codec_release(&codec, in, WB_DROP_NONE);
}

// Sends the repair symbols that wait, whole or in two pieces, the second one first.
static unsigned
send_repairs(bool pieces, wb_ns_t now)
{
	struct fec_repair *r;
	unsigned n = 0;

	while ((r = fec_tx_peek(&tx, now)) != NULL) {
		if (pieces)
			piece(r, r->symbol->len / 2, r->symbol->len, now);
		piece(r, 0, pieces ? r->symbol->len / 2 : r->symbol->len, now);
		fec_tx_pop(&tx);
		fec_tx_release_spent(&tx);
		n++;
	}
	return n;
}

static void
one_of_each_group(void)
{
	begin();
	tune(20000, 10, NOW);
	tx.credit = 3000;
	for (uint32_t seq = 0; seq < 30; seq++) {
		CU_ASSERT(send_packet(seq, seq == 3 || seq == 19 || seq == 20, NOW));
		send_repairs(seq > 10, NOW);
		tx.credit = 3000;
	}
	CU_ASSERT_EQUAL(tx.stats.repairs, 3);
	CU_ASSERT_EQUAL(n_came, 3);
	CU_ASSERT_EQUAL(came[0], 3);
	CU_ASSERT_EQUAL(came[1], 19);
	CU_ASSERT_EQUAL(came[2], 20);
	CU_ASSERT_EQUAL(rx.stats.rebuilt, 3);
	CU_ASSERT_EQUAL(rx.stats.recovered, 0); // they may still come
	fec_rx_expire(&rx, NOW + FEC_GROUP_LIFE);
	CU_ASSERT_EQUAL(rx.stats.recovered, 3);
	CU_ASSERT_EQUAL(n_credited, 3);
	end();
}

// The paths have other delays: the repair may come before the last source.
static void
repair_overtakes(void)
{
	struct wb_pkt *late[2];

	begin();
	tune(20000, 50, NOW);
	tx.credit = 3000;
	CU_ASSERT_EQUAL(tx.full, 2);
	send_packet(1, true, NOW);
	send_packet(2, true, NOW);
	CU_ASSERT_EQUAL(send_repairs(false, NOW), 1);
	CU_ASSERT_EQUAL(n_came, 0);
	for (unsigned i = 0; i < 2; i++) {
		late[i] = packet(1 + i, HEAD);
		fec_rx_source(&rx, late[i], 0, (uint8_t)i, NOW);
		fec_rx_source(&rx, late[i], 0, (uint8_t)i, NOW); // a copy
		fec_codec_release(&codec, late[i], WB_DROP_NONE);
	}
	CU_ASSERT_EQUAL(n_came, 1); // the second was given back by the first, then came itself
	CU_ASSERT_EQUAL(came[0], 2);
	fec_rx_expire(&rx, NOW + FEC_GROUP_LIFE);
	CU_ASSERT_EQUAL(rx.stats.rebuilt, 1);
	CU_ASSERT_EQUAL(rx.stats.recovered, 0); // since it was not lost
	CU_ASSERT_EQUAL(rx.stats.unneeded, 1);
	end();
}

// What was sent again before is not the repair's merit, nor is what a session's end took.
static void
counts(void)
{
	begin();
	tune(20000, 50, NOW);
	tx.credit = 3000;
	known = true;
	send_packet(1, true, NOW);
	send_packet(2, false, NOW);
	send_repairs(false, NOW);
	fec_rx_expire(&rx, NOW + FEC_GROUP_LIFE);
	CU_ASSERT_EQUAL(rx.stats.rebuilt, 1);
	CU_ASSERT_EQUAL(rx.stats.recovered, 0);
	known = false;
	tx.credit = 3000;
	send_packet(3, true, NOW);
	send_packet(4, false, NOW);
	send_repairs(false, NOW);
	fec_rx_reset(&rx);
	CU_ASSERT_EQUAL(rx.stats.recovered, 1);
	CU_ASSERT_EQUAL(n_credited, 1);
	end();
}

// A rebuilt packet proves itself: one wrong bit of a repair symbol, anywhere, and nothing comes out.
static void
damaged(void)
{
	struct fec_meta m;
	struct wb_fec_source s = { .index = 0 };
	struct fec_repair repair = { .sources = 1 };
	struct wb_pkt *symbol;
	uint32_t sent = 0;

	begin();
	s.pkt = packet(5, 0);
	s.len = s.pkt->len;
	m = (struct fec_meta){ s.pkt->sclass, s.pkt->bucket, s.pkt->seq, s.len };
	repair.symbol = symbol = conf.codec->symbol(conf.ctx);
	fec_meta_write(&conf, &s, &m);
	conf.codec->add(conf.ctx, &symbol, 1, &s);
	for (uint32_t at = 0; at < symbol->len; at++) {
		uint8_t *damage = &fec_bytes(symbol)->bytes[at];

		*damage ^= (uint8_t)(1u << at % 8);
		repair.number = sent++;
		piece(&repair, 0, symbol->len, NOW + sent * WB_SEC);
		*damage ^= (uint8_t)(1u << at % 8);
	}
	CU_ASSERT(sent > 400);
	CU_ASSERT_EQUAL(n_came, 0);
	CU_ASSERT_EQUAL(n_bad, sent);
	repair.number = sent++;
	piece(&repair, 0, symbol->len, NOW + sent * WB_SEC);
	CU_ASSERT_EQUAL(n_came, 1);
	fec_codec_release(&codec, symbol, WB_DROP_NONE);
	fec_codec_release(&codec, (struct wb_pkt *)(uintptr_t)s.pkt, WB_DROP_NONE);
	end();
}

// Four rows, as another sender may send them: the receiver learns how many to keep.
static void
several_rows(void)
{
	struct wb_pkt *symbols[WB_FEC_ROWS];

	begin();
	for (unsigned round = 0; round < 3; round++) {
		uint32_t number = 5 + round;

		for (unsigned r = 0; r < WB_FEC_ROWS; r++)
			symbols[r] = conf.codec->symbol(conf.ctx);
		for (uint8_t i = 0; i < 16; i++) {
			struct wb_pkt *pkt = packet(100 * round + i, HEAD);
			struct fec_meta m = { pkt->sclass, pkt->bucket, pkt->seq, pkt->len };
			struct wb_fec_source s = {
				.index = i, .pkt = pkt, .off = HEAD, .len = pkt->len
			};

			fec_meta_write(&conf, &s, &m);
			conf.codec->add(conf.ctx, symbols, WB_FEC_ROWS, &s);
			if (i % 5 != 2) // 2, 7 and 12 are lost
				fec_rx_source(&rx, pkt, (uint8_t)number, i, NOW);
			fec_codec_release(&codec, pkt, WB_DROP_NONE);
		}
		for (unsigned r = 0; r < WB_FEC_ROWS; r++) {
			struct fec_repair repair = { .symbol = symbols[r],
				.number = number,
				.sources = 16,
				.row = (uint8_t)r };

			if (r != 1)
				piece(&repair, 0, symbols[r]->len, NOW);
			fec_codec_release(&codec, symbols[r], WB_DROP_NONE);
		}
		CU_ASSERT_EQUAL(n_came, 3 * round); // the first round had one row only
	}
	CU_ASSERT_EQUAL(rx.rows, WB_FEC_ROWS);
	end();
}

// Off without losses, and never more than is earned.
static void
when_and_how_much(void)
{
	uint64_t sent = 0, repairs = 0;
	wb_ns_t now = NOW;

	begin();
	tune(0, 10, now);
	CU_ASSERT_FALSE(send_packet(0, false, now));
	tune(4000, 10, now);
	CU_ASSERT_FALSE(send_packet(1, false, now));
	CU_ASSERT_STRING_EQUAL(tx.state, "little is lost");
	tune(20000, 0, now); // switched off
	CU_ASSERT_STRING_EQUAL(tx.state, "not allowed");
	tx.credit = 3000;
	CU_ASSERT_FALSE(send_packet(2, false, now));
	tx.credit = 0;
	tune(6000, 10, now);
	for (uint32_t seq = 10; seq < 5010; seq++) {
		struct fec_repair *r;

		tune_once(seq % 500 ? 4000 : 6000, 10, now); // hysteresis
		send_packet(seq, false, now);
		sent += length(seq) + 68;
		while ((r = fec_tx_peek(&tx, now)) != NULL) {
			repairs += r->symbol->len + 70;
			fec_tx_pop(&tx);
			fec_tx_release_spent(&tx);
		}
		now += 3 * WB_MS;
	}
	CU_ASSERT(repairs <= sent / 10 + 4000 * 15 + 3000);
	CU_ASSERT(repairs >= sent / 20);
	tune_once(900, 10, now);
	CU_ASSERT_FALSE(tx.on);
	tune_once(90000, 10, now); // a queue that overflows
	tune_once(90000, 10, now + 900 * WB_MS);
	CU_ASSERT_FALSE(tx.on);
	tune_once(90000, 10, now + WB_SEC);
	CU_ASSERT(tx.on);
	CU_ASSERT_STRING_EQUAL(tx.state, "on");
	fec_tx_tune(&tx, &(struct fec_view){ .loss_ppm = 90000, .try = 59 * WB_MS, .percent = 10 },
		now + WB_SEC);
	CU_ASSERT_FALSE(tx.on);
	CU_ASSERT_STRING_EQUAL(tx.state, "for beginnings of flows");
	end();
}

// Is packet `seq` of flow 7 protected, that has waited so long?
static bool
wanted(uint32_t seq, uint8_t sclass, wb_ns_t waited, wb_ns_t now)
{
	struct wb_pkt *out = packet(seq, 0);
	bool wants;

	out->sclass = sclass;
	out->bucket = 7;
	out->tx.queued = now - waited;
	wants = fec_tx_wants(&tx, out, now);
	fec_codec_release(&codec, out, WB_DROP_NONE);
	return wants;
}

static void
quick(uint32_t loss_ppm, unsigned percent, wb_ns_t now)
{
	struct fec_view v = { .loss_ppm = loss_ppm, .try = 40 * WB_MS, .percent = percent };

	fec_tx_tune(&tx, &v, now);
}

// Where packets get lost, though a resend is quick, the beginnings of flows are protected that leave room.
static void
beginnings(void)
{
	wb_ns_t now = NOW;
	uint32_t seq = 0;

	begin();
	quick(4000, 10, now);
	CU_ASSERT_FALSE(wanted(seq++, WB_CLASS_DEFAULT, 0, now));
	quick(6000, 10, now);
	now += WB_SEC;
	quick(6000, 10, now);
	CU_ASSERT_FALSE(tx.on);
	CU_ASSERT_FALSE(wanted(seq++, WB_CLASS_BULK, 0, now));
	CU_ASSERT(wanted(seq++, WB_CLASS_DEFAULT, 3 * WB_MS - 1, now));
	CU_ASSERT_FALSE(wanted(seq++, WB_CLASS_DEFAULT, 3 * WB_MS, now)); // others stand before it
	while (seq < 10000 && wanted(seq, WB_CLASS_DEFAULT, 0, now))
		seq++;
	CU_ASSERT(seq > 40 && seq < 10000); // not the beginning any more
	now += 49 * WB_MS;
	CU_ASSERT_FALSE(wanted(seq++, WB_CLASS_DEFAULT, 0, now));
	now += 50 * WB_MS;
	CU_ASSERT(wanted(seq++, WB_CLASS_DEFAULT, 0, now)); // a pause
	// Nothing is under way: what the paths lose is not forgotten.
	fec_tx_tune(&tx, &(struct fec_view){ .idle = true, .try = 40 * WB_MS, .percent = 10 }, now);
	CU_ASSERT(wanted(seq++, WB_CLASS_DEFAULT, 0, now));
	// The group ends with the burst.
	tx.credit = 3000;
	CU_ASSERT(send_packet(20000, false, now));
	CU_ASSERT(send_packet(20001, true, now + WB_MS));
	CU_ASSERT_EQUAL(fec_tx_next_deadline(&tx), now + 3 * WB_MS);
	CU_ASSERT(fec_tx_expire(&tx, now + 3 * WB_MS));
	CU_ASSERT_EQUAL(send_repairs(false, now + 3 * WB_MS), 1);
	CU_ASSERT_EQUAL(n_came, 1);
	quick(6000, 0, now); // switched off
	CU_ASSERT_FALSE(wanted(seq++, WB_CLASS_DEFAULT, 0, now));
	end();
}

static void
closes_in_time(void)
{
	begin();
	tune(20000, 10, NOW);
	tx.credit = 3000;
	CU_ASSERT_EQUAL(fec_tx_next_deadline(&tx), WB_NEVER);
	CU_ASSERT(send_packet(1, false, NOW));
	CU_ASSERT_EQUAL(fec_tx_next_deadline(&tx), NOW + 30 * WB_MS); // a third of a try
	CU_ASSERT_FALSE(fec_tx_expire(&tx, NOW + 29 * WB_MS));
	CU_ASSERT(send_packet(2, true, NOW + 10 * WB_MS));
	CU_ASSERT(fec_tx_expire(&tx, NOW + 30 * WB_MS));
	CU_ASSERT_EQUAL(fec_tx_next_deadline(&tx), WB_NEVER);
	CU_ASSERT_EQUAL(tx.pending[0].sources, 2);
	CU_ASSERT_EQUAL(send_repairs(false, NOW + 30 * WB_MS), 1);
	CU_ASSERT_EQUAL(n_came, 1);
	// One that finds no path in time is dropped.
	tx.credit = 3000;
	CU_ASSERT(send_packet(4, false, NOW + 40 * WB_MS));
	CU_ASSERT(fec_tx_expire(&tx, NOW + 70 * WB_MS));
	CU_ASSERT_PTR_NOT_NULL(fec_tx_peek(&tx, NOW + 120 * WB_MS));
	CU_ASSERT_PTR_NULL(fec_tx_peek(&tx, NOW + 121 * WB_MS));
	CU_ASSERT_EQUAL(tx.stats.dropped, 1);
	end();
}

// What other packets have earned makes groups small, so that repairs come sooner.
static void
small_groups(void)
{
	begin();
	tune(20000, 10, NOW);
	for (unsigned i = 0; i < 200; i++)
		fec_tx_earn(&tx, 1500);
	for (uint32_t seq = 0; seq < 4; seq++)
		CU_ASSERT(send_packet(seq, false, NOW));
	CU_ASSERT_EQUAL(send_repairs(false, NOW), 1);
	tx.credit = 3000;
	for (uint32_t seq = 0; seq < 9; seq++)
		CU_ASSERT(send_packet(seq, false, NOW));
	CU_ASSERT_EQUAL(send_repairs(false, NOW), 0);
	CU_ASSERT(send_packet(9, false, NOW));
	CU_ASSERT_EQUAL(send_repairs(false, NOW), 1);
	end();
}

// Bursts of losses within a group: it stops, tries again, and stops for longer.
static void
futile(void)
{
	wb_ns_t now = NOW;
	uint32_t seq = 0;

	begin();
	tune(20000, 10, now);
	for (unsigned round = 0; round < 3; round++) {
		tune_once(20000, 10, now);
		CU_ASSERT(tx.on);
		for (unsigned i = 0; i < 4; i++) {
			tx.credit = 3000;
			CU_ASSERT(send_packet(seq++, true, now));
			for (unsigned k = 0; k < 3; k++)
				fec_tx_lost(&tx, (uint8_t)tx.number);
			now += 100 * WB_MS;
			fec_tx_expire(&tx, now);
			send_repairs(false, now);
		}
		tune_once(20000, 10, now);
		CU_ASSERT_FALSE(tx.on);
		now += (10u << round) * WB_SEC - WB_MS;
		tune_once(20000, 10, now);
		CU_ASSERT_FALSE(tx.on);
		now += WB_MS;
	}
	for (unsigned i = 0; i < 100; i++) // single losses are what it is there for
		fec_tx_lost(&tx, (uint8_t)(i + 100));
	tune_once(20000, 10, now);
	CU_ASSERT(tx.on);
	CU_ASSERT_EQUAL(tx.pause, 0);
	n_came = 0;
	end();
}

// A group's id comes back after 256 groups, but not within half a second.
static void
ids_come_back(void)
{
	wb_ns_t now = NOW;

	begin();
	tune(20000, 50, now);
	for (uint32_t seq = 0; seq < 512; seq++) {
		tx.credit = 3000;
		CU_ASSERT(send_packet(seq, seq % 2, now));
		send_repairs(false, now);
		n_came = 0;
	}
	tx.credit = 3000;
	CU_ASSERT_FALSE(send_packet(600, false, now));
	CU_ASSERT_EQUAL(fec_rx_next_deadline(&rx), now + FEC_GROUP_LIFE);
	now += 500 * WB_MS;
	fec_rx_expire(&rx, now);
	CU_ASSERT_EQUAL(fec_rx_next_deadline(&rx), WB_NEVER);
	CU_ASSERT(send_packet(601, false, now));
	CU_ASSERT(send_packet(602, true, now));
	send_repairs(false, now);
	CU_ASSERT_EQUAL(n_came, 1);
	CU_ASSERT_EQUAL(came[0], 602);
	end();
}

// A receiver that takes sources of two groups for one does not hand on what comes out.
static void
mixed_groups(void)
{
	struct wb_pkt *stranger;

	begin();
	tune(20000, 25, NOW);
	for (unsigned i = 0; i < 100; i++) {
		stranger = packet(1000 + i, HEAD);
		tx.credit = 3000;
		fec_rx_source(&rx, stranger, (uint8_t)i, 1, NOW);
		fec_codec_release(&codec, stranger, WB_DROP_NONE);
		for (uint32_t seq = 0; seq < 4; seq++)
			send_packet(4 * i + seq, seq == 2, NOW);
		send_repairs(false, NOW);
	}
	CU_ASSERT_EQUAL(n_came, 0);
	CU_ASSERT_EQUAL(rx.stats.bad, 100);
	CU_ASSERT_EQUAL(n_bad, 100);
	end();
}

static int
offer(uint32_t number, unsigned sources, unsigned row, uint32_t offset, uint32_t len)
{
	struct wb_frame f = { .type = WB_FRAME_FEC_REPAIR };
	struct wb_pkt *in = fec_codec_new(&codec);
	int r;

	f.repair.number = number;
	f.repair.sources = (uint8_t)sources;
	f.repair.row = (uint8_t)row;
	f.repair.offset = (uint16_t)offset;
	f.repair.len = in->len = len;
	f.repair.last = true;
	r = fec_rx_repair(&rx, in, &f, NOW);
	fec_codec_release(&codec, in, WB_DROP_NONE);
	return r;
}

static void
nonsense(void)
{
	struct wb_pkt *in;

	begin();
	CU_ASSERT_EQUAL(offer(1, 4, 0, 0, 0), -22);
	CU_ASSERT_EQUAL(offer(1, 4, 0, 0x7fff, 100), -22);
	CU_ASSERT_EQUAL(offer(1, 4, 0, WB_FEC_SYMBOL_MAX - 99, 100), -22);
	CU_ASSERT_EQUAL(offer(1, 4, 0, WB_FEC_SYMBOL_MAX - 100, 100), 0);
	CU_ASSERT_EQUAL(offer(0x101, 4, 1, 0, 100), 0); // of another group of this id
	CU_ASSERT_EQUAL(rx.stats.bad, 4);
	CU_ASSERT_EQUAL(offer(2, 1, 0, 0, 100), 0); // a lone source of zeros: its check is wrong
	CU_ASSERT_EQUAL(rx.stats.bad, 5);
	in = packet(1, 0);
	fec_rx_source(&rx, in, 3, 9, NOW);
	CU_ASSERT_EQUAL(offer(3, 4, 0, 0, 100), 0); // has no index 9
	CU_ASSERT_EQUAL(rx.stats.bad, 6);
	in->len = LONGEST + 1;
	fec_rx_source(&rx, in, 4, 0, NOW);
	CU_ASSERT_EQUAL(rx.stats.bad, 7);
	fec_codec_release(&codec, in, WB_DROP_NONE);
	for (unsigned id = 0; id < 1000; id++) // at most 256 groups of 4 symbols
		for (unsigned row = 0; row < WB_FEC_ROWS; row++)
			offer(id, 16, row, 0, 50);
	CU_ASSERT(codec.live <= FEC_GROUPS * WB_FEC_ROWS);
	fec_rx_expire(&rx, NOW + FEC_GROUP_LIFE);
	CU_ASSERT_EQUAL(codec.live, 0);
	CU_ASSERT_EQUAL(n_came, 0);
	end();
}

static void
without_memory(void)
{
	begin();
	tune(20000, 50, NOW);
	tx.credit = 3000;
	codec.most = 1; // the packet itself
	CU_ASSERT_FALSE(send_packet(1, false, NOW));
	codec.most = 2; // and the sender's symbol
	CU_ASSERT(send_packet(2, false, NOW));
	CU_ASSERT(send_packet(3, true, NOW));
	codec.most = 100;
	send_repairs(false, NOW);
	CU_ASSERT_EQUAL(n_came, 0);
	tx.credit = 3000;
	send_packet(4, false, NOW);
	send_packet(5, true, NOW);
	send_repairs(false, NOW);
	CU_ASSERT_EQUAL(n_came, 1);
	end();
}

static const struct harness_test tests[] = {
	{ "one of each group", one_of_each_group },
	{ "repair overtakes", repair_overtakes },
	{ "counts", counts },
	{ "damaged", damaged },
	{ "several rows", several_rows },
	{ "when and how much", when_and_how_much },
	{ "beginnings", beginnings },
	{ "closes in time", closes_in_time },
	{ "small groups", small_groups },
	{ "futile", futile },
	{ "ids come back", ids_come_back },
	{ "mixed groups", mixed_groups },
	{ "nonsense", nonsense },
	{ "without memory", without_memory },
};

int
main(void)
{
	return HARNESS_RUN("fec", tests);
}
