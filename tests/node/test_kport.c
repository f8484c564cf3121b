// SPDX-License-Identifier: BSD-3-Clause
// A real TAP in a network namespace of its own: what programs send and get through the kernel.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <rte_ip.h>

#include "../unit/harness.h"
#include "gso_frames.h"
#include "kport.h"

#define SKIP 77
#define N 40
#define BYTES 1000
#define NAME "wbtest0"

static struct wb_kport *tap;
static struct rte_mempool *pool;
static int sock;

static struct sockaddr_in
address(const char *ip, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

// 10.9.0.1 here, a neighbour 10.9.0.2 behind the TAP.
static int
configure(void)
{
	struct sockaddr_in here = address("10.9.0.1", 0), there = address("10.9.0.2", 0);
	struct ifreq ifr = { .ifr_name = NAME };
	struct arpreq arp = { .arp_flags = ATF_PERM | ATF_COM, .arp_dev = NAME };

	memcpy(&ifr.ifr_addr, &here, sizeof(here));
	if (ioctl(sock, SIOCSIFADDR, &ifr) < 0)
		return -errno;
	ifr.ifr_flags = IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &ifr) < 0)
		return -errno;
	memcpy(&arp.arp_pa, &there, sizeof(there));
	arp.arp_ha.sa_family = ARPHRD_ETHER;
	memcpy(arp.arp_ha.sa_data, (uint8_t[]){ 2, 0, 0, 0, 0, 2 }, 6);
	return ioctl(sock, SIOCSARP, &arp) < 0 ? -errno : 0;
}

// Packets to 10.9.0.2 that the kernel gives within a second, other frames aside.
static unsigned
take(struct frame *f, unsigned max)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	struct rte_mbuf *m[8];
	unsigned n = 0;

	for (unsigned tries = 0; tries < 1000 && n < max; tries++) {
		unsigned got = kport_rx(tap, 0, pool, m, RTE_DIM(m));

		for (unsigned i = 0; i < got; i++) {
			const uint8_t *p = rte_pktmbuf_mtod(m[i], uint8_t *);

			if (p[PACKET_IP + 9] == IPPROTO_UDP && p[PACKET_IP + 19] == 2 && n < max) {
				f[n].len = rte_pktmbuf_data_len(m[i]);
				memcpy(f[n++].bytes, p, rte_pktmbuf_data_len(m[i]));
			}
			rte_pktmbuf_free(m[i]);
		}
		if (got == 0)
			nanosleep(&pause, NULL);
	}
	return n;
}

static void
test_from_kernel(void)
{
	static struct frame got[N];
	static uint8_t data[N * BYTES];
	struct sockaddr_in to = address("10.9.0.2", 7000);
	struct wb_kport_stats s;
	int size = BYTES;

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 >> 2);
	CU_ASSERT_EQUAL_FATAL(setsockopt(sock, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)), 0);
	CU_ASSERT_EQUAL_FATAL(
		sendto(sock, data, sizeof(data), 0, (struct sockaddr *)&to, sizeof(to)),
		sizeof(data));
	wb_kport_stats_clear(tap);
	CU_ASSERT_EQUAL_FATAL(take(got, N), N);
	for (unsigned i = 0; i < N; i++) {
		CU_ASSERT_EQUAL(got[i].len, 42 + BYTES);
		CU_ASSERT(packet_checksums(&got[i]));
		CU_ASSERT_EQUAL(memcmp(got[i].bytes + 42, data + i * BYTES, BYTES), 0);
	}
	wb_kport_stats(tap, &s);
	CU_ASSERT(s.rx_packets >= N);
	CU_ASSERT_EQUAL(s.rx_errors, 0);
	if (tap->queues[0]->udp) // UDP too
		CU_ASSERT(s.rx_pieces < N / 2);
}

static void
test_to_kernel(void)
{
	struct stream st = { .payload = BYTES };
	struct sockaddr_in here = address("10.9.0.1", 5000);
	struct rte_mbuf *m[N];
	struct frame sent[N];
	struct wb_kport_stats s;
	uint8_t got[2000];
	int in = socket(AF_INET, SOCK_DGRAM, 0);

	CU_ASSERT_EQUAL_FATAL(bind(in, (struct sockaddr *)&here, sizeof(here)), 0);
	for (unsigned i = 0; i < N; i++) {
		stream_frame(&sent[i], &st, i);
		memcpy(sent[i].bytes, wb_kport_mac(tap), 6);
		m[i] = rte_pktmbuf_alloc(pool);
		memcpy(rte_pktmbuf_append(m[i], sent[i].len), sent[i].bytes, sent[i].len);
	}
	wb_kport_stats_clear(tap);
	CU_ASSERT_EQUAL(kport_tx(tap, 0, m, N), N);
	for (unsigned i = 0; i < N; i++) {
		CU_ASSERT_EQUAL_FATAL(recv(in, got, sizeof(got), MSG_DONTWAIT), BYTES);
		CU_ASSERT_EQUAL(memcmp(got, sent[i].bytes + 42, BYTES), 0);
	}
	close(in);
	wb_kport_stats(tap, &s);
	CU_ASSERT_EQUAL(s.tx_packets, N);
	CU_ASSERT_EQUAL(s.tx_bytes, N * (42 + BYTES));
	CU_ASSERT_EQUAL(s.tx_errors, 0);
	CU_ASSERT_EQUAL(s.tx_pieces, tap->queues[0]->udp ? 1 : N);
}

#define LARGE 8000

static void
set_mtu(int mtu)
{
	struct ifreq ifr = { .ifr_name = NAME, .ifr_mtu = mtu };

	CU_ASSERT_EQUAL_FATAL(ioctl(sock, SIOCSIFMTU, &ifr), 0);
}

// The next UDP packet to 10.9.0.2, whatever its size, into out[]; its frame's length, 0: none.
static unsigned
take_any(uint8_t *out, unsigned max)
{
	unsigned len = 0;

	for (unsigned tries = 0; tries < 1000 && len == 0; tries++) {
		static const struct timespec pause = { .tv_nsec = 1000000 };
		struct rte_mbuf *m;
		const uint8_t *p;

		if (kport_rx(tap, 0, pool, &m, 1) == 0) {
			nanosleep(&pause, NULL);
			continue;
		}
		p = rte_pktmbuf_mtod(m, uint8_t *);
		if (p[PACKET_IP + 9] == IPPROTO_UDP && p[PACKET_IP + 19] == 2) {
			len = rte_pktmbuf_pkt_len(m);
			CU_ASSERT_FATAL(len <= max);
			p = rte_pktmbuf_read(m, 0, len, out);
			if (p != out)
				memcpy(out, p, len);
		}
		rte_pktmbuf_free(m);
	}
	return len;
}

// What is larger than a buffer comes in several: jumbo frames, and pieces of such.
static void
test_large_from_kernel(void)
{
	static uint8_t data[LARGE], got[LARGE + 42];
	struct sockaddr_in to = address("10.9.0.2", 7000);
	int sizes[] = { 0, 3000 }; // of segments; 0: in one

	set_mtu(9000);
	for (unsigned i = 0; i < LARGE; i++)
		data[i] = (uint8_t)(i * 13 >> 3);
	for (unsigned k = 0; k < RTE_DIM(sizes); k++) {
		unsigned size = sizes[k] != 0 ? sizes[k] : LARGE, at, len;

		CU_ASSERT_EQUAL(setsockopt(sock, SOL_UDP, UDP_SEGMENT, &sizes[k], sizeof(int)), 0);
		CU_ASSERT_EQUAL_FATAL(
			sendto(sock, data, LARGE, 0, (struct sockaddr *)&to, sizeof(to)), LARGE);
		for (at = 0; at < LARGE; at += len - 42) {
			const struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(got + PACKET_IP);

			len = take_any(got, sizeof(got));
			CU_ASSERT_EQUAL_FATAL(len, 42 + RTE_MIN(size, LARGE - at));
			CU_ASSERT_EQUAL(memcmp(got + 42, data + at, len - 42), 0);
			CU_ASSERT_EQUAL(rte_ipv4_udptcp_cksum_verify(ip, got + 34), 0);
		}
	}
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	CU_ASSERT_EQUAL(setsockopt(sock, SOL_UDP, UDP_SEGMENT, &sizes[0], sizeof(int)), 0);
	set_mtu(1500);
}

// A chain of buffers goes out whole, between others.
static void
test_large_to_kernel(void)
{
	static uint8_t got[LARGE];
	struct sockaddr_in here = address("10.9.0.1", 5000);
	struct stream st = { .payload = BYTES };
	struct rte_mbuf *m[3];
	struct frame f;
	int in = socket(AF_INET, SOCK_DGRAM, 0);

	CU_ASSERT_EQUAL_FATAL(bind(in, (struct sockaddr *)&here, sizeof(here)), 0);
	for (unsigned i = 0; i < 3; i++) {
		stream_frame(&f, &st, i);
		memcpy(f.bytes, wb_kport_mac(tap), 6);
		m[i] = rte_pktmbuf_alloc(pool);
		memcpy(rte_pktmbuf_append(m[i], f.len), f.bytes, f.len);
	}
	for (unsigned i = 0; i < 3; i++) { // m[1] grows by 3 x 1500 bytes
		struct rte_mbuf *more = rte_pktmbuf_alloc(pool);

		memset(rte_pktmbuf_append(more, 1500), 'a' + i, 1500);
		CU_ASSERT_EQUAL(rte_pktmbuf_chain(m[1], more), 0);
	}
	{
		struct rte_ipv4_hdr *ip =
			rte_pktmbuf_mtod_offset(m[1], struct rte_ipv4_hdr *, PACKET_IP);
		struct udphdr *udp = (struct udphdr *)(ip + 1);

		ip->total_length = htons(28 + BYTES + 4500);
		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		udp->len = htons(8 + BYTES + 4500);
		udp->check = 0;
	}
	CU_ASSERT_EQUAL(kport_tx(tap, 0, m, 3), 3);
	for (unsigned i = 0; i < 3; i++) {
		unsigned len = BYTES + (i == 1 ? 4500 : 0);

		CU_ASSERT_EQUAL_FATAL(recv(in, got, sizeof(got), MSG_DONTWAIT), len);
		CU_ASSERT(i != 1 || (got[BYTES] == 'a' && got[len - 1] == 'c'));
	}
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	close(in);
}

// An interface that is down takes nothing: all come back, none is lost.
static void
test_down(void)
{
	struct ifreq ifr = { .ifr_name = NAME };
	struct stream st = { .payload = 100 };
	struct rte_mbuf *m[3];
	struct frame f;

	CU_ASSERT_EQUAL_FATAL(ioctl(sock, SIOCSIFFLAGS, &ifr), 0);
	for (unsigned i = 0; i < 3; i++) {
		stream_frame(&f, &st, i);
		m[i] = rte_pktmbuf_alloc(pool);
		memcpy(rte_pktmbuf_append(m[i], f.len), f.bytes, f.len);
	}
	CU_ASSERT_EQUAL(kport_tx(tap, 0, m, 3), 0);
	rte_pktmbuf_free_bulk(m, 3);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

static void
test_taken(void)
{
	struct wb_kport *other = NULL;

	CU_ASSERT_EQUAL(wb_kport_open_tap(NAME, 1, &other), -EBUSY);
	CU_ASSERT_PTR_NULL(other);
	CU_ASSERT_EQUAL(wb_kport_open_tap("wbtest1", 3, &other), 0);
	CU_ASSERT_EQUAL(other->n, 3);
	CU_ASSERT(if_nametoindex("wbtest1") != 0);
	wb_kport_close(other);
	CU_ASSERT_EQUAL(if_nametoindex("wbtest1"), 0);
}

// A TUN is an interface without Ethernet, as ppp0 or a modem's. What its file gives and takes is the wire.
#define TUN "wbtun0"

// Makes an interface, a TUN or a TAP, and sets it up. Returns its file.
static int
open_wire(const char *name, short kind)
{
	struct ifreq ifr = { .ifr_flags = kind | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	CU_ASSERT_EQUAL_FATAL(ioctl(fd, TUNSETIFF, &ifr), 0);
	ifr.ifr_flags = IFF_UP;
	CU_ASSERT_EQUAL_FATAL(ioctl(sock, SIOCSIFFLAGS, &ifr), 0);
	return fd;
}

// A datagram to 10.9.8.2, its UDP port ours or not.
static void
wire_packet(struct frame *f, unsigned n, uint16_t port)
{
	static const struct rte_ether_addr to = { WB_DP_RAW_IP_MAC };
	struct packet p = { .src = "10.9.8.1",
		.dst = "10.9.8.2",
		.dport = port,
		.payload = 100 + n,
		.proto = IPPROTO_UDP };

	packet_build(f, &to, &p);
}

static void
takes_raw_ip(struct wb_kport *port, int wire)
{
	struct rte_mbuf *m[4];
	struct frame f, other;

	wire_packet(&f, 0, 65500);
	wire_packet(&other, 0, 53);
	CU_ASSERT_EQUAL(write(wire, other.bytes + 14, other.len - 14), other.len - 14);
	CU_ASSERT_EQUAL(write(wire, f.bytes + 14, f.len - 14), f.len - 14);
	CU_ASSERT_EQUAL_FATAL(kport_rx(port, 0, pool, m, RTE_DIM(m)), 1);
	CU_ASSERT_EQUAL_FATAL(rte_pktmbuf_data_len(m[0]), f.len);
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m[0], uint8_t *), f.bytes, 6), 0);
	CU_ASSERT_EQUAL(
		memcmp(rte_pktmbuf_mtod(m[0], uint8_t *) + 12, f.bytes + 12, f.len - 12), 0);
	rte_pktmbuf_free(m[0]);
}

// Reads the next IPv4 packet: the kernel itself sends IPv6 there, now and then.
static ssize_t
read_ipv4(int wire, uint8_t *got, size_t len)
{
	ssize_t n = read(wire, got, len);

	while (n > 0 && got[0] >> 4 != 4)
		n = read(wire, got, len);
	return n;
}

// The second of three is larger than the interface's MTU: it comes back, the others have gone.
static void
gives_raw_ip(struct wb_kport *port, int wire)
{
	struct ifreq ifr = { .ifr_name = TUN, .ifr_mtu = 400 };
	uint8_t got[2000];
	struct rte_mbuf *m[3];
	struct frame f[3];

	CU_ASSERT_EQUAL(ioctl(sock, SIOCSIFMTU, &ifr), 0);
	for (unsigned i = 0; i < 3; i++) {
		wire_packet(&f[i], i == 1 ? 1000 : i, 7);
		m[i] = rte_pktmbuf_alloc(pool);
		memcpy(rte_pktmbuf_append(m[i], f[i].len), f[i].bytes, f[i].len);
	}
	CU_ASSERT_EQUAL(wb_kport_refusal(port), 0);
	CU_ASSERT_EQUAL(kport_tx(port, 0, m, 3), 2);
	CU_ASSERT_EQUAL(rte_pktmbuf_data_len(m[2]), f[1].len);
	rte_pktmbuf_free(m[2]);
	CU_ASSERT_EQUAL(wb_kport_refusal(port), EMSGSIZE);
	CU_ASSERT_EQUAL(wb_kport_refusal(port), 0);
	for (unsigned i = 0; i < 3; i += 2) {
		CU_ASSERT_EQUAL_FATAL(read_ipv4(wire, got, sizeof(got)), f[i].len - 14);
		CU_ASSERT_EQUAL(memcmp(got, f[i].bytes + 14, f[i].len - 14), 0);
	}
	CU_ASSERT(read_ipv4(wire, got, sizeof(got)) < 0);
}

// The port waits for its interface, is bound when it appears, and carries its packets both ways.
static void
test_raw_ip(void)
{
	struct wb_kport *port = NULL;
	struct wb_kport_stats s;
	int wire;

	CU_ASSERT_EQUAL_FATAL(wb_kport_open_packet(TUN, &port), 0);
	CU_ASSERT_EQUAL(kport_start(port, WB_DP_WAN, 65500), 0);
	CU_ASSERT_EQUAL(wb_kport_bind(port, TUN), -ENODEV);
	wire = open_wire(TUN, IFF_TUN);
	CU_ASSERT_EQUAL(wb_kport_bind(port, TUN), 0);
	CU_ASSERT(wb_kport_raw_ip(port));
	takes_raw_ip(port, wire);
	gives_raw_ip(port, wire);
	wb_kport_stats(port, &s);
	CU_ASSERT_EQUAL(s.rx_packets, 1);
	CU_ASSERT_EQUAL(s.rx_errors, 0);
	CU_ASSERT_EQUAL(s.tx_packets, 2);
	CU_ASSERT_EQUAL(s.tx_errors, 1);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	wb_kport_close(port);
	close(wire);
}

#define TRUNK "wbtrunk"

// Puts a tag into a frame.
static void
push_tag(struct frame *f, uint16_t type, uint16_t tci)
{
	const uint8_t tag[] = { type >> 8, (uint8_t)type, tci >> 8, (uint8_t)tci };

	memmove(f->bytes + 12 + sizeof(tag), f->bytes + 12, f->len - 12);
	memcpy(f->bytes + 12, tag, sizeof(tag));
	f->len += sizeof(tag);
}

// The tag comes beside the frame; VLAN 0: none of ours. A provider's tag (802.1ad) hides the one within.
static void
test_trunk(void)
{
	static const struct {
		uint16_t outer, outer_tci, inner, tci; // inner 0: one tag
	} rows[] = {
		{ 0x8100, 0xb00a, 0, 0xb00a }, // priority and DEI
		{ 0x8100, 10, 0x8100, 10 },
		{ 0x8100, 0xe000, 0, 0xe000 },
		{ 0x88a8, 7, 0, 0 },
		{ 0x88a8, 7, 0x8100, 0 },
	};
	struct wb_kport *port = NULL;
	int wire = open_wire(TRUNK, IFF_TAP);

	CU_ASSERT_EQUAL_FATAL(wb_kport_open_packet(TRUNK, &port), 0);
	CU_ASSERT_EQUAL_FATAL(kport_start(port, WB_DP_TRUNK, 65500), 0);
	for (unsigned i = 0; i < RTE_DIM(rows); i++) {
		struct rte_mbuf *m[4];
		struct frame f;

		wire_packet(&f, i, 7);
		CU_ASSERT_EQUAL(write(wire, f.bytes, f.len), f.len); // without a tag: the kernel's
		if (rows[i].inner != 0)
			push_tag(&f, rows[i].inner, 11);
		push_tag(&f, rows[i].outer, rows[i].outer_tci);
		CU_ASSERT_EQUAL(write(wire, f.bytes, f.len), f.len);
		CU_ASSERT_EQUAL_FATAL(kport_rx(port, 0, pool, m, RTE_DIM(m)), 1);
		CU_ASSERT_EQUAL(rte_pktmbuf_data_len(m[0]), f.len - 4);
		CU_ASSERT((m[0]->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0);
		CU_ASSERT_EQUAL(m[0]->vlan_tci, rows[i].tci);
		rte_pktmbuf_free(m[0]);
	}
	wb_kport_close(port);
	close(wire);
}

#define MIRROR "wbmirror"

// The kernel tells the carrier's changes by a work item of its own: waits up to 5 s for it.
static bool
gets_carrier(const char *name, bool want)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	struct ifreq ifr = { 0 };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	for (unsigned i = 0; i < 5000; i++) {
		if (ioctl(sock, SIOCGIFFLAGS, &ifr) < 0)
			return false;
		if (((ifr.ifr_flags & IFF_RUNNING) != 0) == want)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static bool
has_address(const char *name, const char *ip)
{
	struct sockaddr_in want = address(ip, 0);
	struct ifreq ifr = { 0 };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return ioctl(sock, SIOCGIFADDR, &ifr) == 0 &&
	       memcmp(&ifr.ifr_addr, &want, sizeof(want)) == 0;
}

// A mirror's address outlives the process; the next one may have other workers and another card.
static void
test_mirror(void)
{
	static const uint8_t first[] = { 2, 0, 0, 0, 7, 1 }, second[] = { 2, 0, 0, 0, 7, 2 };
	struct sockaddr_in here = address("10.9.7.1", 0);
	struct ifreq ifr = { .ifr_name = MIRROR };
	struct wb_kport *m = NULL;
	unsigned index;

	CU_ASSERT_EQUAL_FATAL(wb_kport_open_mirror(MIRROR, 1, first, &m), 0);
	index = if_nametoindex(MIRROR);
	memcpy(&ifr.ifr_addr, &here, sizeof(here));
	CU_ASSERT_EQUAL(ioctl(sock, SIOCSIFADDR, &ifr), 0);
	ifr.ifr_flags = IFF_UP;
	CU_ASSERT_EQUAL(ioctl(sock, SIOCSIFFLAGS, &ifr), 0);
	CU_ASSERT(gets_carrier(MIRROR, true));
	CU_ASSERT_EQUAL(wb_kport_set_carrier(m, false), 0);
	CU_ASSERT(gets_carrier(MIRROR, false));
	wb_kport_close(m);
	CU_ASSERT_EQUAL(if_nametoindex(MIRROR), index);
	CU_ASSERT(has_address(MIRROR, "10.9.7.1"));
	CU_ASSERT(gets_carrier(MIRROR, false));

	CU_ASSERT_EQUAL_FATAL(wb_kport_open_mirror(MIRROR, 3, second, &m), 0);
	CU_ASSERT_EQUAL(if_nametoindex(MIRROR), index);
	CU_ASSERT(has_address(MIRROR, "10.9.7.1"));
	CU_ASSERT_EQUAL(memcmp(wb_kport_mac(m), second, 6), 0);
	memset(&ifr.ifr_hwaddr, 0, sizeof(ifr.ifr_hwaddr));
	CU_ASSERT_EQUAL(ioctl(sock, SIOCGIFHWADDR, &ifr), 0);
	CU_ASSERT_EQUAL(memcmp(ifr.ifr_hwaddr.sa_data, second, 6), 0);
	CU_ASSERT_EQUAL(wb_kport_set_carrier(m, true), 0);
	CU_ASSERT(gets_carrier(MIRROR, true));
	wb_kport_close(m);
}

static const struct harness_test tests[] = {
	{ "from the kernel", test_from_kernel },
	{ "to the kernel", test_to_kernel },
	{ "large from the kernel", test_large_from_kernel },
	{ "large to the kernel", test_large_to_kernel },
	{ "an interface that is down", test_down },
	{ "names and queues", test_taken },
	{ "no Ethernet", test_raw_ip },
	{ "tags on a trunk", test_trunk },
	{ "a TAP that stays", test_mirror },
};

int
main(int argc, char **argv)
{
	int failed;

	if (nodes_start(argc, argv) < 0)
		return 1;
	if (unshare(CLONE_NEWNET) < 0 || wb_kport_open_tap(NAME, 1, &tap) < 0) {
		printf("skip: needs root and /dev/net/tun\n");
		return SKIP;
	}
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	pool = rte_pktmbuf_pool_create(
		"tap", 255, 0, MBUF_PRIV, MBUF_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	if (pool == NULL || configure() < 0)
		return 1;
	failed = HARNESS_RUN("kport", tests);
	wb_kport_close(tap);
	close(sock);
	rte_mempool_free(pool);
	nodes_stop();
	return failed;
}
