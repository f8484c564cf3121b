/* SPDX-License-Identifier: BSD-3-Clause */
// One path of a tunnel and its life. Each direction lives by itself. Its sender judges it, by what is acknowledged
// on any path, and tells the receiver (tunnel_state.c). This is the direction that we send in:
//
//   PROBING --answer--> UP <--> DEGRADED (loss over 10 %, back under 4 %)
//   UP, DEGRADED --silence, and another path answers meanwhile--> SUSPECT --1 s--> DOWN
//   UP, DEGRADED --longer silence of all--> DOWN
//   SUSPECT --answer--> UP, DEGRADED;  DOWN --two answers--> UP
//   any --operator, link gone--> DISABLED, and the other end is told (CLOSE with WB_CLOSE_PATH);
//   DISABLED by the other end --its probe--> PROBING
//
// Silence: datagrams outstanding and none answered for max(1.25 srtt + 4 rttvar + ACK_DELAY, 50 ms).
// Timers of a path:
//   probe     PROBING 100 ms, SUSPECT 100 ms, DOWN 250 ms, 1 s after a minute;
//             UP: 500 ms after the last datagram that asks for an answer, 1 s when the tunnel idles
//   tail      srtt + 4 rttvar + ACK_DELAY after the oldest unanswered, doubling: a probe, so that the
//             answer to it shows what was lost before it
//   silence   as above
#ifndef WB_BOND_PATH_H
#define WB_BOND_PATH_H

#include "ack.h"
#include "cc.h"
#include "grid.h"
#include "horizon.h"
#include "wander.h"
#include "owd.h"
#include "pacer.h"
#include "path_tunables.h"
#include "pmtu.h"
#include "rate.h"
#include "remote.h"
#include "replay.h"
#include "rtt.h"
#include "in_flight.h"
#include "wb_price.h"
#include "wb_tunnel.h"

#define PATH_MTU_DEFAULT 1500
#define PATH_CLOSES 2  // CLOSE frames when a path is taken out
#define PATH_REPLIES 4 // probes answered at the next poll

struct path {
	enum wb_path_state state;
	uint8_t id, slot;
	bool move_probe;    // probe at once
	bool tells_rate;    // edge: has told the hub a rate, so a change back is told too
	uint32_t told_kbit; // hub: as the edge last said
	bool told_ceiling;
	struct wb_path_conf conf;
	struct remote remote;

	struct in_flight in_flight; // what we sent
	struct rtt rtt;
	struct owd owd_tx; // toward the other end, from its ACKs
	struct wander wander;
	struct rate rate;
	struct cc cc;
	struct pacer pacer;
	struct grid grid;   // of the direction that we send in
	wb_ns_t grid_at;    // the change after which the delay's minimum was last taken anew
	wb_ns_t limited_at; // last time it had room and nothing to send
	uint32_t loss_ppm;
	uint32_t chance_ppm;  // that one gets lost, by the last few seconds: what a silence says
	uint32_t lost_silent; // datagrams when it last stopped to carry
	wb_ns_t counted_at;   // when that was last told something
	struct pmtu pmtu;
	uint16_t peer_limit, peer_found; // PATH_MTU of the other end; 0: not heard
	wb_ns_t told_until;              // it has changed these as often as it may up to then
	unsigned acks_to_up;             // answers still needed to become UP

	// What the other end sends here, as it says: PATH_STATE. WB_PATH_FREE: it has not said.
	struct path_told {
		enum wb_path_state state;
		uint32_t loss_ppm;
		uint64_t rate; // bit/s
	} told;
	enum wb_path_state rx_state; // as path_rx_state() last said

	struct replay replay; // what we receive
	struct ack ack;
	struct owd owd_rx;
	struct horizon horizon;
	wb_ns_t last_heard;
	wb_ns_t data_in, data_out; // when it last brought, took DATA

	wb_ns_t state_at; // when the state was entered
	wb_ns_t probe_at;
	wb_ns_t probed_at;      // when the last probe left
	wb_ns_t last_eliciting; // when we last sent something that asks for an answer
	wb_ns_t progress_at;    // when something of ours was last acknowledged
	unsigned tails;         // tail probes since then
	wb_ns_t overdue;        // late answers of what was sent up to then have been seen to
	struct path_reply {
		uint64_t token;
		uint32_t recv_us;
		struct wb_addr to;
	} replies[PATH_REPLIES];
	unsigned n_replies;
	wb_ns_t replied_until; // as many as may be up to then have been answered
	uint64_t probed_by;    // number of the last datagram whose PROBE was answered, plus one
	uint8_t closes;        // disabled: times to tell the other end, next at close_at
	bool use_told;         // PATH_USE has been sent once: goes on, for what is set back
	uint64_t carried;      // bytes, both directions, since it was added
	bool closed_by_peer;   // it is the other end that does not want it
	wb_ns_t close_at;

	struct wb_path_stats stats; // counters only
};

#define WB_PATH_CARRIES(p) ((p)->state == WB_PATH_UP || (p)->state == WB_PATH_DEGRADED)
#define WB_PATH_LIVES(p) ((p)->state > WB_PATH_DISABLED)

static inline wb_ns_t
path_price(const struct path *p)
{
	return p->conf.price == 0 && p->conf.backup ? WB_PRICE_BASE : p->conf.price;
}

// Returns the size of the largest datagram (outer IP packet) that may be sent now.
static inline uint16_t
path_mtu(const struct path *p)
{
	return p->pmtu.mtu;
}

// Returns the largest size that is ever tried: that of this end's interface, else what the other end's takes.
static inline uint16_t
path_limit(const struct path *p)
{
	uint16_t l = p->conf.mtu ? p->conf.mtu : p->peer_limit ? p->peer_limit : PATH_MTU_DEFAULT;

	return l < WB_PATH_MTU_MAX ? l : WB_PATH_MTU_MAX;
}

// Returns when a size is to be tried next. Only a path that works well can tell a size from bad luck.
static inline wb_ns_t
path_pmtu_due(const struct path *p)
{
	return p->state == WB_PATH_UP && p->remote.cur.valid ? pmtu_due(&p->pmtu) : WB_NEVER;
}

// Estimates and numbers as for a path never used; the pacer starts now.
void path_restart(struct path *p, wb_ns_t now);
// Sets what is sent on it at most, in bit/s; 0: what it measures. Begins the estimate anew. As wb_path_conf's
// rate_up and max_up. What the path has learned of its rate is lost.
void path_set_rate(struct path *p, uint64_t fixed, uint64_t ceiling, wb_ns_t now);
// Returns how long without an answer is silence.
wb_ns_t path_silence(const struct path *p);
// Returns when the oldest unanswered datagram calls for a tail probe.
wb_ns_t path_tail_at(const struct path *p);
// Loses PATH_DOUBTFUL_PPM, or its answer is late: a packet that must be there in time goes elsewhere too.
bool path_doubtful(const struct path *p, wb_ns_t now);
// Returns how long after a datagram left its answer is late.
wb_ns_t path_late_after(const struct path *p);
// Returns when the answer is late to the oldest of what was sent after p->overdue.
wb_ns_t path_overdue_at(const struct path *p);
// Returns when the next probe is due. active: the tunnel carried packets lately.
wb_ns_t path_probe_due(const struct path *p, bool active);
// Notes an acknowledgement or a valid reply, which shows that the path works. Returns the state it should be in.
enum wb_path_state path_answered(struct path *p, wb_ns_t now);
// Returns the state that silence or loss makes of it now. other_answers: another path would do.
enum wb_path_state path_aged(const struct path *p, bool other_answers, wb_ns_t now);
// Returns when path_aged() can change its mind next.
wb_ns_t path_aging_at(const struct path *p, wb_ns_t now);
// Returns the state of the direction that we receive in. tells: the other end says what it finds of its own
// directions. silent: nothing at all is heard from it. Where it does not tell, a path that brings something is up.
enum wb_path_state path_rx_state(const struct path *p, bool tells, bool silent, wb_ns_t now);
// Counts datagrams that were acknowledged, and that were lost. On a degraded path that is left alone each one
// speaks for more.
void path_count_loss(struct path *p, uint32_t acked, uint32_t lost, wb_ns_t now);
// Takes back the loss of datagrams that have arrived after all.
void path_uncount_loss(struct path *p, uint32_t spurious);

#endif
