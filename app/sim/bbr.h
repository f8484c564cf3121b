/* SPDX-License-Identifier: BSD-3-Clause */
// BBR version 1 (draft-cardwell-iccrg-bbr-congestion-control-00) as Linux and the QUIC stacks run it.
// The two differ in what a loss does: Linux keeps to packet conservation for one round and then goes
// back to the model's window; the QUIC stacks (quiche, msquic) keep a recovery window that grows by
// what is acknowledged and shrinks by what is lost, until all sent before the last loss is through.
// Not modelled: Linux's long-term sampling for policers (it wants a fifth of the packets lost).
#ifndef BBR_H
#define BBR_H

#include "delivery.h"
#include "wb_emulate.h"

enum bbr_mode { BBR_STARTUP, BBR_DRAIN, BBR_PROBE_BW, BBR_PROBE_RTT };
enum bbr_recovery { BBR_NO_RECOVERY, BBR_CONSERVATION, BBR_GROWTH };

// The largest of the last rounds (Kathleen Nichols' windowed filter over three values).
struct bbr_max {
	struct bbr_best {
		uint64_t round, value;
	} best[3];
};

struct bbr {
	enum bbr_mode mode;
	bool quic;
	uint32_t mss;              // bytes of a packet, as counted by the caller
	uint64_t cwnd, prior_cwnd; // bytes
	uint64_t pacing;           // bytes/s; 0: no round trip known
	// model
	struct bbr_max bw; // bytes/s
	wb_ns_t min_rtt, min_rtt_at;
	uint64_t rounds,
		round_end; // a round ends once this much was delivered before its packet left
	bool round_start;
	// is the pipe full?
	uint64_t full_bw;
	unsigned full_count;
	bool full;
	// probing
	uint32_t pacing_gain, cwnd_gain; // 1/256
	unsigned cycle;
	wb_ns_t cycle_at, probe_rtt_done;
	bool probe_rtt_round, idle_restart;
	// aggregation of acknowledgements: bytes beyond what the model says
	wb_ns_t epoch;
	uint64_t epoch_acked, extra[2];
	unsigned extra_rounds, extra_now;
	// recovery
	enum bbr_recovery recovery;
	bool conservation, was_recovering;
	uint64_t recovery_window, recovery_end; // quic: bytes; packet number
	struct wb_em_random random;
};

// quic: which way of recovering. initial: window, bytes.
void bbr_init(struct bbr *b, bool quic, uint32_t mss, uint64_t initial, uint64_t seed);
// Upon each acknowledgement and each detected loss. d: the caller's, rounds are told by it.
void bbr_update(struct bbr *b, struct delivery *d, const struct delivery_sample *s, wb_ns_t now);
// Sends again after it had nothing to send.
void bbr_restart(struct bbr *b, const struct delivery *d);
// TCP: a recovery begins (the window is to be kept); a timeout; a recovery was needless.
void bbr_save(struct bbr *b);
void bbr_timeout(struct bbr *b, uint64_t window);
void bbr_undo(struct bbr *b);
// QUIC: persistent congestion (RFC 9002 7.6).
void bbr_collapse(struct bbr *b);
uint64_t bbr_window(const struct bbr *b);    // bytes
uint64_t bbr_bandwidth(const struct bbr *b); // bytes/s

#endif
