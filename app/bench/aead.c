// SPDX-License-Identifier: BSD-3-Clause
// wanbond-bench-aead: what sealing a packet costs with each library that could do it. JSON.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <sodium.h>

#include "aead.h"
#include "aead_impl.h"
#include "wb_key.h"

#define ROUNDS 201 // odd: a median
#define PASSES 25
#define LEN_MAX 1420

static const uint32_t lengths[] = { 64, 512, LEN_MAX };
static const uint8_t key[WB_AEAD_KEY_MAX] = { 1, 2, 3 };

// 32 packets in, 32 out: they stay in the second-level cache, as a burst does on its way.
static uint8_t plain[BENCH_BATCH][2048], sealed[BENCH_BATCH][2048];
static uint8_t aad[BENCH_BATCH][16], tags[BENCH_BATCH][WB_AEAD_TAG];

static int
open_best(void **ctx, enum wb_cipher cipher)
{
	*ctx = wb_aead_create(cipher, key, -1);
	return *ctx == NULL ? -ENOTSUP : 0;
}

static int
open_openssl(void **ctx, enum wb_cipher cipher)
{
	struct wb_aead *a = aead_openssl.create(cipher, key, -1);

	if (a == NULL)
		return -ENOTSUP;
	a->impl = &aead_openssl;
	*ctx = a;
	return 0;
}

static int
open_best_128(void **ctx)
{
	return open_best(ctx, WB_CIPHER_AES_128_GCM);
}

static int
open_best_256(void **ctx)
{
	return open_best(ctx, WB_CIPHER_AES_256_GCM);
}

static int
open_best_chacha(void **ctx)
{
	return open_best(ctx, WB_CIPHER_CHACHA20_POLY1305);
}

static int
open_openssl_128(void **ctx)
{
	return open_openssl(ctx, WB_CIPHER_AES_128_GCM);
}

static void
seal_wb(void *ctx, struct wb_aead_op *ops)
{
	wb_aead_seal(ctx, ops, BENCH_BATCH);
}

static void
close_wb(void *ctx)
{
	wb_aead_destroy(ctx);
}

static int
open_sodium(void **ctx)
{
	*ctx = NULL;
	return 0;
}

static void
seal_sodium(void *ctx, struct wb_aead_op *ops)
{
	unsigned i;

	(void)ctx;
	for (i = 0; i < BENCH_BATCH; i++)
		crypto_aead_chacha20poly1305_ietf_encrypt_detached(ops[i].dst, ops[i].tag, NULL,
			ops[i].src, ops[i].len, ops[i].aad, ops[i].aad_len, NULL, ops[i].nonce,
			key);
}

static void
close_sodium(void *ctx)
{
	(void)ctx;
}

static const struct contender sodium = { "libsodium", "chacha20-poly1305", open_sodium, seal_sodium,
	close_sodium };

static const struct contender best_128 = { "wb_aead", "aes-128-gcm", open_best_128, seal_wb,
	close_wb };
static const struct contender best_256 = { "wb_aead", "aes-256-gcm", open_best_256, seal_wb,
	close_wb };
static const struct contender best_chacha = { "wb_aead", "chacha20-poly1305", open_best_chacha,
	seal_wb, close_wb };
static const struct contender openssl_128 = { "openssl", "aes-128-gcm", open_openssl_128, seal_wb,
	close_wb };

static const struct contender *const contenders[] = {
	&best_128,
	&openssl_128,
#ifdef BENCH_JOBS
	&bench_jobs,
#endif
	&bench_cryptodev,
	&bench_cryptodev_copy,
	&best_256,
	&best_chacha,
	&sodium,
};

struct entrant {
	void *ctx;
	const char *unavailable; // NULL: it runs
	double ticks[RTE_DIM(lengths)];
};

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

// Ticks a packet, the median of many batches.
static double
measure(const struct contender *c, void *ctx, uint32_t len)
{
	static uint64_t took[ROUNDS];
	struct wb_aead_op ops[BENCH_BATCH];
	uint64_t start;
	unsigned i, r;

	for (r = 0; r < ROUNDS; r++) {
		for (i = 0; i < BENCH_BATCH; i++)
			ops[i] = (struct wb_aead_op){ .src = plain[i],
				.dst = sealed[i],
				.aad = aad[i],
				.tag = tags[i],
				.nonce = { (uint8_t)r, (uint8_t)i },
				.len = len,
				.aad_len = BENCH_AAD };
		start = rte_rdtsc_precise();
		c->seal(ctx, ops);
		took[r] = rte_rdtsc_precise() - start;
	}
	qsort(took, ROUNDS, sizeof(took[0]), compare);
	return (double)took[ROUNDS / 2] / BENCH_BATCH;
}

// All contenders of a cipher must come to the same tags, or one measures something else.
static bool
agrees(const struct contender *c, void *ctx)
{
	uint8_t want[BENCH_BATCH][WB_AEAD_TAG];
	struct wb_aead_op ops[BENCH_BATCH];
	struct wb_aead *a;
	unsigned i;

	for (i = 0; i < BENCH_BATCH; i++)
		ops[i] = (struct wb_aead_op){ .src = plain[i],
			.dst = sealed[i],
			.aad = aad[i],
			.tag = want[i],
			.nonce = { (uint8_t)i },
			.len = 100 + i,
			.aad_len = BENCH_AAD };
	if (open_openssl((void **)&a, (enum wb_cipher)wb_cipher_from_name(c->cipher)) < 0)
		return false;
	wb_aead_seal(a, ops, BENCH_BATCH);
	wb_aead_destroy(a);
	for (i = 0; i < BENCH_BATCH; i++) {
		ops[i].tag = tags[i];
		memcpy(ops[i].dst, ops[i].src, ops[i].len); // for who works in place only
	}
	memset(tags, 0, sizeof(tags));
	c->seal(ctx, ops);
	return memcmp(tags, want, sizeof(tags)) == 0;
}

static void
enter(const struct contender *c, struct entrant *e)
{
	int rc = c->open(&e->ctx);

	if (rc < 0) {
		e->unavailable = strerror(-rc);
	} else if (!agrees(c, e->ctx)) {
		e->unavailable = "wrong result";
		c->close(e->ctx);
	}
}

// One after the other, many times over: a busy neighbour then disturbs all alike, and the quietest
// pass counts.
static void
race(struct entrant *entrants)
{
	double ticks;
	unsigned pass, c, i;

	for (pass = 0; pass < PASSES; pass++)
		for (c = 0; c < RTE_DIM(contenders); c++)
			for (i = 0; i < RTE_DIM(lengths) && !entrants[c].unavailable; i++) {
				ticks = measure(contenders[c], entrants[c].ctx, lengths[i]);
				if (pass == 0 || ticks < entrants[c].ticks[i])
					entrants[c].ticks[i] = ticks;
			}
}

static json_t *
report(const struct contender *c, const struct entrant *e)
{
	json_t *row = json_pack("{s:s, s:s}", "name", c->name, "cipher", c->cipher);
	json_t *ticks;
	char name[16];
	unsigned i;

	if (e->unavailable) {
		json_object_set_new(row, "unavailable", json_string(e->unavailable));
		return row;
	}
	if (strcmp(c->name, "wb_aead") == 0)
		json_object_set_new(row, "backend",
			json_string(
				wb_aead_backend((enum wb_cipher)wb_cipher_from_name(c->cipher))));
	ticks = json_object();
	for (i = 0; i < RTE_DIM(lengths); i++) {
		snprintf(name, sizeof(name), "%u", lengths[i]);
		json_object_set_new(ticks, name, json_real(e->ticks[i]));
	}
	json_object_set_new(row, "ticks_per_packet", ticks);
	return row;
}

int
main(void)
{
	char *eal[] = { "wanbond-bench-aead", "--no-huge", "--no-pci", "--no-telemetry",
		"--no-shconf", "-l", "0", "-m", "64", "--log-level", "error", NULL };
	struct entrant entrants[RTE_DIM(contenders)] = { 0 };
	json_t *out, *results = json_array();
	unsigned i;

	if (wb_crypto_init() < 0 || rte_eal_init(RTE_DIM(eal) - 1, eal) < 0) {
		fprintf(stderr, "wanbond-bench-aead: EAL or libsodium did not start\n");
		return 1;
	}
	randombytes_buf(plain, sizeof(plain));
	for (i = 0; i < RTE_DIM(contenders); i++)
		enter(contenders[i], &entrants[i]);
	race(entrants);
	for (i = 0; i < RTE_DIM(contenders); i++) {
		json_array_append_new(results, report(contenders[i], &entrants[i]));
		if (!entrants[i].unavailable)
			contenders[i]->close(entrants[i].ctx);
	}
	out = json_pack("{s:s, s:I, s:i, s:o}", "bench", "aead seal", "tsc_hz",
		(json_int_t)rte_get_tsc_hz(), "batch", BENCH_BATCH, "results", results);
	json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
	putchar('\n');
	json_decref(out);
	rte_eal_cleanup();
	return 0;
}
