// SPDX-License-Identifier: BSD-3-Clause
// For af_xdp ports (devargs xdp_prog=): what is wanbond's goes to its socket, the rest to the kernel.
// The driver wants a map named xsks_map, by queue.
#include "wanbond_filter.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

SEC("xdp")
int
wanbond_xdp(struct xdp_md *ctx)
{
	const void *data = (const void *)(long)ctx->data;
	const void *end = (const void *)(long)ctx->data_end;

	if (!frame_is_ours(data, end))
		return XDP_PASS;
	// a queue without a socket: the kernel gets it, as without us
	return bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS);
}

char _license[] SEC("license") = "Dual BSD/GPL";
