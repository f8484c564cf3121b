// SPDX-License-Identifier: BSD-3-Clause
// AES-GCM by intel-ipsec-mb; no other file here knows of x86. It uses direct calls instead of jobs: a single packet
// fills the CPU's pipelines with GCM, so that a job would only add its own cost (wanbond-bench-aead).
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <intel-ipsec-mb.h>

#include "aead_impl.h"

struct gcm_size {
	aes_gcm_enc_dec_t seal, open;
	aes_gcm_pre_t expand;
};

struct ipsec_mb_aead {
	struct wb_aead base;
	aes_gcm_enc_dec_t seal, open;
	_Alignas(64) struct gcm_key_data key; // its own attribute needs a macro LINUX
};

// What a manager has found out about the CPU. The manager itself, with 200 kB for jobs, is not kept: direct calls
// keep their state in key and context. It is written once and then only read.
static struct {
	struct gcm_size gcm128, gcm256;
	bool usable;
	char name[64];
} cpu;
static pthread_once_t cpu_once = PTHREAD_ONCE_INIT;

static const char *
level(const IMB_MGR *m, IMB_ARCH arch)
{
	switch (arch) {
	case IMB_ARCH_AVX512:
		return (m->features & IMB_CPUFLAGS_AVX512_T2) == IMB_CPUFLAGS_AVX512_T2
			       ? "vaes avx512"
			       : "avx512";
	case IMB_ARCH_AVX2:
		return "avx2";
#if IMB_VERSION_NUM < IMB_VERSION(2, 0, 0)
	case IMB_ARCH_AVX:
		return "avx";
#endif
	default:
		return "sse";
	}
}

static void
probe_cpu(void)
{
	const uint64_t need = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
	IMB_ARCH arch = IMB_ARCH_NONE;
	IMB_MGR *m = alloc_mb_mgr(0);

	if (m == NULL)
		return;
	// Its emulation of AES in C is slower than OpenSSL.
	if ((m->features & need) == need) {
		init_mb_mgr_auto(m, &arch); // 2 ms: it tests itself
		if (imb_get_errno(m) == 0 && arch != IMB_ARCH_NONE) {
			cpu.gcm128 =
				(struct gcm_size){ m->gcm128_enc, m->gcm128_dec, m->gcm128_pre };
			cpu.gcm256 =
				(struct gcm_size){ m->gcm256_enc, m->gcm256_dec, m->gcm256_pre };
			snprintf(cpu.name, sizeof(cpu.name), "intel-ipsec-mb %s (%s)",
				imb_get_version_str(), level(m, arch));
			cpu.usable = true;
		}
	}
	free_mb_mgr(m);
}

static bool
ipsec_mb_has(enum wb_cipher cipher)
{
	pthread_once(&cpu_once, probe_cpu);
	return cpu.usable && (cipher == WB_CIPHER_AES_128_GCM || cipher == WB_CIPHER_AES_256_GCM);
}

static struct wb_aead *
ipsec_mb_create(enum wb_cipher cipher, const uint8_t *key, int socket)
{
	const struct gcm_size *size = cipher == WB_CIPHER_AES_128_GCM ? &cpu.gcm128 : &cpu.gcm256;
	struct ipsec_mb_aead *a = aead_pages_alloc(sizeof(*a), socket);

	if (a == NULL)
		return NULL;
	a->seal = size->seal;
	a->open = size->open;
	size->expand(key, &a->key);
	return &a->base;
}

static void
ipsec_mb_destroy(struct wb_aead *base)
{
	aead_pages_free(base, sizeof(struct ipsec_mb_aead));
}

static void
ipsec_mb_seal(struct wb_aead *base, struct wb_aead_op *ops, unsigned n)
{
	struct ipsec_mb_aead *a = (struct ipsec_mb_aead *)base;
	struct gcm_context_data ctx;
	struct wb_aead_op *op;

	for (op = ops; op < ops + n; op++)
		a->seal(&a->key, &ctx, op->dst, op->src, op->len, op->nonce, op->aad, op->aad_len,
			op->tag, WB_AEAD_TAG);
}

// Compares two tags in constant time.
static uint8_t
tags_equal(const uint8_t a[WB_AEAD_TAG], const uint8_t b[WB_AEAD_TAG])
{
	uint64_t x[2], y[2], diff;

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	diff = (x[0] ^ y[0]) | (x[1] ^ y[1]);
	return (uint8_t)(1 ^ ((diff | (0 - diff)) >> 63));
}

static unsigned
ipsec_mb_open(struct wb_aead *base, struct wb_aead_op *ops, unsigned n)
{
	struct ipsec_mb_aead *a = (struct ipsec_mb_aead *)base;
	struct gcm_context_data ctx;
	uint8_t tag[WB_AEAD_TAG];
	struct wb_aead_op *op;
	unsigned ok = 0;

	for (op = ops; op < ops + n; op++) {
		a->open(&a->key, &ctx, op->dst, op->src, op->len, op->nonce, op->aad, op->aad_len,
			tag, sizeof(tag));
		op->ok = tags_equal(tag, op->tag);
		ok += op->ok;
	}
	return ok;
}

static const char *
ipsec_mb_name(void)
{
	return cpu.name; // has() came first
}

const struct aead_impl aead_ipsec_mb = {
	.has = ipsec_mb_has,
	.create = ipsec_mb_create,
	.destroy = ipsec_mb_destroy,
	.seal = ipsec_mb_seal,
	.open = ipsec_mb_open,
	.name = ipsec_mb_name,
};
