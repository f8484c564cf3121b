// SPDX-License-Identifier: BSD-3-Clause
// The switch of vlan.sh, for kernels without the 8021q and act_vlan modules: classifiers that put a tag on what comes
// from an access port, and take it off what comes from the trunk. The action beside each says where it goes.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MATCH -1
#define NO_MATCH 0

#define ACCESS(vlan)                                                                               \
	SEC("classifier/push" #vlan) int push##vlan(struct __sk_buff *skb)                         \
	{                                                                                          \
		return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), vlan) == 0 ? MATCH           \
										 : NO_MATCH;       \
	}                                                                                          \
	SEC("classifier/pop" #vlan) int pop##vlan(struct __sk_buff *skb)                           \
	{                                                                                          \
		if (!skb->vlan_present || (skb->vlan_tci & 0xfff) != vlan)                         \
			return NO_MATCH;                                                           \
		return bpf_skb_vlan_pop(skb) == 0 ? MATCH : NO_MATCH;                              \
	}

ACCESS(10)
ACCESS(20)
ACCESS(30)
ACCESS(40)

char _license[] SEC("license") = "Dual BSD/GPL";
