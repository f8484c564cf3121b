/* SPDX-License-Identifier: BSD-3-Clause */
// Keys as text and files: 32 bytes in base64 (44 characters), as with WireGuard.
#ifndef WB_KEY_H
#define WB_KEY_H

#include <stddef.h>
#include <stdint.h>

#define WB_KEY_LEN 32
#define WB_KEY_TEXT 45 // with the final 0

// Prepares lib/crypto. Call it once before anything else of it. -EIO: the random source or libsodium failed.
int wb_crypto_init(void);
void wb_key_generate(uint8_t private_key[WB_KEY_LEN]); // clamped X25519 secret (RFC 7748)
void wb_key_generate_psk(uint8_t psk[WB_KEY_LEN]);
void wb_key_public(const uint8_t private_key[WB_KEY_LEN], uint8_t public_key[WB_KEY_LEN]);
void wb_key_to_text(const uint8_t key[WB_KEY_LEN], char text[WB_KEY_TEXT]);
// Reads a key from text, with white space around it. -EINVAL: it is not 44 characters of base64 for 32 bytes.
int wb_key_from_text(const char *text, uint8_t key[WB_KEY_LEN]);
// Reads a key file. -ENOENT, -EACCES: as open(); -EPERM: the mode lets group or others read it
// (must be 0600 or 0400); -EINVAL: not a key. `why` (may be NULL) gets a sentence for the user.
int wb_key_read_file(const char *path, uint8_t key[WB_KEY_LEN], char *why, size_t why_len);
void wb_random_bytes(void *buf, size_t len);
void wb_wipe(void *buf, size_t len);

#endif
