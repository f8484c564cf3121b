/* SPDX-License-Identifier: BSD-3-Clause */
// Authenticated encryption of datagrams, in batches (RFC 5116, RFC 8439). It is implemented by intel-ipsec-mb on
// x86-64 and by OpenSSL everywhere. ChaCha20-Poly1305 is for CPUs without AES instructions.
#ifndef WB_AEAD_H
#define WB_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wb_cipher {
	WB_CIPHER_AES_128_GCM = 1, // values are on the wire (handshake payload)
	WB_CIPHER_AES_256_GCM = 2,
	WB_CIPHER_CHACHA20_POLY1305 = 3,
};

#define WB_AEAD_TAG 16
#define WB_AEAD_NONCE 12
#define WB_AEAD_KEY_MAX 32
#define WB_AEAD_BATCH 64 // operations in one call at most

struct wb_aead_op {
	const uint8_t *src; // len bytes
	uint8_t *dst;       // len bytes; may be src
	const uint8_t *aad;
	uint8_t *tag; // WB_AEAD_TAG bytes: written by seal, read by open
	uint8_t nonce[WB_AEAD_NONCE];
	uint32_t len;
	uint16_t aad_len;
	uint8_t ok; // open: 1 authentic, 0 not (dst is then undefined)
};

struct wb_aead; // one key, one direction; any thread may use it, two at once may not

// Makes an aead with a key of wb_aead_key_len(cipher) bytes. cipher: enum wb_cipher. socket: NUMA node or -1. NULL: no
// memory, or the cipher is not available here.
struct wb_aead *wb_aead_create(enum wb_cipher cipher, const uint8_t *key, int socket);
void wb_aead_destroy(struct wb_aead *a); // wipes the key; NULL is allowed
size_t wb_aead_key_len(enum wb_cipher cipher);
void wb_aead_seal(struct wb_aead *a, struct wb_aead_op *ops, unsigned n);
// Returns the number of authentic ones.
unsigned wb_aead_open(struct wb_aead *a, struct wb_aead_op *ops, unsigned n);
// Returns the fastest cipher here: AES-128-GCM with AES instructions, else ChaCha20-Poly1305.
enum wb_cipher wb_aead_best(void);
// How often a key may be used (RFC 9001 6.6 and B.1, for datagrams of up to 2^11 bytes).
struct wb_aead_limits {
	uint64_t renew;  // sealed or opened: time for another key
	uint64_t sealed; // at most
	uint64_t forged; // attempts to open that failed, at most
};
const struct wb_aead_limits *wb_aead_limits(enum wb_cipher cipher); // NULL: not known
// Return the name of a cipher ("aes-128-gcm", or "?"), and the cipher of a name (or -EINVAL).
const char *wb_cipher_name(enum wb_cipher cipher);
int wb_cipher_from_name(const char *name);
// Returns what implements a cipher, for `show` and logs: "intel-ipsec-mb 1.3.0 (vaes avx512)", "openssl 3.0.x".
const char *wb_aead_backend(enum wb_cipher cipher);

#endif
