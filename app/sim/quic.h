/* SPDX-License-Identifier: BSD-3-Clause */
// A QUIC connection that carries one stream one way (RFC 9000), with BBR: loss is what three packets
// or 9/8 of a round trip overtook (RFC 9002 6.1), probe timeouts, acknowledgements with ranges upon
// every second packet, upon anything out of order, or after 25 ms (RFC 9000 13.2). A packet number
// is never used twice; what was lost goes in a new packet. Stream bytes count in chunks, one a packet.
// Not modelled: the handshake, ECN, adaptive thresholds, discovery of a larger packet size.
#ifndef QUIC_H
#define QUIC_H

#include "bits.h"
#include "bbr.h"
#include "pace.h"
#include "world.h"

#define QUIC_SIZE 1378   // IP packet: 1350 bytes of UDP payload, as quiche's default
#define QUIC_OVERHEAD 68 // IPv4, UDP, short header, tag, head of a STREAM frame
#define QUIC_RANGES 32   // that an acknowledgement carries
#define QUIC_ACK_DELAY (25 * WB_MS)

enum quic_state { QUIC_UNSENT, QUIC_IN_FLIGHT, QUIC_ACKED, QUIC_LOST };

struct quic_packet {
	wb_ns_t sent;
	uint64_t chunk;
	struct delivery_stamp stamp;
	uint8_t state; // enum quic_state
};

struct quic_sender {
	struct bbr bbr;
	struct delivery rate;
	struct quic_packet *packets; // ring of `size`, by number
	uint64_t *again, *acked;     // rings: chunks to be sent again; bitmap of chunks
	uint32_t size, window;       // chunks
	uint64_t oldest, next;       // numbers: all below oldest are settled; not yet used
	uint64_t largest_acked;      // + 1
	uint64_t ack_seen;           // newest acknowledgement seen, its place in the log + 1
	uint64_t again_head, again_tail;
	uint64_t una, next_chunk, end_chunk; // chunks
	uint64_t in_flight;                  // bytes of IP packets
	struct seg_range seen[QUIC_RANGES];  // of the acknowledgement before
	uint32_t n_seen;
	wb_ns_t srtt, rttvar, min_rtt, latest;
	wb_ns_t loss_time, newest_sent; // WB_NEVER: nothing overtaken is waited for
	uint32_t pto_count;
	struct sim_timer timer, pace_timer; // loss detection; pacing
	struct pace pace;
	uint64_t lost, spurious, again_sent, ptos, persistent;
};

struct quic_range {
	struct seg_range r;
	uint64_t changed; // the acknowledgements from here on tell of it
};

struct quic_receiver {
	uint64_t largest;        // number + 1
	uint64_t *seen, *chunks; // bitmaps: numbers, chunks
	uint32_t size;
	uint64_t next_chunk;
	struct quic_range ranges[QUIC_RANGES]; // newest first
	uint32_t n_ranges, unacked;
	wb_ns_t largest_at;
	// What acknowledgements said: a packet only carries where its ranges begin.
	struct seg_range *log;
	uint64_t log_next;
	struct sim_timer delayed;
	wb_ns_t done; // 0: not all received
	struct histogram delay;
	struct series series;
	struct gaps gaps;
	uint64_t received, duplicates, reordered, three_later, acks;
};

struct quic {
	struct flow flow;
	uint32_t len, payload; // bytes of a full packet, of its stream bytes
	struct quic_sender s;
	struct quic_receiver r;
};

static inline struct quic_packet *
quic_packet_at(struct quic_sender *s, uint64_t number)
{
	return &s->packets[number & (s->size - 1)];
}

// quic_output.c
void quic_sender_init(struct quic *q);
void quic_output(struct quic *q, wb_ns_t now);
void quic_probe(struct quic *q, wb_ns_t now); // one packet whatever the window says
// quic_ack.c
void quic_ack_received(struct quic *q, const struct packet *p, wb_ns_t now);
void quic_timer_set(struct quic *q); // loss detection
void quic_timer_due(void *q, wb_ns_t now);
// quic_receiver.c
#define QUIC_LOG (1u << 16)
void quic_receiver_init(struct quic *q);
void quic_data_received(struct quic *q, const struct packet *p, wb_ns_t now);

#endif
