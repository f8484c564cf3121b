// SPDX-License-Identifier: BSD-3-Clause
// One tunnel whose other end leaves a gap before everything must not take the buffers of all.
#include "link.h"

static struct link l;

// A packet of the hub's tunnel behind a gap, as large as fits. False: no buffer.
static bool
behind_a_gap(unsigned i)
{
	struct slot *s = slot_find(l.hub, 0);
	static uint64_t number = 1 << 20;
	struct wb_addr from = { .family = 4, .ip = { 198, 51, 100, 1 }, .udp_port = 65500 };
	struct rte_mbuf *m = rte_pktmbuf_alloc(l.hub->pool);
	struct wb_frame f = { .type = WB_FRAME_DATA };
	uint8_t *plain;

	if (m == NULL)
		return false;
	plain = (uint8_t *)rte_pktmbuf_append(m, 1400);
	memset(plain, 0, 1400);
	memset(&mbuf_priv(m)->pkt, 0, sizeof(mbuf_priv(m)->pkt));
	f.data.sclass = WB_CLASS_BULK;
	f.data.bucket = i % WB_BUCKETS;
	f.data.seq = 1 + i / WB_BUCKETS;
	wb_frame_write(plain + WB_TIME_LEN, 100, &f);
	wb_tunnel_received(s->t,
		&(struct wb_rx){ .path = 0,
			.number = number++,
			.from = &from,
			.plain = plain,
			.len = 1400,
			.wire_len = 1440,
			.pkt = &mbuf_priv(m)->pkt },
		l.now);
	s->dirty = true;
	return true;
}

static void
test_held_for_order(void)
{
	unsigned whole, free, none = 0;

	CU_ASSERT_FATAL(link_up(&l));
	whole = rte_mempool_avail_count(l.hub->pool);
	free = whole;
	for (unsigned i = 0; i < 40000; i++) {
		none += !behind_a_gap(i);
		if (i % 64 == 63)
			link_run(&l, WB_MS);
		if (rte_mempool_avail_count(l.hub->pool) < free)
			free = rte_mempool_avail_count(l.hub->pool);
	}
	printf("%u of %u buffers left at the least\n", free, whole);
	CU_ASSERT_EQUAL(none, 0);
	CU_ASSERT(free > whole * 2 / 5);
	link_run(&l, WB_SEC);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(l.hub->pool), whole);
}

static const struct harness_test tests[] = {
	{ "held for order", test_held_for_order },
};

int
main(void)
{
	return LINK_TEST(&l, "room", tests);
}
