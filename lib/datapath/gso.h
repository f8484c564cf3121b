/* SPDX-License-Identifier: BSD-3-Clause */
// Passes frames to and from the kernel in large pieces (virtio 1.2, 5.1.6.2): many packets of a flow as one of up
// to 64 KB, with their size beside it. That costs the kernel as much as one packet. Pure. DPDK's rte_gro and
// rte_gso support neither IPv6 nor UDP datagrams in 22.11.
#ifndef WB_DATAPATH_GSO_H
#define WB_DATAPATH_GSO_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5 // of Linux 6.2; Debian 12's headers are 6.1's
#endif

#define GSO_BURST 64    // packets of one merge; also the most the kernel takes of UDP
#define GSO_ETHERNET 14 // what stands before the IP header
#define GSO_FRAME (GSO_ETHERNET + 65535) // the longest there is

// ---- From the kernel: one frame cut into packets that fit the link.

struct gso_cut {
	uint8_t *frame;
	uint32_t end;     // of the frame
	uint32_t header;  // bytes that each segment begins with; 0: not to be cut
	uint32_t at;      // where the next segment's payload begins
	uint32_t size;    // payload of a segment
	uint32_t l4;      // offset of the transport header
	uint16_t check;   // offset of its checksum
	uint16_t seed;    // pseudo header without the length, not inverted
	uint16_t segment; // number of the next one
	uint8_t family;
	bool tcp, done;
};

// Begins to cut the kernel's frame of `len` bytes, which `h` describes. Segments and uncut frames have at most
// `max` bytes. A checksum that the sender left open is computed. Returns false if h does not describe the frame, or
// it is too large.
bool gso_cut_begin(struct gso_cut *c, const struct virtio_net_hdr *h, uint8_t *frame, uint32_t len,
	uint32_t max);
// Returns the bytes of the next segment, or 0.
uint32_t gso_cut_len(const struct gso_cut *c);
// Writes the next segment to out[0..gso_cut_len()).
void gso_cut_next(struct gso_cut *c, uint8_t *out);

// ---- Toward the kernel: packets of a burst merged where they follow each other in a flow.

struct gso_packet {
	uint8_t *frame; // not ours; the header of a super-packet's first one is changed
	uint32_t len;
	uint16_t header; // bytes before the payload
	uint16_t next;   // of the same super-packet
};

// What one system call writes: the whole first packet, then the others' payloads.
struct gso_super {
	struct virtio_net_hdr hdr;
	uint16_t first, last, n; // packets
	uint16_t size;           // payload of all but the last one
	uint32_t len;            // of the IP packet
	uint32_t seq;            // TCP: of what would follow
	uint16_t id;             // IPv4: of what would follow
	uint16_t l4;
	uint8_t family;
	bool tcp, open, verified, push;
};

struct gso_merge {
	struct gso_packet packets[GSO_BURST];
	struct gso_super supers[GSO_BURST]; // in the order in which they are to be written
	unsigned n_packets, n_supers;
	uint8_t latest[GSO_BURST]; // by hash of the flow: index of its latest super-packet, + 1
	bool udp;                  // the kernel knows segmented UDP (Linux 6.2)
};

void gso_merge_begin(struct gso_merge *m, bool udp);
// Adds the next frame, at most GSO_BURST of them. Packets of a flow stay in order. A packet stays by itself if its
// headers differ in more than length and number, if it is a fragment, or if its checksum is wrong.
void gso_merge_add(struct gso_merge *m, uint8_t *frame, uint32_t len);
// Completes the headers.
void gso_merge_end(struct gso_merge *m);

#endif
