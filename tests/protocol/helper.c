// SPDX-License-Identifier: BSD-3-Clause
// The program's side of check.py: a request a line on stdin, an answer a line on stdout. Numbers are
// decimal, bytes hexadecimal ("-": none), "bad" is what the code refuses.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "replay.h"
#include "wb_aead.h"
#include "wb_cookie.h"
#include "wb_handshake.h"
#include "wb_wire.h"

#define BYTES_MAX 4096
#define WORDS_MAX 512

static uint64_t
number(const char *word)
{
	return strtoull(word, NULL, 10);
}

static size_t
bytes(const char *word, uint8_t *out)
{
	return bytes_read(word, out, BYTES_MAX);
}

static void
print_bytes(const uint8_t *p, size_t len)
{
	if (len == 0)
		putchar('-');
	for (size_t i = 0; i < len; i++)
		printf("%02x", p[i]);
}

// ---- header and numbers

static void
get_header(char **word)
{
	uint8_t buf[BYTES_MAX];
	struct wb_header h;

	if (wb_header_read(buf, bytes(word[0], buf), &h) < 0)
		printf("bad");
	else
		printf("%u %u %" PRIu64, h.path, h.receiver, h.number);
}

static void
put_header(char **word)
{
	struct wb_header h = {
		.type = WB_DG_SESSION,
		.path = (uint8_t)number(word[0]),
		.receiver = (uint32_t)number(word[1]),
		.number = number(word[2]),
	};
	uint8_t buf[WB_HDR_LEN];

	wb_header_write(buf, &h);
	print_bytes(buf, sizeof(buf));
}

static void
put_nonce(char **word)
{
	uint8_t nonce[WB_NONCE_LEN];

	wb_nonce_write(nonce, (uint32_t)number(word[0]), number(word[1]));
	print_bytes(nonce, sizeof(nonce));
}

static void
expand(char **word)
{
	printf("%" PRIu64, wb_number_expand(number(word[0]), number(word[1])));
}

static void
replay(char **word)
{
	struct replay r;

	replay_init(&r);
	for (; *word != NULL; word++)
		putchar(replay_accept(&r, number(*word)) ? '1' : '0');
}

// ---- frames

static void
get_frame(char **word)
{
	uint8_t buf[BYTES_MAX];
	struct wb_frame f;
	int n = wb_frame_read(buf, bytes(word[0], buf), &f);

	if (n < 0) {
		printf("bad");
		return;
	}
	printf("%d %u", n, f.type);
	switch (f.type) {
	case WB_FRAME_DATA:
	case WB_FRAME_DATA_FRAGMENT:
		printf(" %u %u %u %u ", f.data.sclass, f.data.hold, f.data.bucket, f.data.seq);
		if (f.type == WB_FRAME_DATA_FRAGMENT)
			printf("%u %u ", f.data.total, f.data.offset);
		print_bytes(f.data.payload, f.data.len);
		break;
	case WB_FRAME_FEC_SOURCE:
		printf(" %u %u %u ", f.data.group,
			f.data.index << 12 | f.data.sclass << 10 | f.data.bucket, f.data.seq);
		print_bytes(f.data.payload, f.data.len);
		break;
	case WB_FRAME_FEC_REPAIR:
		printf(" %u %u %u %u ", f.repair.number & 255,
			(f.repair.sources - 1u) << 4 | f.repair.row, f.repair.number >> 8,
			f.repair.last << 15 | f.repair.offset);
		print_bytes(f.repair.symbol, f.repair.len);
		break;
	case WB_FRAME_ACK:
		printf(" %u %u %u", f.ack.path, f.ack.recv_us, f.ack.bytes);
		for (unsigned i = 0; i < f.ack.n_ranges; i++)
			printf(" %" PRIu64 " %" PRIu64, f.ack.ranges[i].low, f.ack.ranges[i].high);
		break;
	case WB_FRAME_PROBE:
	case WB_FRAME_PROBE_REPLY:
		printf(" %" PRIu64, f.probe.token);
		if (f.type == WB_FRAME_PROBE_REPLY)
			printf(" %u", f.probe.recv_us);
		break;
	case WB_FRAME_CLOSE:
		printf(" %u", f.close.reason);
		break;
	}
}

static void
put_ack(char **word, struct wb_frame *f)
{
	f->ack.path = (uint8_t)number(word[0]);
	f->ack.recv_us = (uint32_t)number(word[1]);
	f->ack.bytes = (uint32_t)number(word[2]);
	for (word += 3; word[0] != NULL && f->ack.n_ranges <= WB_ACK_RANGES_MAX; word += 2)
		f->ack.ranges[f->ack.n_ranges++] =
			(struct wb_ack_range){ .low = number(word[0]), .high = number(word[1]) };
	f->ack.largest = f->ack.ranges[0].high;
}

static void
put_fec(char **word, struct wb_frame *f)
{
	uint32_t group = (uint32_t)number(word[0]), second = (uint32_t)number(word[1]);
	uint32_t third = (uint32_t)number(word[2]);

	if (f->type == WB_FRAME_FEC_SOURCE) {
		f->data.group = (uint8_t)group;
		f->data.index = (uint8_t)(second >> 12);
		f->data.sclass = second >> 10 & 3;
		f->data.bucket = second & 1023;
		f->data.seq = third;
	} else {
		f->repair.number = third << 8 | group;
		f->repair.sources = (uint8_t)((second >> 4) + 1);
		f->repair.row = second & 15;
		f->repair.last = number(word[3]) >> 15;
		f->repair.offset = number(word[3]) & 0x7fff;
	}
}

// put_frame ROOM TYPE ...: the fields as get_frame prints them, but a payload.
static void
put_frame(char **word)
{
	uint8_t buf[BYTES_MAX];
	struct wb_frame f = { .type = (uint8_t)number(word[1]) };
	size_t room = number(word[0]);
	int n;

	word += 2;
	switch (f.type) {
	case WB_FRAME_DATA_FRAGMENT:
		f.data.total = (uint16_t)number(word[4]);
		f.data.offset = (uint16_t)number(word[5]);
		// fall through
	case WB_FRAME_DATA:
		f.data.sclass = (uint8_t)number(word[0]);
		f.data.hold = (uint8_t)number(word[1]);
		f.data.bucket = (uint16_t)number(word[2]);
		f.data.seq = (uint32_t)number(word[3]);
		break;
	case WB_FRAME_FEC_SOURCE:
	case WB_FRAME_FEC_REPAIR:
		put_fec(word, &f);
		break;
	case WB_FRAME_ACK:
		put_ack(word, &f);
		break;
	case WB_FRAME_PROBE_REPLY:
		f.probe.recv_us = (uint32_t)number(word[1]);
		// fall through
	case WB_FRAME_PROBE:
		f.probe.token = number(word[0]);
		break;
	case WB_FRAME_CLOSE:
		f.close.reason = (uint8_t)number(word[0]);
		break;
	}
	n = wb_frame_write(buf, room < sizeof(buf) ? room : sizeof(buf), &f);
	if (n < 0)
		printf("bad");
	else
		print_bytes(buf, (size_t)n);
}

// ---- cryptography

// seal CIPHER KEY NONCE AAD PLAIN -> text and tag
static void
seal(char **word)
{
	uint8_t key[BYTES_MAX], nonce[BYTES_MAX], aad[BYTES_MAX], text[BYTES_MAX + WB_AEAD_TAG];
	struct wb_aead_op op = { .src = text, .dst = text, .aad = aad };
	struct wb_aead *a;

	bytes(word[1], key);
	bytes(word[2], nonce);
	op.aad_len = (uint16_t)bytes(word[3], aad);
	op.len = (uint32_t)bytes(word[4], text);
	op.tag = text + op.len;
	memcpy(op.nonce, nonce, sizeof(op.nonce));
	a = wb_aead_create((enum wb_cipher)number(word[0]), key, -1);
	if (a == NULL) {
		printf("bad");
		return;
	}
	wb_aead_seal(a, &op, 1);
	wb_aead_destroy(a);
	print_bytes(text, op.len + WB_AEAD_TAG);
}

static void
local_keys(struct wb_handshake_local *local, const char *private_key, const char *ciphers)
{
	uint8_t buf[BYTES_MAX];
	size_t n;

	memset(local, 0, sizeof(*local));
	bytes(private_key, buf);
	memcpy(local->private_key, buf, WB_KEY_LEN);
	wb_key_public(local->private_key, local->public_key);
	local->version_min = WB_VERSION_MIN;
	local->version_max = WB_VERSION_MAX;
	local->features = WB_FEATURE_FRAGMENT;
	n = bytes(ciphers, buf);
	memcpy(local->ciphers, buf, n < sizeof(local->ciphers) ? n : sizeof(local->ciphers));
}

static void
print_result(const struct wb_handshake_result *r)
{
	printf(" %u %" PRIu64 " %u %u %u %u ", r->remote_index, r->session, r->features, r->version,
		(unsigned)r->cipher, r->resumed);
	print_bytes(r->tx_key, WB_KEY_LEN);
	putchar(' ');
	print_bytes(r->rx_key, WB_KEY_LEN);
}

static struct wb_handshake *edge;

static bool
challenge(struct wb_handshake_peer *peer, struct wb_handshake_local *local, const char *word)
{
	uint8_t buf[BYTES_MAX];

	if (word == NULL)
		return false;
	bytes(word, buf);
	memcpy(peer->challenge, buf, WB_CHALLENGE_LEN);
	local->features |= WB_FEATURE_CHALLENGE;
	return peer->challenged = true;
}

// edge PRIVATE CIPHERS HUB_PUBLIC PSK INDEX SESSION STAMP [CHALLENGE] -> INIT
static void
edge_init(char **word)
{
	uint8_t buf[BYTES_MAX], msg[WB_HANDSHAKE_MAX];
	struct wb_handshake_local local;
	struct wb_handshake_peer peer = { 0 };
	int len;

	local_keys(&local, word[0], word[1]);
	bytes(word[2], buf);
	memcpy(peer.public_key, buf, WB_KEY_LEN);
	bytes(word[3], buf);
	memcpy(peer.psk, buf, WB_KEY_LEN);
	challenge(&peer, &local, word[7]);
	len = wb_handshake_initiate(edge, &local, &peer, (uint32_t)number(word[4]), number(word[5]),
		number(word[6]), msg);
	if (len < 0)
		printf("bad");
	else
		print_bytes(msg, (size_t)len);
}

// finish RESPONSE -> ok and what was agreed, or challenge and the word
static void
edge_finish(char **word)
{
	uint8_t msg[BYTES_MAX];
	struct wb_handshake_result r;
	int rc = wb_handshake_finish(edge, msg, bytes(word[0], msg), &r);

	printf(rc == -EAGAIN ? "challenge " : rc < 0 ? "bad" : "ok");
	if (rc == 0)
		print_result(&r);
	else if (rc == -EAGAIN)
		print_bytes(r.challenge, WB_CHALLENGE_LEN);
}

// hub PRIVATE CIPHERS PSK INDEX CURRENT NEW INIT [LAST_STAMP CHALLENGE] -> RESPONSE and what was agreed, or
// that it was challenged
static void
hub(char **word)
{
	uint8_t buf[BYTES_MAX], msg[WB_HANDSHAKE_MAX];
	struct wb_handshake *h = wb_handshake_create();
	struct wb_handshake_local local;
	struct wb_handshake_peer peer = { 0 };
	struct wb_handshake_result r;
	bool challenges;
	int len = -1;

	local_keys(&local, word[0], word[1]);
	bytes(word[2], buf);
	memcpy(peer.psk, buf, WB_KEY_LEN);
	challenges = word[7] != NULL && challenge(&peer, &local, word[8]);
	peer.last_stamp = challenges ? number(word[7]) : 0;
	if (h != NULL &&
		wb_handshake_open(h, &local, buf, bytes(word[6], buf), peer.public_key) == 0)
		len = wb_handshake_respond(h, &peer, (uint32_t)number(word[3]), number(word[4]),
			number(word[5]), msg, &r);
	challenges = challenges && len == -EALREADY;
	if (challenges)
		len = wb_handshake_refuse(h, &peer, msg);
	if (len < 0) {
		printf("bad");
	} else {
		print_bytes(msg, (size_t)len);
		if (challenges)
			printf(" challenged");
		else
			print_result(&r);
	}
	wb_handshake_destroy(h);
}

// cookie HUB_PUBLIC INIT FROM TIME NONCE -> COOKIE; the hub's secret is new each time it is asked for a public key
// that it does not have
static void
cookie(char **word)
{
	static struct wb_cookie_keys k;
	static uint8_t have[WB_KEY_LEN];
	uint8_t public_key[BYTES_MAX], init[BYTES_MAX], from[BYTES_MAX], nonce[BYTES_MAX];
	uint8_t msg[WB_COOKIE_MESSAGE];
	size_t len = bytes(word[1], init);

	bytes(word[0], public_key);
	bytes(word[2], from);
	bytes(word[4], nonce);
	if (memcmp(have, public_key, sizeof(have)) != 0) {
		memcpy(have, public_key, sizeof(have));
		wb_cookie_keys(&k, public_key);
	}
	if (!wb_cookie_mac1(&k, WB_DG_HANDSHAKE_INIT, init, len)) {
		printf("bad");
		return;
	}
	wb_cookie_write(&k, init, len, from, number(word[3]), nonce, msg);
	print_bytes(msg, sizeof(msg));
	printf(word[5] != NULL && wb_cookie_proves(
					  &k, nonce, bytes(word[5], nonce), from, number(word[3]))
			? " proven"
			: " unproven");
}

// answer_cookie HUB_PUBLIC INIT COOKIE -> HANDSHAKE_PROOF
static void
answer_cookie(char **word)
{
	uint8_t public_key[BYTES_MAX], init[BYTES_MAX], msg[BYTES_MAX], out[WB_PROOF_MAX];
	uint8_t secret[WB_COOKIE_LEN];
	size_t len = bytes(word[1], init);

	bytes(word[0], public_key);
	if (wb_cookie_read(public_key, init, len, msg, bytes(word[2], msg), secret) < 0)
		printf("bad");
	else
		print_bytes(out, (size_t)wb_cookie_prove(secret, init, len, out));
}

static const struct {
	const char *name;
	unsigned words;
	void (*run)(char **word);
} requests[] = {
	{ "get_header", 1, get_header },
	{ "put_header", 3, put_header },
	{ "put_nonce", 2, put_nonce },
	{ "expand", 2, expand },
	{ "replay", 1, replay },
	{ "get_frame", 1, get_frame },
	{ "put_frame", 2, put_frame },
	{ "seal", 5, seal },
	{ "edge", 7, edge_init },
	{ "finish", 1, edge_finish },
	{ "hub", 7, hub },
	{ "cookie", 5, cookie },
	{ "answer_cookie", 3, answer_cookie },
};

static void
serve(char *line)
{
	char *word[WORDS_MAX + 1], *save;
	unsigned n = 0;

	for (char *w = strtok_r(line, " \n", &save); w != NULL && n < WORDS_MAX;
		w = strtok_r(NULL, " \n", &save))
		word[n++] = w;
	word[n] = NULL;
	for (size_t i = 0; n > 0 && i < sizeof(requests) / sizeof(requests[0]); i++)
		if (!strcmp(word[0], requests[i].name) && n > requests[i].words) {
			requests[i].run(word + 1);
			putchar('\n');
			fflush(stdout);
			return;
		}
	exit(2);
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;

	if (wb_crypto_init() < 0)
		return 2;
	edge = wb_handshake_create();
	while (getline(&line, &size, stdin) > 0)
		serve(line);
	free(line);
	wb_handshake_destroy(edge);
	return 0;
}
