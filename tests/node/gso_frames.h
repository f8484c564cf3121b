/* SPDX-License-Identifier: BSD-3-Clause */
// Frames of a stream, and a super-packet of them as one piece of memory.
#ifndef WB_TEST_NODE_GSO_FRAMES_H
#define WB_TEST_NODE_GSO_FRAMES_H

#include "gso.h"
#include "packet.h"

struct stream {
	bool v6, tcp, dont_fragment;
	uint16_t sport;
	unsigned payload;
};

// The i-th packet of a stream, checksums right.
void stream_frame(struct frame *f, const struct stream *s, unsigned i);
// Both checksums anew after a change.
void frame_fix(struct frame *f);
// What writev(2) would be given, but for the virtio header, in out[0..GSO_FRAME). Returns its length.
uint32_t super_join(const struct gso_merge *m, const struct gso_super *s, uint8_t *out);

#endif
