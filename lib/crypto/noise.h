/* SPDX-License-Identifier: BSD-3-Clause */
// Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b, noiseprotocol.org revision 34:
//   <- s
//   ...
//   -> e, es, s, ss
//   <- e, ee, se, psk
// The caller sets the ephemeral key (random, but fixed by test vectors) and checks the lengths.
#ifndef NOISE_H
#define NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOISE_DH 32   // DHLEN
#define NOISE_HASH 64 // HASHLEN
#define NOISE_KEY 32
#define NOISE_TAG 16

// How much longer a message is than its payload.
#define NOISE_OVERHEAD_1 (NOISE_DH + NOISE_DH + NOISE_TAG + NOISE_TAG)
#define NOISE_OVERHEAD_2 (NOISE_DH + NOISE_TAG)

struct noise {
	uint8_t h[NOISE_HASH], ck[NOISE_HASH]; // handshake hash, chaining key
	uint8_t k[NOISE_KEY];
	uint64_t n;
	uint8_t s_private[NOISE_DH], s_public[NOISE_DH];
	uint8_t e_private[NOISE_DH], e_public[NOISE_DH];
	uint8_t rs[NOISE_DH], re[NOISE_DH]; // the other end's static and ephemeral key
};

void noise_init(
	struct noise *x, const uint8_t s_private[NOISE_DH], const uint8_t s_public[NOISE_DH]);
// Begins with the prologue and `<- s`. remote: the responder's static key for an initiator, NULL for a responder.
void noise_start(struct noise *x, const uint8_t *prologue, size_t len, const uint8_t *remote);
void noise_set_ephemeral(struct noise *x, const uint8_t e_private[NOISE_DH]);

// Write a message of len + NOISE_OVERHEAD_n bytes to out. -EINVAL: the other end's key is a point of low order.
int noise_write_1(struct noise *x, const uint8_t *payload, size_t len, uint8_t *out);
int noise_write_2(struct noise *x, const uint8_t psk[NOISE_KEY], const uint8_t *payload, size_t len,
	uint8_t *out);
// Read a message. payload gets len - NOISE_OVERHEAD_n bytes, which may be 0. -EBADMSG: it is too short or not
// authentic; then x must not be used any more.
int noise_read_1(struct noise *x, const uint8_t *msg, size_t len, uint8_t *payload);
int noise_read_2(struct noise *x, const uint8_t psk[NOISE_KEY], const uint8_t *msg, size_t len,
	uint8_t *payload);
// Returns the keys after message 2, for what the initiator and for what the responder sends.
void noise_split(struct noise *x, uint8_t initiator[NOISE_KEY], uint8_t responder[NOISE_KEY]);

#endif
