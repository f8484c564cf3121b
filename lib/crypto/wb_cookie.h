/* SPDX-License-Identifier: BSD-3-Clause */
// Proof of address, which a busy hub asks for before it agrees on keys. It needs no state: a cookie is a keyed hash of
// the address that an INIT came from, and only somebody who receives there can repeat it. docs/protocol.md, 3.
//
// COOKIE (hub to edge)                       PROOF (edge to hub)
//   0  type = 3                  (1)          0  type = 5                  (1)
//   1  format = 1                (1)          1  format = 1                (1)
//   2  reserved, 0               (2)          2  reserved, 0               (2)
//   4  receiver: edge's index    (4)          4  mac2                     (16)
//   8  nonce                    (24)         20  INIT, up to the end
//  32  cookie, sealed           (32)
#ifndef WB_COOKIE_H
#define WB_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wb_key.h"

#define WB_COOKIE_LEN 16
#define WB_COOKIE_NONCE 24
#define WB_COOKIE_MESSAGE 64
#define WB_COOKIE_LIFE                                                                             \
	120000000000ull  // ns: a hub makes others then, and takes the last ones as long
#define WB_PROOF_LEN 20  // bytes before the INIT
#define WB_PROOF_MAX 512 // with it

// The keys by which an end makes and checks cookies. They never change, and all threads share them.
struct wb_cookie_keys {
	uint8_t mac1[32]; // of messages to this end
	uint8_t seal[32]; // hub: of its cookies
	uint8_t secret[32];
};

void wb_cookie_keys(struct wb_cookie_keys *k, const uint8_t public_key[WB_KEY_LEN]);

// Returns whether it is an INIT or a RESPONSE (type), by length and clear bytes only.
bool wb_cookie_shape(uint8_t type, const uint8_t *msg, size_t len);
// Returns whether it also is for this end, by mac1.
bool wb_cookie_mac1(const struct wb_cookie_keys *k, uint8_t type, const uint8_t *msg, size_t len);

// Hub: writes the COOKIE for an INIT whose mac1 is right. from: address and port as bytes. nonce: must never be used
// twice.
void wb_cookie_write(const struct wb_cookie_keys *k, const uint8_t *init, size_t len,
	const uint8_t from[6], uint64_t now, const uint8_t nonce[WB_COOKIE_NONCE],
	uint8_t msg[WB_COOKIE_MESSAGE]);
// Hub: returns the INIT in a PROOF, of which only length and clear bytes are checked. NULL: it is no PROOF.
const uint8_t *wb_cookie_init(const uint8_t *msg, size_t len, size_t *init_len);
// Hub: returns whether its mac2 was made with a cookie for that address.
bool wb_cookie_proves(const struct wb_cookie_keys *k, const uint8_t *msg, size_t len,
	const uint8_t from[6], uint64_t now);

// Edge: reads the cookie in an answer to init. -EBADMSG: it is not authentic, or answers another INIT.
int wb_cookie_read(const uint8_t hub_public[WB_KEY_LEN], const uint8_t *init, size_t init_len,
	const uint8_t *msg, size_t len, uint8_t cookie[WB_COOKIE_LEN]);
// Edge: writes a PROOF with that INIT. Returns its length; -EMSGSIZE.
int wb_cookie_prove(const uint8_t cookie[WB_COOKIE_LEN], const uint8_t *init, size_t init_len,
	uint8_t msg[WB_PROOF_MAX]);

#endif
