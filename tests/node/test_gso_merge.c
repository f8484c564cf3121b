// SPDX-License-Identifier: BSD-3-Clause
// What is merged is cut into the very same packets again; what must not be merged is not.
#include <stdlib.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_tcp.h>

#include "../unit/harness.h"
#include "gso_frames.h"

static struct frame before[GSO_BURST], after[GSO_BURST], changed[GSO_BURST];
static struct gso_merge merge;

static void
merge_all(unsigned n)
{
	memcpy(changed, before, sizeof(before));
	gso_merge_begin(&merge, true);
	for (unsigned i = 0; i < n; i++)
		gso_merge_add(&merge, changed[i].bytes, changed[i].len);
	gso_merge_end(&merge);
}

// Into after[]; returns how many.
static unsigned
cut_all(void)
{
	static uint8_t whole[GSO_FRAME];
	struct gso_cut c;
	unsigned n = 0;

	for (unsigned i = 0; i < merge.n_supers; i++) {
		uint32_t len = super_join(&merge, &merge.supers[i], whole);

		CU_ASSERT_FATAL(gso_cut_begin(&c, &merge.supers[i].hdr, whole, len, FRAME_MAX));
		while (gso_cut_len(&c) != 0 && n < GSO_BURST) {
			after[n].len = gso_cut_len(&c);
			gso_cut_next(&c, after[n++].bytes);
		}
	}
	return n;
}

// In the order in which they were.
static bool
same_again(unsigned n)
{
	unsigned i;

	if (cut_all() != n)
		return false;
	for (i = 0; i < n; i++)
		if (after[i].len != before[i].len ||
			memcmp(after[i].bytes, before[i].bytes, after[i].len) != 0)
			return false;
	return true;
}

static void
test_whole(void)
{
	struct stream s = { .payload = 1300 };

	for (unsigned kind = 0; kind < 4; kind++) {
		s.v6 = kind & 1;
		s.tcp = kind & 2;
		for (unsigned i = 0; i < 48; i++)
			stream_frame(&before[i], &s, i);
		merge_all(48);
		CU_ASSERT_EQUAL(merge.n_supers, 1);
		CU_ASSERT_EQUAL(merge.supers[0].n, 48);
		CU_ASSERT_EQUAL(merge.supers[0].hdr.gso_size, 1300);
		CU_ASSERT(same_again(48));
	}
}

// 65535 bytes are the most an IP packet has.
static void
test_longest(void)
{
	struct stream s = { .payload = 1460, .tcp = true };

	for (unsigned i = 0; i < GSO_BURST; i++)
		stream_frame(&before[i], &s, i);
	merge_all(GSO_BURST);
	CU_ASSERT_EQUAL(merge.n_supers, 2);
	CU_ASSERT_EQUAL(merge.supers[0].n, 44); // 64240 + 40
	CU_ASSERT(same_again(GSO_BURST));
}

// IPv4 offsets; what is set to what; of the second of three packets. How many pieces it makes.
static const struct {
	const char *what;
	unsigned at;
	uint8_t to;
	bool spoil; // checksums are not put right
	unsigned pieces;
} changes[] = {
	{ "nothing", 0, 0x45, false, 1 },
	{ "TOS", 1, 4, false, 3 },
	{ "identification", 5, 0, false, 3 },
	{ "TTL", 8, 63, false, 3 },
	{ "more fragments", 6, 0x20, false, 3 },
	{ "a later fragment", 7, 9, false, 3 },
	{ "source", 15, 9, false, 3 },
	{ "port", 21, 9, false, 3 },
	{ "sequence", 27, 1, false, 3 },
	{ "acknowledgement", 28, 1, false, 3 },
	{ "FIN", 33, RTE_TCP_ACK_FLAG | RTE_TCP_FIN_FLAG, false, 3 },
	{ "CWR", 33, RTE_TCP_ACK_FLAG | RTE_TCP_CWR_FLAG, false, 3 },
	{ "ECE", 33, RTE_TCP_ACK_FLAG | RTE_TCP_ECE_FLAG, false, 3 },
	{ "URG", 33, RTE_TCP_ACK_FLAG | RTE_TCP_URG_FLAG, false, 3 },
	{ "no ACK", 33, 0, false, 3 },
	{ "PSH", 33, RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG, false, 2 },
	{ "window", 35, 1, false, 3 },
	{ "urgent pointer", 39, 1, false, 3 },
	{ "longer TCP header", 32, 0x60, false, 3 },
	{ "TCP header shorter than one", 32, 0x40, false, 3 },
	{ "wrong TCP checksum", 36, 0x5a, true, 3 },
	{ "wrong payload", 60, 0x5a, true, 3 },
};

static void
test_changes(void)
{
	struct stream s = { .payload = 500, .tcp = true };

	for (unsigned i = 0; i < RTE_DIM(changes); i++) {
		for (unsigned j = 0; j < 3; j++)
			stream_frame(&before[j], &s, j + 10);
		before[1].bytes[PACKET_IP + changes[i].at] = changes[i].to;
		if (!changes[i].spoil)
			frame_fix(&before[1]);
		merge_all(3);
		if (merge.n_supers != changes[i].pieces) {
			printf(" %s: %u pieces", changes[i].what, merge.n_supers);
			CU_FAIL("pieces");
		}
		CU_ASSERT(same_again(3));
	}
}

// Without fragmentation the identification says nothing (RFC 6864): a constant one merges too.
static void
test_identification(void)
{
	struct stream s = { .payload = 500, .dont_fragment = true };

	for (unsigned i = 0; i < 3; i++) {
		stream_frame(&before[i], &s, 0);
		frame_fix(&before[i]);
	}
	merge_all(3);
	CU_ASSERT_EQUAL(merge.n_supers, 1);
	CU_ASSERT_EQUAL(cut_all(), 3);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT(packet_checksums(&after[i]));
}

// A shorter packet ends a super-packet; a longer one begins the next.
static void
test_lengths(void)
{
	static const unsigned payload[] = { 800, 800, 300, 300, 800, 800 };
	static const unsigned n[] = { 3, 1, 2 };
	struct stream s = { 0 };

	for (unsigned i = 0; i < RTE_DIM(payload); i++) {
		s.payload = payload[i];
		stream_frame(&before[i], &s, i);
	}
	merge_all(RTE_DIM(payload));
	CU_ASSERT_EQUAL_FATAL(merge.n_supers, 3);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(merge.supers[i].n, n[i]);
	CU_ASSERT(same_again(RTE_DIM(payload)));
}

static void
test_two_flows(void)
{
	struct stream a = { .payload = 900, .tcp = true }, b = { .payload = 900, .sport = 4001 };

	for (unsigned i = 0; i < 20; i++)
		stream_frame(&before[i], i % 2 ? &b : &a, i / 2);
	merge_all(20);
	CU_ASSERT_EQUAL(merge.n_supers, 2);
	CU_ASSERT_EQUAL(cut_all(), 20);
	for (unsigned i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(
			memcmp(after[i].bytes, before[i % 10 * 2 + i / 10].bytes, before[0].len),
			0);
}

// A fragment has no ports: nothing that came after it may overtake it.
static void
test_fragment(void)
{
	struct stream s = { .payload = 900 };

	for (unsigned i = 0; i < 4; i++)
		stream_frame(&before[i], &s, i);
	before[2].bytes[PACKET_IP + 6] = 0x20;
	frame_fix(&before[2]);
	merge_all(4);
	CU_ASSERT_EQUAL(merge.n_supers, 3);
	CU_ASSERT(same_again(4));
}

static void
test_without_udp(void)
{
	struct stream s = { .payload = 900 };

	gso_merge_begin(&merge, false);
	for (unsigned i = 0; i < 4; i++) {
		stream_frame(&changed[i], &s, i);
		gso_merge_add(&merge, changed[i].bytes, changed[i].len);
	}
	gso_merge_end(&merge);
	CU_ASSERT_EQUAL(merge.n_supers, 4);
}

static const struct harness_test tests[] = {
	{ "48 packets, TCP and UDP, IPv4 and IPv6", test_whole },
	{ "as long as can be", test_longest },
	{ "what differs stays by itself", test_changes },
	{ "identification", test_identification },
	{ "lengths", test_lengths },
	{ "two flows", test_two_flows },
	{ "a fragment between", test_fragment },
	{ "a kernel without segmented UDP", test_without_udp },
};

int
main(void)
{
	return HARNESS_RUN("gso_merge", tests);
}
