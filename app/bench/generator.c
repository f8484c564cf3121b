// SPDX-License-Identifier: BSD-3-Clause
// The LAN's traffic: UDP packets of many flows, as a pcap file that net_pcap plays for ever.
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "bench.h"

#define PACKETS 1024
#define FRAME_MAX 1514

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snap, link;
};
struct pcap_record {
	uint32_t seconds, microseconds, len, whole;
};

void
generator_packet(uint8_t *p, unsigned inner, unsigned flow, bool toward_lan)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	rte_be32_t host = rte_cpu_to_be_32(RTE_IPV4(192, 168, 40, 9));
	rte_be32_t server = rte_cpu_to_be_32(RTE_IPV4(192, 0, 2, 80));

	memset(p, 0, inner);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16(inner);
	ip->fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = toward_lan ? server : host;
	ip->dst_addr = toward_lan ? host : server;
	udp->src_port = rte_cpu_to_be_16(1024 + flow);
	udp->dst_port = RTE_BE16(443);
	udp->dgram_len = rte_cpu_to_be_16(inner - sizeof(*ip));
	udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static int
write_all(int fd, const void *data, size_t len)
{
	return write(fd, data, len) == (ssize_t)len ? 0 : -EIO;
}

int
generator_file(unsigned inner, const uint8_t to[6], const uint8_t from[6])
{
	const struct pcap_header header = { 0xa1b2c3d4, 2, 4, 0, 0, FRAME_MAX, 1 };
	struct pcap_record record = { .len = RTE_ETHER_HDR_LEN + inner };
	int fd = memfd_create("wanbond-bench", 0), err;
	uint8_t frame[FRAME_MAX];
	unsigned i;

	if (fd < 0)
		return -errno;
	record.whole = record.len;
	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	frame[12] = 8; // IPv4
	frame[13] = 0;
	err = write_all(fd, &header, sizeof(header));
	for (i = 0; i < PACKETS && err == 0; i++) {
		generator_packet(frame + RTE_ETHER_HDR_LEN, inner, i % BENCH_FLOWS, false);
		err = write_all(fd, &record, sizeof(record));
		if (err == 0)
			err = write_all(fd, frame, record.len);
	}
	if (err != 0) {
		close(fd);
		return err;
	}
	return fd;
}
