/* SPDX-License-Identifier: BSD-3-Clause */
// A TCP connection that carries bulk data one way, as Linux does it: CUBIC or BBR, SACK, RACK-TLP
// (RFC 8985), proportional rate reduction (RFC 6937), F-RTO (RFC 5682), undo by timestamps
// (RFC 3522) and by DSACK, delayed ACKs, ECN (RFC 3168). Sequence numbers count segments.
#ifndef TCP_H
#define TCP_H

#include "bbr.h"
#include "cubic.h"
#include "pace.h"
#include "world.h"

#define TCP_HEADERS 52 // IPv4 and TCP with timestamps
#define TCP_NONE UINT32_MAX

enum seg_flag {
	SEG_SACKED = 1 << 0,
	SEG_LOST = 1 << 1,
	SEG_RETRANS = 1 << 2, // a retransmission is under way
	SEG_EVER = 1 << 3,    // has been retransmitted at some time
	SEG_LINKED = 1 << 4,  // in the list by time of sending
};

struct seg {
	wb_ns_t sent;        // last time
	uint32_t prev, next; // in order of sending; TCP_NONE: ends
	uint8_t flags;
};

enum tcp_state { TCP_OPEN, TCP_DISORDER, TCP_CWR_STATE, TCP_RECOVERY, TCP_LOSS };

struct tcp;
struct tcp_control;
struct tcp_sender {
	const struct tcp_control *control;
	struct tcp_window win;
	struct cubic cubic;
	struct bbr bbr;
	struct delivery rate;
	struct delivery_stamp *stamps; // as segs; NULL: not wanted
	struct pace pace;
	struct sim_timer pace_timer;
	struct seg *segs; // ring of `size`, by sequence
	uint32_t size;
	uint32_t oldest, newest; // list in order of sending, of what is neither acked nor sacked
	uint64_t edge; // first segment that the other end has no room for; 0: it has for the window
	uint64_t una, nxt, end; // end: first segment not to be sent; UINT64_MAX: no end
	uint64_t window;
	enum tcp_state state;
	uint32_t sacked, lost, retrans;         // segments
	uint64_t lost_ever;                     // times that one was taken for lost
	uint64_t high_sacked;                   // highest + 1
	uint64_t lost_hint;                     // nothing lost and unsent below
	struct seg_range seen[SACK_BLOCKS + 1]; // blocks of the ACK before
	// RTT and RTO (RFC 6298)
	wb_ns_t srtt, rttvar, rto, min_rtt;
	uint32_t backoff;
	struct sim_timer rto_timer, reo_timer, probe_timer;
	// RACK
	wb_ns_t rack_sent, rack_rtt;
	uint64_t rack_seq;
	uint32_t reo_steps, reo_persist;
	uint64_t dsack_round;
	bool reordering, dsack_seen, advanced;
	uint64_t probe_high; // TLP under way up to here; 0: none
	// Recovery
	uint64_t high_seq;
	uint32_t prior_cwnd, prior_ssthresh, undo_cwnd;
	bool may_undo, frto;
	bool new_first; // F-RTO: new segments before lost ones
	int32_t undo_retrans;
	uint32_t retrans_stamp; // ms, of the first retransmission; 0: none
	uint32_t prr_delivered, prr_out;
	bool cwr_pending; // announce the reduction to the receiver (ECN)
	// counters
	uint64_t sent_segs, retransmits, recoveries, timeouts, undone, probes, marks;
};

struct tcp_receiver {
	uint64_t next;
	uint64_t edge, told; // first segment that there is no room for; as told; 0: there is
	uint64_t *bitmap;    // of `size`
	uint32_t size;
	struct seg_range blocks[SACK_BLOCKS + 1]; // newest first
	uint32_t n_blocks;
	uint32_t ts_recent, quick, unacked;
	bool ece;
	struct sim_timer delayed, merged;
	uint32_t merging; // segments that are acknowledged when merged fires
	uint64_t newest;  // the last that arrived
	struct histogram *delay;
	struct series series;
	wb_ns_t done; // 0: not all received
	uint64_t delivered, out_of_order, duplicates, acks;
	struct gaps gaps;
};

struct ack_info {
	uint64_t prior_una, high_sacked;
	uint32_t delivered;    // segments newly acked or sacked
	uint32_t acked;        // by the cumulative ACK
	uint32_t prior_flight; // segments
	uint64_t prior_lost;   // lost_ever
	uint32_t ecr;
	bool orig_acked; // one never sent again, of before the recovery
	bool newly_sacked, dsack, newly_lost, ece;
	wb_ns_t rtt; // newest sample; 0: none
};

// A congestion control. One with update() sets the window in every state, the others have it reduced
// for them (RFC 6937) and grow it with acked().
struct tcp_control {
	const char *name;
	bool paced;
	void (*init)(struct tcp *t);
	void (*rtt)(struct tcp_sender *s, wb_ns_t rtt, wb_ns_t now);
	void (*acked)(struct tcp_sender *s, uint32_t n, wb_ns_t now);
	void (*congestion)(struct tcp_sender *s);           // a reduction begins: ssthresh
	void (*timeout)(struct tcp_sender *s, wb_ns_t now); // before win.cwnd is set
	void (*undone)(struct tcp *t); // NULL: the window before it is restored
	void (*update)(struct tcp *t, const struct ack_info *a, wb_ns_t now);
};
extern const struct tcp_control tcp_cubic, tcp_bbr; // tcp_control.c

struct tcp {
	struct flow flow;
	uint32_t mss;
	// Of a channel: called when all that was written has arrived; the last segment of the newest
	// message and its length.
	void (*arrived)(void *arg, wb_ns_t now);
	void (*progressed)(void *arg, wb_ns_t now); // more is there in order; NULL: not wanted
	void *arg;
	uint64_t message_last;
	uint32_t message_len;
	struct tcp_sender s;
	struct tcp_receiver r;
};

static inline struct seg *
seg_at(struct tcp_sender *s, uint64_t seq)
{
	return &s->segs[seq & (s->size - 1)];
}

static inline uint32_t
tcp_in_flight(const struct tcp_sender *s)
{
	return (uint32_t)(s->nxt - s->una) - s->sacked - s->lost + s->retrans;
}

static inline uint32_t
tcp_ms(wb_ns_t now)
{
	return (uint32_t)(now / WB_MS);
}

// tcp_flow.c: a flow that carries what is written.
void tcp_open(struct tcp *t, void (*arrived)(void *arg, wb_ns_t now), void *arg, wb_ns_t now);
void tcp_write(struct tcp *t, uint32_t bytes, wb_ns_t now);
void tcp_renew(struct tcp *t); // as a new connection, with the initial window
// tcp_output.c
void tcp_sender_init(struct tcp *t);
void tcp_output(struct tcp *t, wb_ns_t now);
void tcp_rearm(struct tcp *t, wb_ns_t now); // RTO or loss probe
void tcp_sent_unlink(struct tcp_sender *s, uint64_t seq);
void tcp_sent_relink(struct tcp_sender *s, uint64_t seq);
// tcp_ack.c
void tcp_ack_received(struct tcp *t, const struct packet *p, wb_ns_t now);
// tcp_recovery.c
void tcp_recovery_ack(struct tcp *t, struct ack_info *a, wb_ns_t now);
void tcp_recovery_reo_timeout(struct tcp *t, wb_ns_t now);
void tcp_recovery_timeout(struct tcp *t, wb_ns_t now);
// tcp_rack.c
void rack_delivered(struct tcp_sender *s, uint64_t seq, uint32_t ecr, wb_ns_t now);
void rack_dsack(struct tcp_sender *s);
void rack_round(struct tcp_sender *s); // at each ACK that advances
wb_ns_t rack_window(const struct tcp_sender *s);
void rack_mark_lost(struct tcp *t, wb_ns_t now); // sets the reordering timer
void tcp_mark_lost(struct tcp_sender *s, uint64_t seq);
// tcp_receiver.c
void tcp_receiver_init(struct tcp *t);
// There is room for the segments before `edge`.
void tcp_room(struct tcp *t, uint64_t edge);
void tcp_data_received(struct tcp *t, const struct packet *p, wb_ns_t now);

#endif
