/* SPDX-License-Identifier: BSD-3-Clause */
// Proof of address: what a busy hub asks for before it agrees on keys. Stateless: a cookie is a keyed hash
// of the address that an INIT came from, which only who hears there can say again. docs/protocol.md, 3.
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

// What an end checks and makes them with, the same in all threads; never changes.
struct wb_cookie_keys {
	uint8_t mac1[32]; // of messages to this end
	uint8_t seal[32]; // hub: of its cookies
	uint8_t secret[32];
};

void wb_cookie_keys(struct wb_cookie_keys *k, const uint8_t public_key[WB_KEY_LEN]);

// Is it an INIT or a RESPONSE (type) by length and clear bytes? Costs no hash.
bool wb_cookie_shape(uint8_t type, const uint8_t *msg, size_t len);
// Is it one for this end, by mac1 too?
bool wb_cookie_mac1(const struct wb_cookie_keys *k, uint8_t type, const uint8_t *msg, size_t len);

// Hub: writes the COOKIE for an INIT whose mac1 is right. from: address and port as bytes; nonce: never
// the same twice.
void wb_cookie_write(const struct wb_cookie_keys *k, const uint8_t *init, size_t len,
	const uint8_t from[6], uint64_t now, const uint8_t nonce[WB_COOKIE_NONCE],
	uint8_t msg[WB_COOKIE_MESSAGE]);
// Hub: the INIT in a PROOF. NULL: not a PROOF. Nothing of it has been checked but clear bytes and length.
const uint8_t *wb_cookie_init(const uint8_t *msg, size_t len, size_t *init_len);
// Hub: was its mac2 made with a cookie for that address?
bool wb_cookie_proves(const struct wb_cookie_keys *k, const uint8_t *msg, size_t len,
	const uint8_t from[6], uint64_t now);

// Edge: the cookie in an answer to init. -EBADMSG: not authentic, or to another INIT.
int wb_cookie_read(const uint8_t hub_public[WB_KEY_LEN], const uint8_t *init, size_t init_len,
	const uint8_t *msg, size_t len, uint8_t cookie[WB_COOKIE_LEN]);
// Edge: writes a PROOF with that INIT. Returns its length; -EMSGSIZE.
int wb_cookie_prove(const uint8_t cookie[WB_COOKIE_LEN], const uint8_t *init, size_t init_len,
	uint8_t msg[WB_PROOF_MAX]);

#endif
