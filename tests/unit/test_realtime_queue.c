// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "harness.h"
#include "realtime_queue.h"

static struct realtime_queue l;
static struct wb_pkt p[REALTIME_PACKETS + 2];

static struct wb_pkt *
put(unsigned i, uint16_t bucket, uint32_t len)
{
	p[i] = (struct wb_pkt){ .bucket = bucket, .len = len };
	return realtime_queue_add(&l, &p[i]);
}

static void
first_in_first_out(void)
{
	realtime_queue_init(&l);
	CU_ASSERT_PTR_NULL(realtime_queue_take(&l));
	for (unsigned i = 0; i < 5; i++)
		CU_ASSERT_PTR_NULL(put(i, 7, 200));
	for (unsigned i = 0; i < 5; i++)
		CU_ASSERT_PTR_EQUAL(realtime_queue_take(&l), &p[i]);
	CU_ASSERT_PTR_NULL(realtime_queue_take(&l));
	CU_ASSERT_EQUAL(l.packets, 0);
}

// Behind a hundred packets of a flood a call waits for one of them.
static void
flood_holds_up_nobody(void)
{
	unsigned before = 0;

	realtime_queue_init(&l);
	for (unsigned i = 0; i < 100; i++)
		put(i, 1, 1400);
	put(100, 2, 200);
	while (realtime_queue_take(&l) != &p[100])
		before++;
	CU_ASSERT_EQUAL(before, 1);
	CU_ASSERT_EQUAL(l.packets, 99);
}

// Shares are of bytes, not of packets.
static void
turns_by_bytes(void)
{
	uint32_t bytes[3] = { 0 };

	realtime_queue_init(&l);
	for (unsigned i = 0; i < 100; i++)
		put(i, 1, 700);
	for (unsigned i = 100; i < 800; i++)
		put(i, 2, 100);
	for (unsigned i = 0; i < 400; i++) {
		struct wb_pkt *pkt = realtime_queue_take(&l);

		bytes[pkt->bucket] += pkt->len;
	}
	CU_ASSERT(bytes[1] + 2000 > bytes[2] && bytes[2] + 2000 > bytes[1]);
}

static void
longest_loses_its_oldest(void)
{
	unsigned i, n = 0;

	realtime_queue_init(&l);
	put(0, 3, 200);
	for (i = 1; i < REALTIME_PACKETS; i++)
		CU_ASSERT_PTR_NULL(put(i, 5, 200));
	CU_ASSERT_PTR_EQUAL(put(i, 9, 200), &p[1]);
	CU_ASSERT_PTR_EQUAL(put(i + 1, 9 + REALTIME_FLOWS, 200), &p[2]);
	CU_ASSERT_EQUAL(l.packets, REALTIME_PACKETS);
	for (; realtime_queue_take(&l); n++)
		;
	CU_ASSERT_EQUAL(n, REALTIME_PACKETS);
}

static const struct harness_test tests[] = {
	{ "first in, first out", first_in_first_out },
	{ "a flood holds up nobody", flood_holds_up_nobody },
	{ "turns by bytes", turns_by_bytes },
	{ "the longest loses its oldest", longest_loses_its_oldest },
};

int
main(void)
{
	return HARNESS_RUN("realtime_queue", tests);
}
