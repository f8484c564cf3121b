// SPDX-License-Identifier: BSD-3-Clause
// Writes ICMP errors for inner packets that cannot be carried.
#include <string.h>

#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>

#include "checksum.h"
#include "dp.h"
#include "fib.h"
#include "icmp.h"

#define ICMP_INTERVAL (10 * WB_MS) // a worker's, in the long run
#define ICMP_BURST 20

#define ICMP4_LEN 8    // header, before the packet in error
#define ICMP4_MAX 576  // whole error, RFC 1812 4.3.2.3
#define ICMP6_MAX 1280 // RFC 4443 2.4 (c)
#define PROTO_ICMP6 58
#define PROTO_ICMP4 1

// Returns whether an error may be sent: not about ICMP errors and later fragments (RFC 1122 3.2.2, RFC 4443 2.4 (e)).
static bool
may_answer(const struct inner *in)
{
	uint8_t type;

	if (in->later_fragment || inner_stays(in))
		return false;
	if (in->proto != PROTO_ICMP4 && in->proto != PROTO_ICMP6)
		return true;
	if (in->l4 >= in->len)
		return false;
	type = in->ip[in->l4];
	if (in->family == 6)
		return type >= 128;
	return type == 8 || type == 0 || type == 13 || type == 14;
}

// Returns the error's source address. A hub's kernel refuses packets from its own addresses, so there it is the
// address that could not be reached.
static const uint8_t *
source_of(const struct worker *w, unsigned port, const struct inner *in)
{
	const struct wb_dp_net_port *np = &w->fib->snapshot->ports[port];
	unsigned i;

	if (w->dp->ports[port].conf.use == WB_DP_EGRESS)
		return in->dst;
	for (i = 0; i < np->n_addresses; i++)
		if (np->addresses[i].family == in->family && np->addresses[i].ip[0] != 0xfe)
			return np->addresses[i].ip;
	return NULL;
}

static void
write_ipv4(uint8_t *p, const struct inner *in, const uint8_t *source, enum icmp_error error)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;
	uint8_t *icmp = p + sizeof(*ip);
	uint32_t quote = RTE_MIN(in->len, ICMP4_MAX - sizeof(*ip) - ICMP4_LEN);
	uint16_t sum;

	memset(p, 0, sizeof(*ip) + ICMP4_LEN);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = rte_cpu_to_be_16(sizeof(*ip) + ICMP4_LEN + quote);
	ip->time_to_live = 64;
	ip->next_proto_id = PROTO_ICMP4;
	memcpy(&ip->src_addr, source, 4);
	memcpy(&ip->dst_addr, in->src, 4);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	icmp[0] = error == ICMP_TOO_BIG ? 3 : 11; // unreachable / time exceeded
	icmp[1] = error == ICMP_TOO_BIG ? 4 : 0;  // fragmentation needed / in transit
	memcpy(icmp + ICMP4_LEN, in->ip, quote);
	sum = ~checksum_raw(icmp, ICMP4_LEN + quote);
	memcpy(icmp + 2, &sum, 2);
}

static void
write_ipv6(uint8_t *p, const struct inner *in, const uint8_t *source, enum icmp_error error)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)p;
	uint8_t *icmp = p + sizeof(*ip);
	uint32_t quote = RTE_MIN(in->len, ICMP6_MAX - sizeof(*ip) - ICMP4_LEN);
	uint32_t sum;
	uint16_t checksum;

	memset(p, 0, sizeof(*ip) + ICMP4_LEN);
	ip->vtc_flow = RTE_BE32(6u << 28);
	ip->payload_len = rte_cpu_to_be_16(ICMP4_LEN + quote);
	ip->proto = PROTO_ICMP6;
	ip->hop_limits = 64;
	memcpy(&ip->src_addr, source, 16);
	memcpy(&ip->dst_addr, in->src, 16);
	icmp[0] = error == ICMP_TOO_BIG ? 2 : 3;
	memcpy(icmp + ICMP4_LEN, in->ip, quote);
	sum = checksum_pseudo_ipv6(&ip->src_addr, &ip->dst_addr, PROTO_ICMP6, ICMP4_LEN + quote);
	sum += checksum_raw(icmp, ICMP4_LEN + quote);
	checksum = ~checksum_fold(sum);
	memcpy(icmp + 2, &checksum, 2);
}

// Sets the MTU in the error's header and corrects the checksum.
static void
set_mtu(uint8_t *icmp, unsigned mtu)
{
	uint16_t field = rte_cpu_to_be_16(mtu), checksum;

	memcpy(icmp + 6, &field, 2); // IPv6: low half of the 32-bit field
	memcpy(&checksum, icmp + 2, 2);
	checksum = checksum_update(checksum, 0, field);
	memcpy(icmp + 2, &checksum, 2);
}

struct rte_mbuf *
icmp_reply(struct worker *w, const struct rte_mbuf *m, const struct inner *in,
	enum icmp_error error, unsigned mtu)
{
	const struct rte_ether_hdr *from = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	unsigned header =
		in->family == 4 ? sizeof(struct rte_ipv4_hdr) : sizeof(struct rte_ipv6_hdr);
	unsigned max = in->family == 4 ? ICMP4_MAX : ICMP6_MAX;
	const uint8_t *source = source_of(w, m->port, in);
	struct rte_mbuf *reply;
	struct rte_ether_hdr *eth;
	unsigned len = RTE_MIN(in->len + header + ICMP4_LEN, max);

	if (source == NULL || !may_answer(in) ||
		!limit_pass(&w->icmp_limit, w->now, ICMP_INTERVAL, ICMP_BURST))
		return NULL;
	reply = rte_pktmbuf_alloc(w->pool);
	if (reply == NULL)
		return NULL;
	reply->port = m->port;
	eth = (struct rte_ether_hdr *)rte_pktmbuf_append(reply, sizeof(*eth) + len);
	eth->dst_addr = from->src_addr;
	eth->src_addr = *fib_mac(w, m->port);
	eth->ether_type = from->ether_type;
	if (in->family == 4)
		write_ipv4((uint8_t *)(eth + 1), in, source, error);
	else
		write_ipv6((uint8_t *)(eth + 1), in, source, error);
	if (error == ICMP_TOO_BIG)
		set_mtu((uint8_t *)(eth + 1) + header, mtu);
	return reply;
}
