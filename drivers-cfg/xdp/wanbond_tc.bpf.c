// SPDX-License-Identifier: BSD-3-Clause
// For packet-socket ports (af_packet): the socket has seen the frame before the tc ingress hook, so
// what is wanbond's ends here and the kernel neither answers nor forwards it a second time.
#include <linux/pkt_cls.h>

#include "wanbond_filter.bpf.h"

SEC("tc")
int
wanbond_tc(struct __sk_buff *skb)
{
	const void *data, *end;

	// A VLAN's frame, whose tag the card or the kernel took out.
	if (skb->vlan_present)
		return skb->vlan_proto == bpf_htons(ETH_P_8021Q) &&
				       vlan_is_ours(skb->vlan_tci & 0xfff)
			       ? TC_ACT_SHOT
			       : TC_ACT_UNSPEC;
	// headers may sit in fragments of the skb: 74 bytes hold Ethernet, IPv4 with options, UDP
	if (bpf_skb_pull_data(skb, skb->len < 74 ? skb->len : 74) != 0)
		return TC_ACT_UNSPEC;
	data = (const void *)(long)skb->data;
	end = (const void *)(long)skb->data_end;
	return frame_is_ours(data, end) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Dual BSD/GPL";
