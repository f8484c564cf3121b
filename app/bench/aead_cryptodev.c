// SPDX-License-Identifier: BSD-3-Clause
// DPDK's crypto_aesni_gcm in CPU mode. It works in place only, so what must keep its plaintext pays
// for a copy too: measured with and without.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cryptodev.h>
#include <rte_dev.h>

#include "aead.h"

#define DEVICE "crypto_aesni_gcm" // and a digit: each contender has its own

struct cpu_mode {
	char name[24];
	uint8_t dev;
	void *session;
	struct rte_mempool *pool;
};

static int
start_device(struct cpu_mode *c)
{
	struct rte_cryptodev_config conf = { .nb_queue_pairs = 1, .socket_id = SOCKET_ID_ANY };
	struct rte_cryptodev_qp_conf qp = { .nb_descriptors = 64 };
	int id, rc;

	snprintf(c->name, sizeof(c->name), DEVICE "%u", (unsigned)rte_cryptodev_count());
	rc = rte_eal_hotplug_add("vdev", c->name, "");
	if (rc < 0)
		return rc;
	id = rte_cryptodev_get_dev_id(c->name);
	if (id < 0)
		return -ENODEV;
	c->dev = (uint8_t)id;
	conf.socket_id = rte_cryptodev_socket_id(c->dev);
	rc = rte_cryptodev_configure(c->dev, &conf);
	if (rc == 0)
		rc = rte_cryptodev_queue_pair_setup(c->dev, 0, &qp, conf.socket_id);
	if (rc == 0)
		rc = rte_cryptodev_start(c->dev);
	return rc;
}

static int
cpu_open(void **ctx)
{
	static const uint8_t key[16] = { 1, 2, 3 };
	struct rte_crypto_sym_xform xform = { .type = RTE_CRYPTO_SYM_XFORM_AEAD,
		.aead = { .op = RTE_CRYPTO_AEAD_OP_ENCRYPT,
			.algo = RTE_CRYPTO_AEAD_AES_GCM,
			.key = { .data = key, .length = sizeof(key) },
			.iv = { .offset = 0, .length = WB_AEAD_NONCE },
			.digest_length = WB_AEAD_TAG,
			.aad_length = BENCH_AAD } };
	struct cpu_mode *c = calloc(1, sizeof(*c));
	int rc = -ENOMEM;

	if (c == NULL)
		return rc;
	rc = start_device(c);
	if (rc < 0)
		goto fail;
	rc = -ENOMEM;
	c->pool = rte_cryptodev_sym_session_pool_create(c->name, 4,
		rte_cryptodev_sym_get_private_session_size(c->dev), 0, 0, SOCKET_ID_ANY);
	if (c->pool == NULL)
		goto fail;
	c->session = rte_cryptodev_sym_session_create(c->dev, &xform, c->pool);
	if (c->session == NULL)
		goto fail;
	*ctx = c;
	return 0;
fail:
	rte_mempool_free(c->pool);
	free(c);
	return rc;
}

static void
cpu_seal(void *ctx, struct wb_aead_op *ops)
{
	struct rte_crypto_va_iova_ptr iv[BENCH_BATCH], digest[BENCH_BATCH], aad[BENCH_BATCH];
	struct rte_crypto_vec vec[BENCH_BATCH];
	struct rte_crypto_sgl sgl[BENCH_BATCH];
	int32_t status[BENCH_BATCH];
	struct rte_crypto_sym_vec batch = { .num = BENCH_BATCH,
		.src_sgl = sgl,
		.iv = iv,
		.digest = digest,
		.aad = aad,
		.status = status };
	union rte_crypto_sym_ofs ofs = { .raw = 0 };
	struct cpu_mode *c = ctx;
	unsigned i;

	for (i = 0; i < BENCH_BATCH; i++) {
		vec[i] = (struct rte_crypto_vec){ .base = ops[i].dst, .len = ops[i].len };
		sgl[i] = (struct rte_crypto_sgl){ .vec = &vec[i], .num = 1 };
		iv[i].va = ops[i].nonce;
		digest[i].va = ops[i].tag;
		aad[i].va = (void *)(uintptr_t)ops[i].aad;
	}
	rte_cryptodev_sym_cpu_crypto_process(c->dev, c->session, ofs, &batch);
}

static void
copy_seal(void *ctx, struct wb_aead_op *ops)
{
	unsigned i;

	for (i = 0; i < BENCH_BATCH; i++)
		memcpy(ops[i].dst, ops[i].src, ops[i].len);
	cpu_seal(ctx, ops);
}

static void
cpu_close(void *ctx)
{
	struct cpu_mode *c = ctx;

	rte_cryptodev_sym_session_free(c->dev, c->session);
	rte_mempool_free(c->pool);
	rte_cryptodev_stop(c->dev);
	rte_eal_hotplug_remove("vdev", c->name);
	free(c);
}

const struct contender bench_cryptodev = { "cryptodev aesni_gcm CPU mode, in place", "aes-128-gcm",
	cpu_open, cpu_seal, cpu_close };
const struct contender bench_cryptodev_copy = { "cryptodev aesni_gcm CPU mode, after a copy",
	"aes-128-gcm", cpu_open, copy_seal, cpu_close };
