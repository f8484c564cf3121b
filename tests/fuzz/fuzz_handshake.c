// SPDX-License-Identifier: BSD-3-Clause
// What strangers send before anything is authentic: INIT, RESPONSE, COOKIE, HANDSHAKE_PROOF; and the payloads inside
// the sealed parts, as a peer that holds keys could write them.
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "handshake_wire.h"
#include "wb_cookie.h"

// A copy of exactly this size: a read past it is seen.
static uint8_t *
exactly(const uint8_t *data, size_t size)
{
	uint8_t *copy = calloc(1, size + (size == 0));

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

static void
payloads(const uint8_t *data, size_t size)
{
	uint8_t again[WB_HANDSHAKE_MAX];
	struct wb_handshake_result r = { 0 };
	struct offer o = { 0 }, back = { 0 };
	size_t len;
	int rc;

	if (hs_read_offer(data, size, &o) == 0) {
		len = hs_write_offer(again, &o);
		FUZZ_CHECK(len <= size);
		FUZZ_CHECK(hs_read_offer(again, len, &back) == 0);
		FUZZ_CHECK(back.stamp == o.stamp && back.session == o.session);
		FUZZ_CHECK(back.n_ciphers == o.n_ciphers && back.challenged == o.challenged);
		FUZZ_CHECK(!o.challenged ||
			   memcmp(back.challenge, o.challenge, WB_CHALLENGE_LEN) == 0);
	}
	o = (struct offer){ .version_min = 1, .version_max = 1, .n_ciphers = 1, .ciphers = { 1 } };
	rc = hs_read_choice(data, size, &o, &r);
	FUZZ_CHECK(rc != 0 || (r.version == 1 && r.cipher == 1 && r.session != 0 && !r.challenged));
}

static void
messages(const uint8_t *data, size_t size)
{
	static const uint8_t public_key[WB_KEY_LEN] = { 9 }, from[6];
	static struct wb_cookie_keys keys;
	static bool made;
	uint8_t cookie[WB_COOKIE_LEN];
	const uint8_t *init;
	size_t len;

	if (!made)
		wb_cookie_keys(&keys, public_key);
	made = true;
	FUZZ_CHECK(!wb_cookie_mac1(&keys, WB_HS_INIT, data, size) || size > 100);
	wb_cookie_mac1(&keys, WB_HS_RESPONSE, data, size);
	init = wb_cookie_init(data, size, &len);
	if (init != NULL) {
		FUZZ_CHECK(init + len == data + size);
		FUZZ_CHECK(!wb_cookie_proves(&keys, data, size, from, 1));
	}
	FUZZ_CHECK(wb_cookie_read(public_key, data, size, data, size, cookie) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size > WB_HANDSHAKE_MAX)
		return 0;
	copy = exactly(data, size);
	payloads(copy, size);
	if (size > 0)
		messages(copy, size);
	free(copy);
	return 0;
}

size_t
fuzz_example(unsigned i, uint8_t buf[FUZZ_INPUT_MAX])
{
	struct wb_handshake_result r = { .session = 7, .version = 1, .cipher = 1 };
	struct offer o = { .stamp = 5, .version_max = 1, .n_ciphers = 2, .ciphers = { 1, 3 } };

	o.challenged = r.challenged = i & 1;
	switch (i) {
	case 0 ... 1:
		return hs_write_offer(buf, &o);
	case 2 ... 3:
		return hs_write_choice(buf, &r);
	case 4 ... 6:
		memset(buf, 0x55, 200);
		hs_put_header(buf, i == 4 ? WB_HS_INIT : i == 5 ? WB_HS_COOKIE : WB_HS_PROOF, 7);
		return i == 5 ? WB_COOKIE_MESSAGE : 164;
	default:
		return 0;
	}
}
