// SPDX-License-Identifier: BSD-3-Clause
// lib/config may see neither lib/bond nor lib/crypto, so it has lists of its own of their names:
// here they are held against the originals.
#include <string.h>

#include "harness.h"
#include "keys.h"
#include "wb_aead.h"
#include "wb_config.h"
#include "wb_tunnel.h"

static const char *
choices_of(const char *key)
{
	const struct config_key *row = config_key_find(&config_root, key);

	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	return row->choices;
}

static void
test_schedulers(void)
{
	const char *choices = choices_of("scheduler");
	char choice[WB_CONFIG_NAME];
	unsigned i;

	for (i = 0; wb_scheduler_name(i) != NULL; i++) {
		CU_ASSERT_TRUE(config_choice(choices, i, choice, sizeof(choice)));
		CU_ASSERT_STRING_EQUAL(choice, wb_scheduler_name(i));
	}
	CU_ASSERT_TRUE(i > 0);
	CU_ASSERT_FALSE(config_choice(choices, i, choice, sizeof(choice)));
}

static void
test_ciphers(void)
{
	static const enum wb_cipher ciphers[] = { WB_CIPHER_AES_128_GCM, WB_CIPHER_AES_256_GCM,
		WB_CIPHER_CHACHA20_POLY1305 };
	const char *choices = choices_of("cipher");
	char choice[WB_CONFIG_NAME];

	CU_ASSERT_TRUE(config_choice(choices, 0, choice, sizeof(choice)));
	CU_ASSERT_STRING_EQUAL(choice, "auto");
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(config_choice(choices, i + 1, choice, sizeof(choice)));
		CU_ASSERT_STRING_EQUAL(choice, wb_cipher_name(ciphers[i]));
	}
	CU_ASSERT_FALSE(config_choice(choices, 4, choice, sizeof(choice)));
}

static const struct harness_test tests[] = {
	{ "schedulers", test_schedulers },
	{ "ciphers", test_ciphers },
};

int
main(void)
{
	return HARNESS_RUN("config_choices", tests);
}
