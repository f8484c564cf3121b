// SPDX-License-Identifier: BSD-3-Clause
// Large frames. An input that begins with an even byte is what a kernel might give: a virtio header
// and a frame, to be cut. With an odd one it is packets of a burst: merged and cut again they must be
// what they were, in order within a flow, whatever they are.
#include <stdbool.h>
#include <string.h>

#include <rte_ip.h>

#include "checksum.h"
#include "fuzz.h"
#include "gso.h"
#include "inner.h"

#define MAX 2048

static void
cut(const uint8_t *data, size_t size)
{
	struct virtio_net_hdr h;
	struct gso_cut c;
	uint32_t len = (uint32_t)(size - sizeof(h)), bytes = 0, n = 0, part;
	uint8_t *frame = malloc(len ? len : 1); // of exactly this size: a step past it is seen

	memcpy(&h, data, sizeof(h));
	memcpy(frame, data + sizeof(h), len);
	if (gso_cut_begin(&c, &h, frame, len, MAX)) {
		while ((part = gso_cut_len(&c)) != 0) {
			uint8_t *out = malloc(part);

			FUZZ_CHECK(part <= MAX && part >= c.header);
			gso_cut_next(&c, out);
			bytes += part - c.header;
			n++;
			free(out);
		}
		FUZZ_CHECK(n >= 1 && n <= 1 + bytes && bytes + c.header == c.end);
	}
	free(frame);
}

// With right checksums, as most packets have, they come together.
static void
fix(uint8_t *ip, uint32_t len)
{
	struct inner in;
	uint16_t sum;
	uint8_t *field;

	if (len >= 20 && ip[0] == 0x45) {
		memset(ip + 10, 0, 2);
		sum = (uint16_t)~rte_raw_cksum(ip, 20);
		memcpy(ip + 10, &sum, 2);
	}
	if (inner_read(&in, ip, len) != WB_DROP_NONE || in.fragment)
		return;
	field = ip + in.l4 + (in.proto == IPPROTO_TCP ? 16 : 6);
	if ((in.proto != IPPROTO_TCP && in.proto != IPPROTO_UDP) || field + 2 > ip + in.len)
		return;
	sum = in.family == 4 ? rte_ipv4_phdr_cksum((const struct rte_ipv4_hdr *)ip, 0)
			     : checksum_pseudo_ipv6(in.src, in.dst, in.proto, in.len - in.l4);
	memcpy(field, &sum, 2);
	inner_complete_checksum(&in);
}

// But for the identification of what is not to be fragmented, and 0 as 0xffff in a checksum.
static bool
same(uint8_t *a, uint8_t *b, uint32_t len)
{
	uint8_t *ip = a + GSO_ETHERNET;

	if (memcmp(a, b, len) == 0)
		return true;
	if (ip[0] == 0x45 && (ip[6] & 0x40))
		memcpy(b + GSO_ETHERNET + 4, ip + 4, 2);
	fix(ip, len - GSO_ETHERNET);
	fix(b + GSO_ETHERNET, len - GSO_ETHERNET);
	return memcmp(a, b, len) == 0;
}

// The packets of one super-packet against those that came out of it.
static void
check_super(const struct gso_merge *m, const struct gso_super *s, uint8_t **before)
{
	static uint8_t whole[GSO_FRAME];
	const struct gso_packet *p = &m->packets[s->first];
	uint32_t len = p->len, part;
	unsigned at = s->first, n = 0;
	struct gso_cut c;

	memcpy(whole, p->frame, p->len);
	for (unsigned i = 1; i < s->n; i++) {
		FUZZ_CHECK(p->next > p - m->packets && p->next < m->n_packets);
		p = &m->packets[p->next];
		FUZZ_CHECK(p->header < p->len && len + p->len - p->header <= GSO_FRAME);
		memcpy(whole + len, p->frame + p->header, p->len - p->header);
		len += p->len - p->header;
	}
	if (s->n == 1)
		return;
	FUZZ_CHECK(gso_cut_begin(&c, &s->hdr, whole, len, MAX));
	for (; (part = gso_cut_len(&c)) != 0; n++) {
		uint8_t *out = malloc(part);

		FUZZ_CHECK(n < s->n && part == m->packets[at].len);
		gso_cut_next(&c, out);
		FUZZ_CHECK(same(out, before[at], part));
		at = m->packets[at].next;
		free(out);
	}
	FUZZ_CHECK(n == s->n);
}

static void
merge(const uint8_t *data, size_t size, bool udp)
{
	static struct gso_merge m;
	uint8_t *frames[GSO_BURST], *before[GSO_BURST];
	unsigned n = 0, total = 0;

	gso_merge_begin(&m, udp);
	while (size >= 2 && n < GSO_BURST) {
		size_t len = (data[0] << 8 | data[1]) & 0x3ff;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		frames[n] = malloc(len ? len : 1);
		before[n] = malloc(len ? len : 1);
		memcpy(frames[n], data, len);
		if (len > GSO_ETHERNET && frames[n][0] != 7)
			fix(frames[n] + GSO_ETHERNET, (uint32_t)len - GSO_ETHERNET);
		memcpy(before[n], frames[n], len);
		gso_merge_add(&m, frames[n++], (uint32_t)len);
		data += len;
		size -= len;
	}
	gso_merge_end(&m);
	for (unsigned i = 0; i < m.n_supers; i++) {
		check_super(&m, &m.supers[i], before);
		total += m.supers[i].n;
	}
	FUZZ_CHECK(total == n);
	while (n-- != 0) {
		free(frames[n]);
		free(before[n]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		merge(data + 1, size - 1, data[0] & 2);
	else if (size > sizeof(struct virtio_net_hdr))
		cut(data + 1, size - 1);
	return 0;
}

// An IPv4 or IPv6 packet with `payload` bytes, the i-th of its flow.
static size_t
packet(uint8_t *p, bool v6, bool tcp, unsigned payload, unsigned i)
{
	unsigned header = v6 ? 40 : 20, l4 = tcp ? 20 : 8, len = l4 + payload;
	uint8_t *ip = p + GSO_ETHERNET, *t = ip + header;

	memset(p, 0, GSO_ETHERNET + header + l4);
	p[12] = v6 ? 0x86 : 8;
	p[13] = v6 ? 0xdd : 0;
	ip[0] = v6 ? 0x60 : 0x45;
	ip[v6 ? 4 : 2] = (uint8_t)((v6 ? len : len + 20) >> 8);
	ip[v6 ? 5 : 3] = (uint8_t)(v6 ? len : len + 20);
	ip[v6 ? 6 : 9] = tcp ? 6 : 17;
	ip[v6 ? 7 : 8] = 64;
	if (!v6)
		ip[5] = (uint8_t)i;
	t[1] = 80;
	t[3] = 81;
	if (tcp) {
		t[6] = (uint8_t)(i * payload >> 8);
		t[7] = (uint8_t)(i * payload);
		t[12] = 0x50;
		t[13] = 0x10;
	} else {
		t[4] = (uint8_t)(len >> 8);
		t[5] = (uint8_t)len;
	}
	memset(t + l4, 0x11 * (int)i, payload);
	return GSO_ETHERNET + header + len;
}

size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	bool v6 = i & 1, tcp = i & 2;
	size_t at = 1, len;
	struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = !tcp ? VIRTIO_NET_HDR_GSO_UDP_L4
			    : v6 ? VIRTIO_NET_HDR_GSO_TCPV6
				 : VIRTIO_NET_HDR_GSO_TCPV4,
		.gso_size = 100,
		.csum_start = v6 ? 54 : 34,
		.csum_offset = tcp ? 16 : 6,
	};

	if (i >= 8)
		return 0;
	if (i >= 4) {
		buf[0] = 0;
		memcpy(buf + 1, &h, sizeof(h));
		len = packet(buf + 1 + sizeof(h), v6, tcp, 950, 0);
		fix(buf + 1 + sizeof(h) + GSO_ETHERNET, (uint32_t)len - GSO_ETHERNET);
		return 1 + sizeof(h) + len;
	}
	buf[0] = 3;
	for (unsigned j = 0; j < 8; j++) {
		len = packet(buf + at + 2, v6, tcp, 100, j);
		buf[at] = (uint8_t)(len >> 8);
		buf[at + 1] = (uint8_t)len;
		at += 2 + len;
	}
	return at;
}
