/* SPDX-License-Identifier: BSD-3-Clause */
// One tunnel, and what the files that make it up share:
//
//   tunnel.c         its life: created, session started and ended, destroyed
//   tunnel_parts.c   its parts, made and joined by what they call
//   tunnel_paths.c   its paths: added, learned, configured, taken out
//   tunnel_rx.c      datagrams come in; tunnel_ack.c and tunnel_peer.c: what their frames say
//   tunnel_enqueue.c packets come from the inner network
//   tunnel_tx.c      what goes out; tunnel_control.c: all but packets
//   tunnel_tune.c    what the parts have to know of the paths, worked out every 20 ms
//   tunnel_timers.c  what is due, and when
//   tunnel_state.c   what the ends tell each other of their paths
//   tunnel_fec.c, tunnel_equal.c   these two parts, joined to the tunnel
//   tunnel_stats.c   what the operator sees
#ifndef WB_BOND_TUNNEL_H
#define WB_BOND_TUNNEL_H

#include "equal_delay.h"
#include "fec.h"
#include "flow_class.h"
#include "flow_queue.h"
#include "fragment.h"
#include "path.h"
#include "playout.h"
#include "reorder.h"
#include "resend.h"
#include "scheduler.h"
#include "in_flight.h"
#include "swing.h"
#include "tunnel_tunables.h"
#include "wb_tunnel.h"

// Nothing heard for that long: this worker, or the other end's, had no core (a busy VPS). Answers of all paths
// are then on the way: no path is accused for that long.
// What a resend takes over the round trip: the loss is seen, the ACK sent, the worker woken.
#define TUNNEL_CLOSES 3 // CLOSE frames per path
#define TUNNEL_NO_SLOT (-1)

// What is taken from the flow queue, by urgency.
enum tunnel_kind { TUNNEL_REALTIME, TUNNEL_SPARSE, TUNNEL_OTHER, TUNNEL_KINDS };

struct tunnel_fec {
	struct fec_tx tx;
	struct fec_rx rx;
};

struct wb_tunnel {
	struct wb_tunnel_conf conf;
	const struct wb_tunnel_ops *ops;
	void *ctx;
	wb_ns_t now;           // largest seen
	wb_ns_t woke;          // what was sent before measures nothing any more
	uint32_t retain_limit; // packets
	bool in_session;
	uint32_t features;
	uint64_t random[2];

	struct path paths[WB_PATHS_MAX];
	int8_t slot_of_id[WB_PATH_ID_MAX + 1];       // TUNNEL_NO_SLOT: unused
	uint64_t id_gone[(WB_PATH_ID_MAX + 1) / 64]; // hub: was in use in this session
	unsigned next_id; // edge: first path id not yet used in this session
	struct owd_base base_tx, base_rx;

	struct flow_class *classes;
	uint64_t demoted_before; // the counters were cleared
	struct flow_queue *queue;
	struct sched sched;
	struct in_flight_pool pool;
	struct resend resend;
	uint32_t seq[WB_BUCKETS]; // next sequence of each bucket
	// Taken from the flow queue, not (wholly) sent yet, one of a kind: while it waits for a path, more
	// urgent ones pass it.
	struct tunnel_taken {
		struct wb_pkt *pkt;
		uint32_t off; // bytes of it that have been sent
		bool sparse;
	} taken[TUNNEL_KINDS];
	struct wb_pkt *done; // released at the next call: a wb_tx may still point there
	wb_ns_t data_at;     // when poll should look at packets again
	wb_ns_t path_since;  // some path carries since then; WB_NEVER: none
	wb_ns_t active_at;   // last packet in either direction

	struct reorder *reorder; // in order, then
	struct playout *playout; // in time
	struct equal_delay equal;
	struct {
		uint64_t tries, granted;
	} equal_before;      // the counters were cleared
	uint64_t sent_bytes; // of packets, on all paths
	struct fragments *fragments;
	struct tunnel_fec *fec; // NULL: there is no codec
	wb_ns_t tune_at;        // when tunnel_tune() is due
	uint32_t losses;        // reports that spoke of losses since then
	struct swing swing;
	uint32_t stalls;     // of these a second, in 1/256, smoothed: each holds up a flow
	wb_ns_t bulk_target; // how long packets of a bulk flow may wait, on steady paths
	struct path *from;   // while a datagram is read: its path; NULL else
	uint32_t from_us;    // and when it left, by the other end's clock
	wb_ns_t last_heard;
	wb_ns_t resumed;       // when that was after TUNNEL_PAUSE
	wb_ns_t silent_at;     // when to say WB_EVENT_SILENT
	bool silent;           // nothing heard for conf.silent_after, although asked
	bool peer_tells;       // PATH_STATE has come in this session
	uint32_t told_us;      // when the last one left, by the other end's clock
	wb_ns_t told_at;       // our last one
	bool told_well;        // and it said that all is well
	wb_ns_t tell_at;       // and when the next one may go along with a report,
	wb_ns_t tell_alone_at; // or goes by itself
	wb_ns_t events_until; // as many WB_EVENT_PATH_RX_STATE as may be up to then have been raised
	unsigned tells;       // times it is said soon again
	bool closing;         // wb_tunnel_close() was called in this session
	unsigned closes;      // rounds of CLOSE still to send
	uint32_t message_on;  // slots that the message below still leaves on
	uint16_t message_len;
	uint8_t message[WB_MESSAGE_MAX];
	unsigned mtu;

	struct wb_tunnel_stats stats; // counters only
};

#define WB_FOREACH_PATH(t, p)                                                                      \
	for (struct path *p = (t)->paths; p < (t)->paths + WB_PATHS_MAX; p++)                      \
		if (p->state != WB_PATH_FREE)

// Deals with a pause longer than any deadline lasts: the machine was suspended, or the process stopped.
void tunnel_woke(struct wb_tunnel *t, wb_ns_t now);

static inline wb_ns_t
tunnel_clock(struct wb_tunnel *t, wb_ns_t now)
{
	if (t->in_session && now > t->now + TUNNEL_ASLEEP)
		tunnel_woke(t, now);
	if (now > t->now)
		t->now = now;
	return t->now;
}

static inline bool
tunnel_is_active(const struct wb_tunnel *t, wb_ns_t now)
{
	return t->active_at + TUNNEL_ACTIVE > now;
}

static inline struct path *
tunnel_path_by_id(struct wb_tunnel *t, uint8_t id)
{
	return t->slot_of_id[id] == TUNNEL_NO_SLOT ? NULL : &t->paths[(int)t->slot_of_id[id]];
}

// tunnel_parts.c. Makes the parts by t->conf. Returns 0 or -ENOMEM.
int tunnel_parts_create(struct wb_tunnel *t);
void tunnel_release(struct wb_tunnel *t, struct wb_pkt *pkt, enum wb_drop reason);
// Gives back one reference of a packet that had been taken from the flow queue.
void tunnel_unref(struct wb_tunnel *t, struct wb_pkt *pkt);
void tunnel_release_done(struct wb_tunnel *t);
// Callbacks for what acknowledgements and time settle.
struct in_flight_events tunnel_in_flight_events(struct wb_tunnel *t);

// tunnel_paths.c. A session begins: numbers, estimates and life of all paths begin anew.
void tunnel_paths_begin(struct wb_tunnel *t, wb_ns_t now);
void tunnel_set_state(struct wb_tunnel *t, struct path *p, enum wb_path_state state, wb_ns_t now);
// Adds a path at a hub, whose id is heard for the first time in this session. NULL: no slot.
struct path *tunnel_path_learn(
	struct wb_tunnel *t, uint8_t id, const struct wb_addr *from, wb_ns_t now);
// The other end has taken the path out, wants it again.
void tunnel_path_closed(struct wb_tunnel *t, struct path *p, wb_ns_t now);
void tunnel_path_wanted(struct wb_tunnel *t, struct path *p, wb_ns_t now);
void tunnel_update_mtu(struct wb_tunnel *t);
// Hands what was settled on to the path's MTU; the inner MTU is the caller's to update.
void tunnel_pmtu_settled(struct path *p, const struct in_flight_events *e, wb_ns_t now);
// Returns the price of the cheapest path that carries; WB_NEVER: none does.
wb_ns_t tunnel_cheapest(struct wb_tunnel *t);

// tunnel_ack.c: what becomes of what was sent. tunnel_acked() takes an ACK frame, which may speak of any path and
// left the other end at ack_us of its clock; it returns 0, or -EINVAL for one that cannot be.
int tunnel_acked(struct wb_tunnel *t, const struct wb_frame *f, uint32_t ack_us, wb_ns_t now);
// Settles what time alone settles on a path: what is lost, and what is late.
void tunnel_ack_expire(struct wb_tunnel *t, struct path *p, wb_ns_t now);

// tunnel_peer.c: what the other end says of a path, a function a frame.
void peer_probe(struct wb_tunnel *t, struct path *p, const struct wb_frame *f,
	const struct wb_rx *rx, wb_ns_t now);
void peer_probe_reply(struct wb_tunnel *t, struct path *p, const struct wb_frame *f, wb_ns_t now);
void peer_path_mtu(struct wb_tunnel *t, struct path *p, const struct wb_frame *f, wb_ns_t now);
void peer_path_rate(struct wb_tunnel *t, struct path *p, const struct wb_frame *f);
void peer_path_use(struct wb_tunnel *t, struct path *p, const struct wb_frame *f);
void peer_close(struct wb_tunnel *t, struct path *p, uint8_t reason, wb_ns_t now);
// Decides which address of the other end is used from now on. Returns whether it is another one.
bool peer_settle_address(struct wb_tunnel *t, struct path *p, wb_ns_t now);

// tunnel_tune.c: tells queue, order and playout what they have to know of the paths.
void tunnel_tune(struct wb_tunnel *t, wb_ns_t now);

// tunnel_state.c: what the ends tell each other of their paths.
void states_reset(struct wb_tunnel *t);   // a session begins
void states_changed(struct wb_tunnel *t); // of a direction that we send in: the other end is told
// Appends what there is to tell, which counts as told.
void states_append(struct wb_tunnel *t, struct wb_tx *tx);
void states_told(struct wb_tunnel *t, const struct wb_frame *f, wb_ns_t now);
// Looks anew at what is heard in the directions that we receive in.
void states_update(struct wb_tunnel *t, wb_ns_t now);
wb_ns_t states_next_deadline(const struct wb_tunnel *t);

// tunnel_fec.c. In use: there is a codec, and the other end knows the frames.
static inline bool
tunnel_fec_used(const struct wb_tunnel *t)
{
	return t->fec && (t->features & WB_FEATURE_FEC);
}
int tunnel_fec_create(struct wb_tunnel *t, void *(*alloc)(void *ctx, size_t size), void *ctx);
void tunnel_fec_reset(struct wb_tunnel *t);
void tunnel_fec_tune(struct wb_tunnel *t, wb_ns_t now);
wb_ns_t tunnel_fec_next_deadline(const struct wb_tunnel *t);
// Finds the paths of v that a repair symbol may take: another one than most of its group, unless that is much
// slower. Returns their number.
unsigned tunnel_fec_paths(const struct wb_tunnel *t, const struct fec_repair *r,
	const struct sched_path *v, unsigned n, struct sched_path *out);
void tunnel_fec_stats(const struct wb_tunnel *t, struct wb_tunnel_stats *s);

// tunnel_equal.c: equal delay.
void tunnel_equal_create(struct wb_tunnel *t);
void tunnel_equal_tune(struct wb_tunnel *t, wb_ns_t now);
// Returns how long the other end is to hold a packet that is to be sent, WB_HOLD_UNITs.
uint8_t tunnel_equal_hold(struct wb_tunnel *t, const struct wb_pkt *pkt);

// tunnel.c
void tunnel_event(struct wb_tunnel *t, const struct wb_event *e);
uint64_t tunnel_random(struct wb_tunnel *t);

#endif
