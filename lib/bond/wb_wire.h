/* SPDX-License-Identifier: BSD-3-Clause */
// The wire on one page: every struct, offset, constant and unit. docs/protocol.md is the text to it.
// All integers are big-endian.
#ifndef WB_WIRE_H
#define WB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wb_time.h"

#define WB_UDP_PORT 65500

// Versions of what follows the handshake. Each side offers [min, max]; the hub picks the highest
// both know. Feature bits are offered by both and used where both set them.
enum { WB_VERSION_MIN = 1, WB_VERSION_MAX = 1 };
// Bit 1 was error correction whose packets did not prove themselves: not offered any more.
enum wb_feature {
	WB_FEATURE_FRAGMENT = 1u << 0,
	WB_FEATURE_FEC = 1u << 2,
	WB_FEATURE_REKEY = 1u << 3,     // HANDSHAKE frames
	WB_FEATURE_CHALLENGE = 1u << 4, // edge: answers one; says nothing of the session
	WB_FEATURE_HOLD = 1u << 5,      // DATA's hold
};

enum wb_datagram_type {
	WB_DG_HANDSHAKE_INIT = 1,
	WB_DG_HANDSHAKE_RESPONSE = 2,
	WB_DG_COOKIE = 3,          // a busy hub asks for a proof of address
	WB_DG_SESSION = 4,         // header below, encrypted
	WB_DG_HANDSHAKE_PROOF = 5, // an INIT with that proof
};

// Header of a WB_DG_SESSION datagram, in clear, authenticated as associated data:
//  0        1        2                 6                                    12
//  | type=4 | path   | receiver index  | packet number, low 48 bits         |
// Then encrypted: 32-bit send time in microseconds, frames. Then the 16-byte tag.
// Nonce (12 bytes): path id as 32 bits, packet number as 64 bits.
#define WB_HDR_TYPE 0
#define WB_HDR_PATH 1
#define WB_HDR_RECEIVER 2
#define WB_HDR_NUMBER 6
#define WB_HDR_LEN 12
#define WB_TIME_LEN 4
#define WB_TAG_LEN 16
#define WB_NONCE_LEN 12
#define WB_PATH_ID_MAX 255 // path ids are never used twice in a session; 0 is valid

// Frames. Type byte, then the body. DATA, DATA_FRAGMENT, FEC_SOURCE and FEC_REPAIR run to the end of
// the datagram, so they stand last. Types from 0x40 on carry a 16-bit body length after the type byte; a receiver skips
// those it does not know. An unknown type below 0x40 makes the rest of the datagram unreadable.
enum wb_frame_type {
	WB_FRAME_PADDING = 0x00, // one byte
	WB_FRAME_DATA = 0x01,
	WB_FRAME_DATA_FRAGMENT = 0x02,
	WB_FRAME_ACK = 0x03,
	WB_FRAME_PROBE = 0x04,
	WB_FRAME_PROBE_REPLY = 0x05,
	WB_FRAME_CLOSE = 0x06,
	WB_FRAME_FEC_SOURCE = 0x07, // this one and the next with WB_FEATURE_FEC only
	WB_FRAME_FEC_REPAIR = 0x08,
	WB_FRAME_EXTENSION = 0x40, // first type with a length
	WB_FRAME_PATH_MTU = 0x40,
	WB_FRAME_PATH_RATE = 0x41,
	WB_FRAME_PATH_USE = 0x42,
	WB_FRAME_HANDSHAKE = 0x43, // with WB_FEATURE_REKEY only
	WB_FRAME_PATH_STATE = 0x44,
};

// DATA: type, hold << 2 | class, bucket(2), seq(4), inner packet up to the end.
#define WB_DATA_LEN 8
// DATA_FRAGMENT: type, hold << 2 | class, bucket(2), seq(4), total length(2), offset(2), bytes up to the end.
#define WB_FRAG_LEN 12
// FEC_SOURCE: a DATA that belongs to a group. type, group, index << 12 | class << 10 | bucket (2),
// seq(4), inner packet up to the end.
#define WB_FEC_SOURCE_LEN 8
// FEC_REPAIR: type, group, sources - 1 << 4 | row (1), group's number >> 8 (2), last << 15 | offset (2),
// bytes of the repair symbol from offset on, up to the end. wb_fec.h has the symbols.
#define WB_FEC_REPAIR_LEN 7
#define WB_FEC_SOURCES 16 // of a group
#define WB_FEC_ROWS 4     // repair symbols of a group
// ACK: type, path, largest(6), receive time of largest in us of the receiver's clock(4),
// cumulative received bytes mod 2^32 on that path(4), count of further ranges(1), first range
// length - 1 (2); then per range: gap - 1 (2), length - 1 (2), downward from the largest.
#define WB_ACK_LEN 19
#define WB_ACK_RANGE_LEN 4
#define WB_ACK_RANGES_MAX 32 // further ranges in one frame
// PROBE: type, token(8). PROBE_REPLY: type, token(8), receive time in us(4). Answered on the path
// and to the address that it came from.
#define WB_PROBE_LEN 9
#define WB_PROBE_REPLY_LEN 13
// PATH_MTU: type, length = 4, largest outer IP packet in bytes that its sender's end of this path
// takes(2), largest that it has found the path to carry to the other end(2, 0: not known). Goes with
// probes. More body bytes are skipped; a body of 2 has no second value.
#define WB_PATH_MTU_LEN 7
// PATH_RATE: type, length = 5, what the receiver is to send on this path, kbit/s of outer IP packets(4,
// 0: what it measures), flags(1). Goes with the edge's probes where its user has given a rate. A body
// of 4 has no flags.
#define WB_PATH_RATE_LEN 8
enum wb_path_rate { WB_PATH_RATE_CEILING = 1 << 0 }; // it measures, and stays below; others are 0
// PATH_USE: type, length = 6, flags(1), price in ms(2), weight(2), priority(1). How the edge's
// configuration wants the path used: the hub cannot know, and decides for the other direction.
#define WB_PATH_USE_LEN 9
enum wb_path_use { WB_PATH_USE_BACKUP = 1 << 0 }; // flags; others are 0
// HANDSHAKE: type, length, a handshake message (INIT, RESPONSE) of up to WB_MESSAGE_MAX bytes.
#define WB_HANDSHAKE_FRAME_LEN 3 // without the message
#define WB_MESSAGE_MAX 512
// PATH_STATE: type, length = 8, path(1), state(1, enum wb_path_state), lost in 1/10000 (2), rate in kbit/s(4):
// of what its sender sends on that path, as it judges. More body bytes are skipped.
#define WB_PATH_STATE_LEN 11
// CLOSE: type, reason(1).
#define WB_CLOSE_LEN 2
enum wb_close_reason { WB_CLOSE_SHUTDOWN = 0, WB_CLOSE_PATH = 1, WB_CLOSE_PROTOCOL = 2 };

// IPv4 + UDP + header + send time + DATA + tag
#define WB_OUTER_IPV4 28
#define WB_OVERHEAD (WB_OUTER_IPV4 + WB_HDR_LEN + WB_TIME_LEN + WB_DATA_LEN + WB_TAG_LEN)
_Static_assert(WB_OVERHEAD == 68, "the promise of docs/protocol.md");

// Path MTU (IP packet, bytes) that every path is assumed to carry (BASE_PLPMTU, RFC 8899 5.1.2).
#define WB_MTU_BASE 1200
#define WB_INNER_MTU_MIN 1280 // never announced less to the inside, whatever the paths carry
#define WB_HOLD_UNIT (8 * WB_MS)
#define WB_HOLD_MAX 63  // WB_HOLD_UNITs
#define WB_BUCKETS 1024 // flow buckets of a sender; ids are 0..WB_BUCKETS-1

struct wb_header {
	uint8_t type;
	uint8_t path;
	uint32_t receiver;
	uint64_t number; // low 48 bits on the wire
};

struct wb_ack_range {
	uint64_t low, high; // both included
};

struct wb_frame {
	uint8_t type; // enum wb_frame_type
	union {
		struct {
			uint8_t sclass;
			uint8_t hold; // WB_HOLD_UNITs; DATA, DATA_FRAGMENT
			uint16_t bucket;
			uint32_t seq;
			uint16_t total, offset; // DATA_FRAGMENT
			uint8_t group, index;   // FEC_SOURCE
			const uint8_t *payload;
			uint32_t len; // of payload, bytes
		} data;
		struct {
			uint32_t number;       // of the group, 24 bits
			uint8_t sources, row;  // 1..WB_FEC_SOURCES; below WB_FEC_ROWS
			bool last;             // the symbol ends with this piece
			uint16_t offset;       // of this piece, below 2^15
			const uint8_t *symbol; // of the piece
			uint32_t len;          // bytes of it
		} repair;
		struct {
			uint8_t path;
			uint64_t largest; // low 48 bits
			uint32_t recv_us;
			uint32_t bytes;
			uint8_t n_ranges; // ranges[0] holds the largest
			struct wb_ack_range
				ranges[WB_ACK_RANGES_MAX + 1]; // low 48 bits, descending
		} ack;
		struct {
			uint64_t token;
			uint32_t recv_us; // PROBE_REPLY
		} probe;
		struct {
			uint16_t limit, found; // 0: not said
		} mtu;
		struct {
			uint32_t kbit;
			uint8_t flags;
			bool skip; // a PATH_RATE of another length
		} rate;
		struct {
			bool known; // false: a PATH_USE of another length, to be skipped
			uint8_t flags, priority;
			uint16_t price_ms, weight;
		} use;
		struct {
			bool known; // false: a PATH_STATE that is too short, to be skipped
			uint8_t path, state;
			uint16_t lost; // of 10000
			uint32_t kbit;
		} state;
		struct {
			const uint8_t
				*data; // a handshake message; its bytes are the reader's to check
			uint16_t len;  // over WB_MESSAGE_MAX: to be skipped
		} message;
		struct {
			uint8_t reason;
		} close;
	};
};

// Writes the header into buf[WB_HDR_LEN].
void wb_header_write(uint8_t *buf, const struct wb_header *h);
// Reads it. -EINVAL: len < WB_HDR_LEN + WB_TIME_LEN + WB_TAG_LEN or type is not WB_DG_SESSION.
int wb_header_read(const uint8_t *buf, size_t len, struct wb_header *h);
// Writes the nonce of a datagram. It is unique under one key as long as (path, number) is.
void wb_nonce_write(uint8_t nonce[WB_NONCE_LEN], uint32_t path, uint64_t number);
// Returns the 64-bit number whose low 48 bits are wire and which is nearest to expected (RFC 9000 A.3).
uint64_t wb_number_expand(uint64_t wire, uint64_t expected);

// Reads the frame at buf[0..len). Returns the bytes it takes, always > 0.
// -EINVAL: truncated, a count or range out of bounds, or a type below 0x40 that is not known.
int wb_frame_read(const uint8_t *buf, size_t len, struct wb_frame *f);
// Writes a frame. DATA, DATA_FRAGMENT and FEC: the header only, the payload is the caller's.
// Returns the bytes written; -ENOSPC: room is too small (an ACK then drops its oldest ranges
// first and fails only where its fixed part does not fit).
int wb_frame_write(uint8_t *buf, size_t room, const struct wb_frame *f);

#endif
