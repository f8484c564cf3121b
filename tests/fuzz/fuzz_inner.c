// SPDX-License-Identifier: BSD-3-Clause
// An IP packet as it comes from the LAN or out of the tunnel: what is read of it and what a gateway
// changes in it. Everything stays within the packet, and an IPv4 header's checksum stays right.
#include <string.h>

#include <rte_ip.h>

#include "fuzz.h"
#include "inner.h"

static void
check_inside(const struct inner *in, const uint8_t *p, size_t size)
{
	unsigned address = in->family == 4 ? 4 : 16;

	FUZZ_CHECK(in->family == 4 || in->family == 6);
	FUZZ_CHECK(in->ip == p && in->len <= size && in->l4 <= in->len);
	FUZZ_CHECK(in->src >= p && in->src + address <= p + in->l4);
	FUZZ_CHECK(in->dst >= p && in->dst + address <= p + in->l4);
	FUZZ_CHECK(!in->later_fragment || in->fragment);
}

static void
check_again(const struct inner *before, uint8_t *p, size_t size)
{
	struct inner in;

	FUZZ_CHECK(inner_read(&in, p, (uint32_t)size) == WB_DROP_NONE);
	FUZZ_CHECK(in.len == before->len && in.l4 == before->l4 && in.proto == before->proto);
	FUZZ_CHECK(inner_hash(&in, 1) == inner_hash(before, 1));
	FUZZ_CHECK(inner_reverse_hash(&in, 1) == inner_reverse_hash(before, 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size ? size : 1); // of exactly this size: a step past it is seen
	struct inner in;
	enum wb_drop drop;

	memcpy(p, data, size);
	// Mostly with a right checksum, which noise would hardly ever have.
	if (size >= 20 && p[0] >> 4 == 4 && (p[0] & 15) >= 5 && (p[0] & 15) * 4u <= size &&
		p[8] != 7) {
		struct rte_ipv4_hdr *h = (struct rte_ipv4_hdr *)p;

		h->hdr_checksum = 0;
		h->hdr_checksum = (uint16_t)~rte_raw_cksum(h, (p[0] & 15) * 4u);
	}
	drop = inner_read(&in, p, (uint32_t)size);
	FUZZ_CHECK(drop == WB_DROP_NONE || drop == WB_DROP_BAD_IP || drop == WB_DROP_BAD_CHECKSUM ||
		   drop == WB_DROP_TOO_SHORT);
	if (drop == WB_DROP_NONE) {
		check_inside(&in, p, size);
		inner_stays(&in);
		if (in.ttl > 1) {
			inner_decrement_ttl(&in);
			check_again(&in, p, size);
		}
		if (in.tos & 3) { // ECT
			inner_mark_ce(p);
			check_again(&in, p, size);
		}
		inner_complete_checksum(&in);
		inner_clamp_mss(&in, 1280);
		check_again(&in, p, size);
	}
	free(p);
	return 0;
}

static size_t
ipv4(uint8_t *buf, uint8_t proto, uint8_t header, uint16_t l4, uint16_t fragment)
{
	memset(buf, 0, header);
	buf[0] = (uint8_t)(0x40 | header / 4);
	buf[1] = 2;
	buf[2] = (uint8_t)((header + l4) >> 8);
	buf[3] = (uint8_t)(header + l4);
	buf[6] = (uint8_t)(fragment >> 8);
	buf[7] = (uint8_t)fragment;
	buf[8] = 64;
	buf[9] = proto;
	memcpy(buf + 12, "\xc0\xa8\x28\x02\xcb\x00\x71\x05", 8);
	return header;
}

static size_t
ipv6(uint8_t *buf, uint8_t proto, uint16_t len)
{
	memset(buf, 0, 40);
	buf[0] = 0x60;
	buf[1] = 0x20;
	buf[4] = (uint8_t)(len >> 8);
	buf[5] = (uint8_t)len;
	buf[6] = proto;
	buf[7] = 64;
	memcpy(buf + 8, "\x20\x01\x0d\xb8", 4);
	memcpy(buf + 24, "\x20\x01\x0d\xb8\x01", 5);
	return 40;
}

static size_t
tcp_syn(uint8_t *buf)
{
	static const uint8_t syn[32] = { 0xc0, 1, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x80, 2, 0xff,
		0xff, 0, 0, 0, 0, 2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 0, 0 };

	memcpy(buf, syn, sizeof(syn));
	return sizeof(syn);
}

size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	static const uint8_t hop[16] = { 43, 0, 1, 4, 0, 0, 0, 0, 44, 0, 4, 0, 0, 0, 0, 0 };
	static const uint8_t fragment[8] = { 17, 0, 0, 0x51, 0, 0, 0, 1 };
	size_t len;

	switch (i) {
	case 0:
		len = ipv4(buf, 6, 20, 32, 0x4000);
		return len + tcp_syn(buf + len);
	case 1:
		len = ipv6(buf, 6, 32);
		return len + tcp_syn(buf + len);
	case 2: // options
		len = ipv4(buf, 6, 60, 32, 0);
		return len + tcp_syn(buf + len);
	case 3:
		len = ipv4(buf, 17, 20, 108, 0);
		memset(buf + len, 0, 108);
		return len + 108;
	case 4: // a later fragment
		len = ipv4(buf, 17, 20, 8, 0x20b9);
		memset(buf + len, 1, 8);
		return len + 8;
	case 5: // hop-by-hop, routing, fragment
		len = ipv6(buf, 0, 24 + 8);
		memcpy(buf + len, hop, sizeof(hop));
		memcpy(buf + len + 16, fragment, sizeof(fragment));
		memset(buf + len + 24, 2, 8);
		return len + 32;
	case 6:
		len = ipv6(buf, 58, 8);
		memset(buf + len, 0x80, 8);
		return len + 8;
	}
	return 0;
}
