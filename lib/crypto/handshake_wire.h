/* SPDX-License-Identifier: BSD-3-Clause */
// The layout of the handshake around and inside the two Noise messages. Integers are big-endian. docs/protocol.md
// explains it.
//
// INIT (edge to hub)                              RESPONSE (hub to edge)
//   0  type = 1                    (1)              0  type = 2                    (1)
//   1  format = 1                  (1)              1  format = 1                  (1)
//   2  reserved, 0                 (2)              2  reserved, 0                 (2)
//   4  sender: edge's index        (4)              4  receiver: edge's index      (4)
//   8  Noise message 1:                             8  Noise message 2:
//      e                          (32)                 e                          (32)
//      s, encrypted               (48)                 payload, encrypted     (P2 + 16)
//      payload, encrypted     (P1 + 16)            56 + P2  mac1                  (16)
// 104 + P1  mac1                  (16)
//
// Noise's prologue is WB_HS_PROLOGUE followed by bytes 0..7 of INIT. All of RESPONSE's clear bytes
// have one right value, so no bit of either message can be changed unnoticed.
// mac1 = BLAKE2b(key: BLAKE2b(WB_HS_MAC1 || receiving end's static public key), 32 bytes;
// data: all before it), 16 bytes: who does not know the key of the addressee costs it a hash.
//
// Payload 1                                       Payload 2
//   0  stamp, ns since 1970        (8)              0  sender: hub's index         (4)
//   8  session to go on with, or 0 (8)              4  session                     (8)
//  16  features offered            (4)             12  features in use             (4)
//  20  lowest version              (1)             16  version in use, 0: refused  (1)
//  21  highest version             (1)             17  cipher in use, 0: refused   (1)
//  22  count of ciphers, >= 1      (1)             18  flags, bit 0: resumed       (1)
//  23  ciphers, best first     (count)             19  extensions up to the end
//  23 + count  extensions up to the end
//
// Extension: id(1), length(1), body(length). A receiver skips unknown ids and ignores unknown flags. The body of
// CHALLENGE (id 1, length 16) is in payload 2, with version and cipher 0, what the edge must put into payload 1.
#ifndef HANDSHAKE_WIRE_H
#define HANDSHAKE_WIRE_H

#include "wb_handshake.h"

#define WB_HS_PROLOGUE "wanbond handshake 1" // without a final 0
#define WB_HS_MAC1 "wanbond mac1"            // likewise

#define WB_HS_INIT 1
#define WB_HS_RESPONSE 2
#define WB_HS_COOKIE 3
#define WB_HS_PROOF 5
#define WB_HS_FORMAT 1

#define WB_HS_TYPE_AT 0
#define WB_HS_FORMAT_AT 1
#define WB_HS_RESERVED_AT 2
#define WB_HS_INDEX_AT 4 // of the edge, in both messages
#define WB_HS_HEADER 8
#define WB_HS_MAC1_LEN 16

#define WB_HS_STAMP_AT 0
#define WB_HS_SESSION_AT 8
#define WB_HS_FEATURES_AT 16
#define WB_HS_VERSION_MIN_AT 20
#define WB_HS_VERSION_MAX_AT 21
#define WB_HS_COUNT_AT 22
#define WB_HS_PAYLOAD_1 23 // bytes at least, without ciphers

#define WB_HS_R_SENDER_AT 0
#define WB_HS_R_SESSION_AT 4
#define WB_HS_R_FEATURES_AT 12
#define WB_HS_R_VERSION_AT 16
#define WB_HS_R_CIPHER_AT 17
#define WB_HS_R_FLAGS_AT 18
#define WB_HS_PAYLOAD_2 19 // bytes at least

#define WB_HS_FLAG_RESUMED 0x01

#define WB_HS_EXT_CHALLENGE 1
#define WB_HS_CHALLENGE (2 + WB_CHALLENGE_LEN) // bytes of the extension

// The edge's offer in message 1, as both ends remember it.
struct offer {
	uint64_t stamp, session;
	uint32_t features, index;
	uint8_t version_min, version_max;
	uint8_t n_ciphers, ciphers[255];
	bool challenged;
	uint8_t challenge[WB_CHALLENGE_LEN];
};

void hs_put_header(uint8_t msg[WB_HS_HEADER], uint8_t type, uint32_t edge_index);
bool hs_header_is(const uint8_t msg[WB_HS_HEADER], uint8_t type);
uint32_t hs_index(const uint8_t msg[WB_HS_HEADER]);

// Write and check mac1, the last bytes of msg[0..len). receiver: the static public key of the end that gets the
// message.
void hs_sign(const uint8_t receiver[WB_KEY_LEN], uint8_t *msg, size_t len);
bool hs_is_signed(const uint8_t receiver[WB_KEY_LEN], const uint8_t *msg, size_t len);

// Write and read payload 1, without the index. Writing returns its length. Reading: -EBADMSG.
size_t hs_write_offer(uint8_t *p, const struct offer *o);
int hs_read_offer(const uint8_t *p, size_t len, struct offer *o);
// Write and read payload 2: what the hub has chosen of the offer, without keys. Reading: -EBADMSG; -EPROTO: it was not
// offered; -EAGAIN: it is a challenge.
size_t hs_write_choice(uint8_t *p, const struct wb_handshake_result *r);
int hs_read_choice(
	const uint8_t *p, size_t len, const struct offer *o, struct wb_handshake_result *r);

#endif
