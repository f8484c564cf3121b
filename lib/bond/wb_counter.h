/* SPDX-License-Identifier: BSD-3-Clause */
// Each figure that an operator sees of a tunnel is described here, once. The tables declare the members of
// struct wb_path_stats and the like, and make telemetry, `show path NAME`, the simulator's results and
// docs/counters.md.
#ifndef WB_COUNTER_H
#define WB_COUNTER_H

#include <stddef.h>
#include <stdint.h>

// What a figure counts or measures. Times are kept in nanoseconds, and shown as the name says.
enum wb_unit {
	WB_UNIT_NUMBER,
	WB_UNIT_PACKETS,
	WB_UNIT_DATAGRAMS,
	WB_UNIT_BYTES,
	WB_UNIT_BPS,
	WB_UNIT_PPM,
	WB_UNIT_PERCENT,
	WB_UNIT_US,
	WB_UNIT_SIGNED_US,
	WB_UNIT_MS,
	WB_UNIT_S,
	WB_UNIT_CYCLES,
	WB_UNIT_SIGNED, // a number that may be negative
	WB_UNIT_TEXT,   // an array of characters
	WB_UNIT_STRING, // a pointer to characters
	WB_UNITS
};

// X(member, name, unit, help): the member of the struct, its name in telemetry and in the prompt.

// A path's counters. They only grow until `clear stats`.
#define WB_PATH_COUNTERS(X)                                                                        \
	X(tx_bytes, "tx_bytes", BYTES, "sent, as outer IP packets")                                \
	X(rx_bytes, "rx_bytes", BYTES, "received, as outer IP packets")                            \
	X(tx_datagrams, "tx_datagrams", DATAGRAMS, "sent")                                         \
	X(rx_datagrams, "rx_datagrams", DATAGRAMS, "received")                                     \
	X(tx_data, "tx_data", DATAGRAMS, "sent that carry packets")                                \
	X(rx_data, "rx_data", DATAGRAMS, "received that carry packets")                            \
	X(lost, "lost", DATAGRAMS, "declared lost")                                                \
	X(spurious, "spurious", DATAGRAMS, "declared lost that arrived after all")                 \
	X(resent, "resent", DATAGRAMS, "with data that was sent before, on any path")              \
	X(copies, "copies", DATAGRAMS, "with data that went on another path at the same time")     \
	X(duplicates, "duplicates", PACKETS,                                                       \
		"received that had come before: copies, and what was sent again in vain")          \
	X(fec_repairs, "fec_repairs", DATAGRAMS, "repair symbols sent")                            \
	X(fec_received, "fec_received", DATAGRAMS, "repair symbols received")                      \
	X(fec_recovered, "fec_recovered", PACKETS,                                                 \
		"lost, and recovered before any resend by what arrived here")                      \
	X(fec_unneeded, "fec_unneeded", DATAGRAMS, "repair symbols that turned out not needed")    \
	X(probes, "probes", DATAGRAMS, "probes sent")                                              \
	X(replies, "replies", DATAGRAMS, "answers to probes received")                             \
	X(downs, "downs", NUMBER, "times that the path stopped carrying packets")

// What a path is like now.
#define WB_PATH_GAUGES(X)                                                                          \
	X(rate, "rate", BPS, "estimated capacity toward the other end")                            \
	X(pacing, "pacing", BPS, "how fast it may send now")                                       \
	X(ceiling, "ceiling", BPS, "upper limit of its rate, by configuration; 0: none")           \
	X(loss_ppm, "loss_ppm", PPM, "of the datagrams sent, smoothed")                            \
	X(rx_rate, "rx_rate", BPS, "`rate` of the other end; 0: it does not say")                  \
	X(rx_loss_ppm, "rx_loss_ppm", PPM, "`loss_ppm` of the other end")                          \
	X(srtt, "srtt_us", US, "round-trip time, smoothed")                                        \
	X(rttvar, "rttvar_us", US, "its variation (RFC 9002)")                                     \
	X(min_rtt, "min_rtt_us", US, "least round-trip time of the last 10 s")                     \
	X(owd_above_min, "queue_us", US, "estimated queueing delay toward the other end")          \
	X(owd_relative, "owd_relative_us", SIGNED_US,                                              \
		"one-way delay, compared with the quickest path's")                                \
	X(jitter, "jitter_us", US, "mean difference of successive one-way delays")                 \
	X(overtaken, "overtaken_us", US,                                                           \
		"reordering that few datagrams exceed; what is later counts as lost")              \
	X(inflight, "inflight", BYTES, "in flight: sent, and neither acknowledged nor lost")       \
	X(cwnd, "cwnd", BYTES, "congestion window")                                                \
	X(mtu, "mtu", BYTES, "largest outer IP packet that gets through (RFC 8899)")               \
	X(mtu_limit, "mtu_limit", BYTES, "largest outer IP packet that the interface takes")       \
	X(black_holes, "black_holes", NUMBER,                                                      \
		"times that the path's MTU was found to have fallen")                              \
	X(price, "price_us", US, "takes packets that have waited this long; 0: free to use")       \
	X(grid_confidence, "grid_confidence", PERCENT,                                             \
		"of the last 15 s periods that agree when the delay changes, as Starlink's does")  \
	X(grid_next, "grid_next_ms", MS, "until the next such change; 0: none is known")           \
	X(carried, "carried", BYTES, "both ways, since the path was added")

// A class of packets: what this end sends, and how it orders what it receives. In telemetry each name follows the
// class' name: realtime_packets.
#define WB_CLASS_COUNTERS(X)                                                                       \
	X(packets, "packets", PACKETS, "sent for the first time")                                  \
	X(bytes, "bytes", BYTES, "in them")                                                        \
	X(copies, "copies", DATAGRAMS, "with data that went on another path at the same time")     \
	X(duplicates, "duplicates", PACKETS, "received that had come before")                      \
	X(fec_protected, "fec_protected", PACKETS, "sent with error correction")                   \
	X(fec_recovered, "fec_recovered", PACKETS, "lost, and recovered before any resend")        \
	X(resends, "resends", DATAGRAMS, "with data that had been lost")                           \
	X(lost, "lost", PACKETS, "given up")
#define WB_CLASS_GAUGES(X)                                                                         \
	X(hold, "hold_us", US, "how long a gap in the order may stay open at this end")

// A tunnel's counters.
#define WB_TUNNEL_COUNTERS(X)                                                                      \
	X(in_packets, "in_packets", PACKETS, "received from the inner network")                    \
	X(in_bytes, "in_bytes", BYTES, "in them")                                                  \
	X(out_packets, "out_packets", PACKETS, "delivered to the inner network")                   \
	X(out_bytes, "out_bytes", BYTES, "in them")                                                \
	X(sent_packets, "sent_packets", PACKETS, "acknowledged by the other end")                  \
	X(resends, "resends", DATAGRAMS, "with data that had been lost")                           \
	X(ce_marked, "ce_marked", PACKETS, "marked \"congestion experienced\" (RFC 3168)")         \
	X(reorder_gaps, "reorder_gaps", NUMBER, "gaps in the order given up")                      \
	X(late, "late", PACKETS, "delivered after their gap was given up")                         \
	X(demoted, "demoted", PACKETS,                                                             \
		"of class realtime sent as default: beyond the share of the class")                \
	X(scheduler_overruled, "scheduler_overruled", NUMBER,                                      \
		"answers of a scheduler program that could not be used")                           \
	X(equal_tries, "equal_tries", NUMBER, "flows tried for equal delay")                       \
	X(equal_granted, "equal_granted", NUMBER, "flows that were given equal delay")

// Likewise, of error correction.
#define WB_FEC_COUNTERS(X)                                                                         \
	X(fec_protected, "fec_protected", PACKETS, "sent with error correction")                   \
	X(fec_repairs, "fec_repairs", DATAGRAMS, "repair symbols sent")                            \
	X(fec_bytes, "fec_bytes", BYTES, "in these, as outer IP packets")                          \
	X(fec_recovered, "fec_recovered", PACKETS, "lost, and recovered before any resend")        \
	X(fec_unneeded, "fec_unneeded", DATAGRAMS, "repair symbols received and not needed")       \
	X(fec_failed, "fec_failed", NUMBER, "groups that lost more than their repairs bring back")

// What a tunnel is like now.
#define WB_TUNNEL_GAUGES(X)                                                                        \
	X(queued_packets, "queued_packets", PACKETS, "in the flow queue")                          \
	X(queued_bytes, "queued_bytes", BYTES, "in them")                                          \
	X(retained_packets, "retained_packets", PACKETS, "sent and not yet acknowledged")          \
	X(held_packets, "held_packets", PACKETS, "received and waiting for their turn")            \
	X(flows, "flows", NUMBER, "flow buckets with packets in the last second")                  \
	X(equal_flows, "equal_flows", NUMBER, "flows that get equal delay")                        \
	X(equal_delay, "equal_delay_us", US, "by which these take longer than the quickest path")

// A flow bucket, as this end sends.
#define WB_FLOW_COUNTERS(X)                                                                        \
	X(packets, "packets", PACKETS, "sent")                                                     \
	X(bytes, "bytes", BYTES, "in them")                                                        \
	X(drops, "drops", PACKETS, "dropped from its queue")                                       \
	X(marks, "marks", PACKETS, "marked \"congestion experienced\"")
#define WB_FLOW_GAUGES(X)                                                                          \
	X(queued_packets, "queued_packets", PACKETS, "in its queue")                               \
	X(sojourn, "sojourn_us", US, "how long the last packet sent had waited in the queue")

// The member of a row.
#define WB_COUNTER_MEMBER(member, name, unit, help) WB_TYPE_##unit member;
#define WB_TYPE_NUMBER uint64_t
#define WB_TYPE_PACKETS uint64_t
#define WB_TYPE_DATAGRAMS uint64_t
#define WB_TYPE_BYTES uint64_t
#define WB_TYPE_BPS uint64_t
#define WB_TYPE_PPM uint64_t
#define WB_TYPE_PERCENT uint64_t
#define WB_TYPE_US uint64_t
#define WB_TYPE_SIGNED_US int64_t
#define WB_TYPE_MS uint64_t

// A row as it is read. Lists end with a row whose name is NULL.
struct wb_counter {
	const char *name, *help;
	enum wb_unit unit;
	uint16_t offset, size; // of the member
};
// The row of a member whose struct is called S.
#define WB_COUNTER_ROW(S, member, name, unit, help)                                                \
	{                                                                                          \
		name, help, WB_UNIT_##unit, offsetof(S, member), sizeof(((S *)0)->member)          \
	}

#define WB_COUNTER_END                                                                             \
	{                                                                                          \
		NULL, NULL, WB_UNIT_NUMBER, 0, 0                                                   \
	}

extern const struct wb_counter wb_path_counters[], wb_path_gauges[]; // of struct wb_path_stats
extern const struct wb_counter wb_class_counters[];                  // wb_class_stats
extern const struct wb_counter wb_tunnel_counters[], wb_fec_counters[],
	wb_tunnel_gauges[];                        // wb_tunnel_stats
extern const struct wb_counter wb_flow_counters[]; // wb_flow_stats

// Returns the figure in the unit it is kept in; one of a signed unit is to be cast to int64_t.
uint64_t wb_counter_read(const struct wb_counter *row, const void *stats);
// Returns the text of a row of unit TEXT or STRING.
const char *wb_counter_text(const struct wb_counter *row, const void *stats);
// Returns the figure in the unit that its name speaks of.
int64_t wb_counter_shown(const struct wb_counter *row, const void *stats);
// Returns what the reference calls the unit; "" for plain numbers.
const char *wb_unit_name(enum wb_unit unit);

#endif
