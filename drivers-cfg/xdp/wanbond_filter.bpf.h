/* SPDX-License-Identifier: BSD-3-Clause */
// BPF side of wanbond_filter.h. Whatever cannot be parsed in one look (VLAN tags, IP fragments
// toward the WAN, options beyond the first bytes) stays with the kernel.
#ifndef WANBOND_FILTER_BPF_H
#define WANBOND_FILTER_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "wanbond_filter.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wanbond_filter_conf);
} wb_conf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WANBOND_FILTER_LOCALS);
	__type(key, __u32);
	__type(value, __u8);
} wb_local4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WANBOND_FILTER_LOCALS);
	__type(key, struct wanbond_filter_ip6);
	__type(value, __u8);
} wb_local6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, WANBOND_FILTER_ROUTES);
	__type(key, struct wanbond_filter_key4);
	__type(value, __u8);
} wb_route4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, WANBOND_FILTER_ROUTES);
	__type(key, struct wanbond_filter_key6);
	__type(value, __u8);
} wb_route6 SEC(".maps");

static __always_inline int
wan_is_ours(const struct iphdr *ip, const void *end, const struct wanbond_filter_conf *conf)
{
	const struct udphdr *udp;

	if ((const void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
		return 0;
	// a fragment cannot be told apart without its first one: the kernel's
	if (ip->protocol != IPPROTO_UDP || (ip->frag_off & bpf_htons(0x3fff)) != 0)
		return 0;
	udp = (const void *)((const char *)ip + ip->ihl * 4);
	if ((const void *)(udp + 1) > end || udp->dest != conf->udp_port)
		return 0;
	return bpf_map_lookup_elem(&wb_local4, &ip->daddr) != NULL;
}

// This network, loopback, multicast and broadcast (RFC 6890); link local (RFC 3927).
static __always_inline int
stays4(__u32 ip)
{
	__u32 top = bpf_ntohl(ip) >> 24;

	return top == 0 || top == 127 || top >= 224 || bpf_ntohl(ip) >> 16 == 0xa9fe;
}

static __always_inline int
lan4_is_ours(const struct iphdr *ip, const void *end)
{
	struct wanbond_filter_key4 key = { .len = 32 };
	const __u8 *route;

	if ((const void *)(ip + 1) > end || ip->version != 4)
		return 0;
	if (stays4(ip->daddr) || stays4(ip->saddr) ||
		bpf_map_lookup_elem(&wb_local4, &ip->daddr) != NULL)
		return 0;
	__builtin_memcpy(key.ip, &ip->daddr, sizeof(key.ip));
	route = bpf_map_lookup_elem(&wb_route4, &key);
	return route == NULL || *route != WANBOND_FILTER_KERNEL;
}

// Multicast, link local (neighbour discovery), unspecified and loopback.
static __always_inline int
stays6(const struct in6_addr *ip)
{
	const __u8 *b = ip->in6_u.u6_addr8;
	const __u32 *w = ip->in6_u.u6_addr32;

	return b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) ||
	       (w[0] == 0 && w[1] == 0 && w[2] == 0 && bpf_ntohl(w[3]) <= 1);
}

static __always_inline int
lan6_is_ours(const struct ipv6hdr *ip, const void *end)
{
	struct wanbond_filter_ip6 local;
	struct wanbond_filter_key6 key = { .len = 128 };
	const __u8 *route;

	if ((const void *)(ip + 1) > end || ip->version != 6)
		return 0;
	__builtin_memcpy(&local, &ip->daddr, sizeof(local));
	if (stays6(&ip->daddr) || stays6(&ip->saddr) ||
		bpf_map_lookup_elem(&wb_local6, &local) != NULL)
		return 0;
	__builtin_memcpy(key.ip, &ip->daddr, sizeof(key.ip));
	route = bpf_map_lookup_elem(&wb_route6, &key);
	return route == NULL || *route != WANBOND_FILTER_KERNEL;
}

// True: frames of that VLAN are wanbond's.
static __always_inline int
vlan_is_ours(__u32 vlan)
{
	const struct wanbond_filter_conf *conf;
	__u32 zero = 0;

	conf = bpf_map_lookup_elem(&wb_conf, &zero);
	if (conf == NULL || conf->use != WANBOND_FILTER_TRUNK)
		return 0;
	return conf->vlans[vlan / 32 % (WANBOND_FILTER_VLANS / 32)] >> vlan % 32 & 1;
}

// True: the frame [data, end) is wanbond's.
static __always_inline int
frame_is_ours(const void *data, const void *end)
{
	const struct wanbond_filter_conf *conf;
	const struct ethhdr *eth = data;
	__u32 zero = 0;

	conf = bpf_map_lookup_elem(&wb_conf, &zero);
	if (conf == NULL || conf->use == WANBOND_FILTER_OFF || conf->use == WANBOND_FILTER_TRUNK)
		return 0;
	if (conf->raw_ip) // a WAN: a LAN must have Ethernet
		return conf->use == WANBOND_FILTER_WAN && wan_is_ours(data, end, conf);
	if ((const void *)(eth + 1) > end)
		return 0;
	for (int i = 0; i < 6; i++) // memcmp is no BPF builtin at this length
		if (eth->h_dest[i] != conf->mac[i])
			return 0;
	if (conf->use == WANBOND_FILTER_WAN)
		return eth->h_proto == bpf_htons(ETH_P_IP) &&
		       wan_is_ours((const void *)(eth + 1), end, conf);
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return lan4_is_ours((const void *)(eth + 1), end);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return lan6_is_ours((const void *)(eth + 1), end);
	return 0;
}

#endif
