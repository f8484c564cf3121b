/* SPDX-License-Identifier: BSD-3-Clause */
// The tunnel: one edge's association with one hub, as the gateway and the simulator drive it.
//
// Sans-I/O: packets, datagrams and `now` go in; datagrams to send, packets to deliver and the next
// deadline come out. One thread at a time. No call allocates but wb_tunnel_create().
// `now` never goes back; a smaller one is taken as the last one seen.
//
// The caller's loop:
//   wb_tunnel_rx_number(), decrypt, wb_tunnel_received()   for each datagram
//   wb_tunnel_enqueue()                                    for each inner packet
//   if (now >= wb_tunnel_next_deadline()) wb_tunnel_expire()
//   while ((n = wb_tunnel_poll(tx, max)) > 0) encrypt and send
#ifndef WB_TUNNEL_H
#define WB_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wb_addr.h"
#include "wb_counter.h"
#include "wb_drop.h"
#include "wb_fec.h"
#include "wb_pkt.h"
#include "wb_time.h"
#include "wb_wire.h"

#define WB_PATHS_MAX 16 // paths of a tunnel at one time (slots 0..15)
// Largest outer IP packet that a tunnel gives or is told of, bytes: the caller has room for it.
#define WB_PATH_MTU_MAX 1600
#define WB_NAME_MAX 32  // a name with its final 0
#define WB_HELD_BINS 16 // of a histogram of holding times

struct wb_tunnel;

enum wb_role { WB_ROLE_EDGE, WB_ROLE_HUB };

enum wb_path_state {
	WB_PATH_FREE,     // slot not in use
	WB_PATH_DISABLED, // set down by the operator, or its port has no link or address
	WB_PATH_PROBING,  // not heard from yet, or back from down: probes only
	WB_PATH_UP,
	WB_PATH_DEGRADED, // carries, but loses or delays so much that others are preferred
	WB_PATH_SUSPECT, // silent under traffic: nothing new is sent, what was on it goes elsewhere
	WB_PATH_DOWN,    // silent for longer: probed at a slower beat
	WB_PATH_STATES
};
const char *wb_path_state_name(enum wb_path_state state);
// Returns the state of a path as a whole: of the states of its two directions, the one that is further from up.
enum wb_path_state wb_path_state_worse(enum wb_path_state a, enum wb_path_state b);

enum wb_event_type {
	WB_EVENT_PATH_STATE,    // path, state before and after
	WB_EVENT_PATH_ADDRESS,  // hub: the path's remote address was learned or moved
	WB_EVENT_PEER_CLOSED,   // the other end said CLOSE: start anew with a handshake
	WB_EVENT_SILENT,        // nothing authentic heard on any path for conf.silent_after
	WB_EVENT_MTU,           // inner MTU changed (value)
	WB_EVENT_PATH_RX_STATE, // as the first, of the direction that comes from the other end
	WB_EVENT_SCHEDULER,     // a program's answer (value, low 32 bits) is of no use; said once
};

struct wb_event {
	enum wb_event_type type;
	unsigned path; // slot
	enum wb_path_state before, after;
	uint32_t value;
	// Of that path, where the event is of one.
	uint8_t id;
	char name[WB_NAME_MAX];
	struct wb_addr remote;
};

// All called from inside a wb_tunnel_* call, in its thread. They must not call back into the tunnel.
struct wb_tunnel_ops {
	// Inner packets to hand on, in order. Ownership passes.
	void (*deliver)(void *ctx, struct wb_pkt **pkts, unsigned n);
	// The tunnel is done with a packet. reason WB_DROP_NONE: it was acknowledged, or carried no
	// DATA. Ownership passes.
	void (*release)(void *ctx, struct wb_pkt *pkt, enum wb_drop reason);
	// Set the inner ECN field to CE (RFC 3168); pkt->ecn was ECT(0) or ECT(1).
	void (*mark_ce)(void *ctx, struct wb_pkt *pkt);
	// Append the payload of `tail` (from tail->rx.off on) to `head`; ownership of tail passes.
	// head->len is updated by the tunnel. May be NULL where fragments are not negotiated.
	void (*join)(void *ctx, struct wb_pkt *head, struct wb_pkt *tail);
	void (*event)(void *ctx, const struct wb_event *event);
	// The other end's wb_tunnel_say(), once a path that it came on. May be NULL.
	void (*message)(void *ctx, const uint8_t *data, size_t len);
	// wb_pkt.hash of the packets that go the other way in the flow of this one, which has come; 0: what comes back
	// in such a flow is more than acknowledgements, or not known. May be NULL.
	uint32_t (*acknowledges)(void *ctx, const struct wb_pkt *pkt);
};

struct wb_tunnel_conf {
	enum wb_role role;
	const struct wb_tunnel_ops *ops;
	void *ctx;
	void *(*alloc)(void *ctx, size_t size); // zeroed, cache-line aligned; only from create()
	uint64_t seed[2]; // from a good random source: probe tokens, hash perturbation
	// 0 takes the default in brackets.
	uint32_t queue_packets;   // flow queue [8192 packets]
	uint32_t queue_bytes;     // flow queue [16 MiB]
	uint32_t retain_packets;  // sent, kept until acknowledged [16384]
	uint32_t sent_records;    // datagrams remembered per path, a power of two [16384]
	uint32_t reorder_packets; // held for order, all buckets [16384]
	wb_ns_t silent_after;     // [1 s]
	const char *scheduler;    // name in the registry ["earliest"]

	// Forward error correction, called with ctx; NULL: none.
	const struct wb_fec_codec *fec;
	// Bytes of repair symbols that may be sent for a hundred bytes of packets. 0: none are sent.
	uint32_t fec_percent;
};

// How a path is to be used. Names and meaning as in docs/config.md.
struct wb_path_conf {
	char name[WB_NAME_MAX];
	// What this end sends, bit/s of IP packets on the link: always as fast as rate_up, or (0) as it
	// measures, up to max_up; 0: no ceiling.
	uint64_t rate_up, max_up;
	// Edge: the same for what the hub sends; told to it in kbit/s.
	uint64_t rate_down, max_down;
	uint32_t weight;  // for scheduler `weighted`; 0: by estimated rate
	uint8_t priority; // for scheduler `failover`: lower is preferred
	bool backup;      // for scheduler `failover`: only when no other path carries
	wb_ns_t price;    // takes what has waited so long for cheaper paths (wb_price.h); 0: free
	uint16_t mtu; // of the interface: outer IP packet, bytes, up to WB_PATH_MTU_MAX; 0: 1500
};

// Returns NULL when alloc fails or conf is not valid (missing op, sizes not a power of two,
// unknown scheduler).
struct wb_tunnel *wb_tunnel_create(const struct wb_tunnel_conf *conf, wb_ns_t now);
// Releases all packets with WB_DROP_CLOSED. The memory stays the allocator's.
void wb_tunnel_destroy(struct wb_tunnel *t);

// Starts a new session: path ids and packet numbers begin at 0 on both sides, reorder state is cleared, and
// packets that were sent and not acknowledged are sent again. A rekey is not a new session and needs no call.
void wb_tunnel_session_started(struct wb_tunnel *t, uint32_t features, wb_ns_t now);
// Ends the session: nothing is sent any more, and arriving packets wait in the flow queue as far as it goes.
void wb_tunnel_session_ended(struct wb_tunnel *t, wb_ns_t now);

// Adds a path at an edge. It is probed at once when a session is up. The hub's paths appear by being heard.
// Returns the slot. -ENOSPC: no slot or no unused path id (start a new session); -EEXIST: the name is in use.
int wb_tunnel_path_add(struct wb_tunnel *t, const struct wb_path_conf *conf,
	const struct wb_addr *remote, wb_ns_t now);
// Takes the path out; what was on it is sent again elsewhere. -ENOENT: no such slot.
int wb_tunnel_path_remove(struct wb_tunnel *t, unsigned slot, wb_ns_t now);
// Changes conf (rate, weight, ...) of a path in use. -ENOENT.
int wb_tunnel_path_configure(struct wb_tunnel *t, unsigned slot, const struct wb_path_conf *conf);
// Changes conf.rate_up alone, at a hub too, where the edge has told the rest. -ENOENT.
int wb_tunnel_path_set_rate(struct wb_tunnel *t, unsigned slot, uint64_t bps);
// Takes a path out of use (DISABLED), or starts probing it, as operator and link state demand. -ENOENT.
int wb_tunnel_path_enable(struct wb_tunnel *t, unsigned slot, bool enable, wb_ns_t now);
// Probes a path again whose local end has changed (address, gateway, NAT). Its numbers go on. -ENOENT.
int wb_tunnel_path_moved(
	struct wb_tunnel *t, unsigned slot, const struct wb_addr *remote, wb_ns_t now);

// Takes a scheduler by name, from the next packet on. -ENOENT: unknown, nothing changes.
int wb_tunnel_set_scheduler(struct wb_tunnel *t, const char *name);
const char *wb_tunnel_scheduler(const struct wb_tunnel *t);
// Returns the name of the i-th scheduler of the registry, NULL past the end.
const char *wb_scheduler_name(unsigned i);

// Sets conf.fec_percent, at most 100.
void wb_tunnel_set_fec(struct wb_tunnel *t, unsigned percent);

// Queues inner packets for the other end. Ownership passes; refused ones come back through release().
void wb_tunnel_enqueue(struct wb_tunnel *t, struct wb_pkt **pkts, unsigned n, wb_ns_t now);

// Works out the full number of a datagram before it is decrypted, since the nonce needs it. -EALREADY: seen or too
// old; -ENOENT: path id cannot be.
int wb_tunnel_rx_number(
	const struct wb_tunnel *t, uint8_t path, uint64_t wire_number, uint64_t *number);

struct wb_rx {
	uint8_t path;    // id from the header
	uint64_t number; // from wb_tunnel_rx_number()
	const struct wb_addr *from;
	const uint8_t *plain; // decrypted: send time, frames
	uint32_t len;         // of plain
	uint32_t wire_len;    // whole outer IP packet, bytes
	struct wb_pkt *pkt;   // its handle, ownership passes; pkt->rx.off is relative to plain
};
// Takes an authentic datagram.
void wb_tunnel_received(struct wb_tunnel *t, const struct wb_rx *rx, wb_ns_t now);

// Room for all that stands before a payload: send time, PROBE, REPLY, ACKs, DATA header.
#define WB_TX_HEAD_MAX 1024
struct wb_tx {
	uint64_t number;   // full, for the nonce; the header carries the low 48 bits
	uint8_t path;      // id for header and nonce
	uint8_t slot;      // of the path
	uint16_t head_len; // bytes of head
	// Slice of pkt's payload that follows head; 0, 0: none. pkt NULL: pkt_len zeroes (PADDING) follow.
	uint16_t pkt_off, pkt_len;
	struct wb_addr to;  // where it goes (a reply to a not yet validated address may differ)
	struct wb_pkt *pkt; // still the tunnel's: copy the slice out before the next call
	uint8_t head[WB_TX_HEAD_MAX]; // plaintext: send time and frames
};
// Writes up to max datagrams that may leave now, max >= 2 * WB_PATHS_MAX. Returns how many; 0: none before
// wb_tunnel_next_deadline() or new input.
unsigned wb_tunnel_poll(struct wb_tunnel *t, struct wb_tx *tx, unsigned max, wb_ns_t now);

// Returns when wb_tunnel_expire() or wb_tunnel_poll() has something to do next; WB_NEVER: not without input.
wb_ns_t wb_tunnel_next_deadline(const struct wb_tunnel *t);
void wb_tunnel_expire(struct wb_tunnel *t, wb_ns_t now);

// Limits how many packets may wait in the queue, be kept until acknowledged, be held for order, be withheld, and
// wait as fragments, each. It is never more than conf says. For tunnels that share memory: each is told what is
// free of it, again and again, so that a share of it stays free whatever their other ends do.
void wb_tunnel_set_room(struct wb_tunnel *t, uint32_t packets);

// Says CLOSE on every path at the next polls. Enqueued packets are released.
void wb_tunnel_close(struct wb_tunnel *t, wb_ns_t now);

// Sends a handshake message inside the session, at the next polls, on each path that lives. It may get
// lost. -ENOTCONN: no session; -EOPNOTSUPP: the other end does not know such frames; -EMSGSIZE.
int wb_tunnel_say(struct wb_tunnel *t, const void *data, size_t len, wb_ns_t now);

// Returns the size of the largest inner packet that goes in one datagram on every usable path, >=
// WB_INNER_MTU_MIN. Larger ones up to 65535 are carried in fragments where the other end knows them.
unsigned wb_tunnel_inner_mtu(const struct wb_tunnel *t);

// ---- what the operator sees; written by the tunnel's thread. wb_counter.h has the figures, one a row.

struct wb_path_stats {
	char name[WB_NAME_MAX];
	enum wb_path_state state;    // of the direction that this end sends in
	enum wb_path_state rx_state; // and of the other one, as the other end judges it
	uint8_t id;
	struct wb_addr remote;
	WB_PATH_COUNTERS(WB_COUNTER_MEMBER)
	uint64_t classes[WB_CLASS_COUNT]; // datagrams with data, by class
	WB_PATH_GAUGES(WB_COUNTER_MEMBER)
	wb_ns_t last_heard;
	char cc_state[WB_NAME_MAX]; // "startup", "drain", "steady", "probe", "fixed"
	char why_not[WB_NAME_MAX];  // why it takes nothing new now; "" when it does
};

struct wb_class_stats {
	WB_CLASS_COUNTERS(WB_COUNTER_MEMBER)
	WB_CLASS_GAUGES(WB_COUNTER_MEMBER)
	// Packets received that had to wait for the order, by how long: [i] less than 2^i * 64 us, the last
	// one all that is longer.
	uint64_t held_us[WB_HELD_BINS];
};

struct wb_tunnel_stats {
	WB_TUNNEL_COUNTERS(WB_COUNTER_MEMBER)
	WB_FEC_COUNTERS(WB_COUNTER_MEMBER)
	WB_TUNNEL_GAUGES(WB_COUNTER_MEMBER)
	char fec_state[WB_NAME_MAX]; // "on", or why packets are not protected now
	uint64_t drops[WB_DROP_COUNT];
	struct wb_class_stats classes[WB_CLASS_COUNT];
	uint64_t held_us[WB_HELD_BINS]; // as that of the classes, all together
};

void wb_tunnel_stats(const struct wb_tunnel *t, struct wb_tunnel_stats *s);
// Reads a path's figures. -ENOENT: the slot is not in use.
int wb_tunnel_path_stats(const struct wb_tunnel *t, unsigned slot, struct wb_path_stats *s);
void wb_tunnel_stats_clear(struct wb_tunnel *t);

struct wb_flow_stats {
	uint16_t bucket;
	uint8_t sclass;
	WB_FLOW_COUNTERS(WB_COUNTER_MEMBER)
	WB_FLOW_GAUGES(WB_COUNTER_MEMBER)
	wb_ns_t last_seen;
};
// Reads the figures of the next bucket from *cursor on that has been seen, and sets *cursor behind it. -ENOENT: no
// more.
int wb_tunnel_flow_stats(const struct wb_tunnel *t, unsigned *cursor, struct wb_flow_stats *s);

#endif
