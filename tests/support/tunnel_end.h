/* SPDX-License-Identifier: BSD-3-Clause */
// What a test needs around a tunnel: its memory, and callbacks that count and free packets. A test that wants
// to see more has callbacks of its own beside these.
#ifndef TESTS_SUPPORT_TUNNEL_END_H
#define TESTS_SUPPORT_TUNNEL_END_H

#include "wb_tunnel.h"

#define TUNNEL_END_BLOCKS 64

// The callbacks' ctx: a test's own struct has it as its first member.
struct tunnel_end {
	void *memory[TUNNEL_END_BLOCKS]; // of the tunnel
	unsigned n_memory;
	unsigned live; // packets that the tunnel owns: the test counts those that it hands in
	unsigned events;
};

// Callbacks that free packets, count events, and hear no messages.
extern const struct wb_tunnel_ops tunnel_end_ops;
// wb_tunnel_conf.alloc: zeroed and aligned memory, which tunnel_end_free() frees. NULL: too many blocks.
void *tunnel_end_alloc(void *ctx, size_t size);
// Frees the memory of a tunnel that has been destroyed.
void tunnel_end_free(struct tunnel_end *e);

#endif
