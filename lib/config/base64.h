/* SPDX-License-Identifier: BSD-3-Clause */
// Keys in base64: lib/config does not see lib/crypto. Not in constant time; of secrets only a key
// file whose owner runs the check comes through here.
#ifndef CONFIG_BASE64_H
#define CONFIG_BASE64_H

#include <stdbool.h>
#include <stdint.h>

// Exactly 44 characters that stand for 32 bytes, in the one canonical way to write them.
bool config_key_parse(const char *text, uint8_t key[32]);

#endif
