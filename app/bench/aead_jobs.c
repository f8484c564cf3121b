// SPDX-License-Identifier: BSD-3-Clause
// intel-ipsec-mb through its burst of jobs, against which lib/crypto's direct calls are held.
#include <errno.h>
#include <stdlib.h>

#include <intel-ipsec-mb.h>

#include "aead.h"

struct jobs {
	_Alignas(64) struct gcm_key_data key;
	IMB_MGR *mgr;
};

static int
jobs_open(void **ctx)
{
	static const uint8_t key[WB_AEAD_KEY_MAX] = { 1, 2, 3 };
	struct jobs *j = aligned_alloc(64, sizeof(*j));

	if (j == NULL)
		return -ENOMEM;
	j->mgr = alloc_mb_mgr(0);
	if (j->mgr == NULL) {
		free(j);
		return -ENOMEM;
	}
	init_mb_mgr_auto(j->mgr, NULL);
	IMB_AES128_GCM_PRE(j->mgr, key, &j->key);
	*ctx = j;
	return 0;
}

static void
jobs_seal(void *ctx, struct wb_aead_op *ops)
{
	IMB_JOB *jobs[BENCH_BATCH], *job;
	struct jobs *j = ctx;
	uint32_t i, n = IMB_GET_NEXT_BURST(j->mgr, BENCH_BATCH, jobs);

	for (i = 0; i < n; i++) {
		job = jobs[i];
		job->cipher_mode = IMB_CIPHER_GCM;
		job->cipher_direction = IMB_DIR_ENCRYPT;
		job->chain_order = IMB_ORDER_CIPHER_HASH;
		job->hash_alg = IMB_AUTH_AES_GMAC;
		job->enc_keys = job->dec_keys = &j->key;
		job->key_len_in_bytes = IMB_GCM_128_KEY_LEN;
		job->src = ops[i].src;
		job->dst = ops[i].dst;
		job->cipher_start_src_offset_in_bytes = 0;
		job->hash_start_src_offset_in_bytes = 0;
		job->msg_len_to_cipher_in_bytes = ops[i].len;
		job->msg_len_to_hash_in_bytes = ops[i].len;
		job->iv = ops[i].nonce;
		job->iv_len_in_bytes = IMB_GCM_IV_DATA_LEN;
		job->u.GCM.aad = ops[i].aad;
		job->u.GCM.aad_len_in_bytes = ops[i].aad_len;
		job->auth_tag_output = ops[i].tag;
		job->auth_tag_output_len_in_bytes = WB_AEAD_TAG;
	}
	// Single-buffer GCM: all are done when it returns. The tags are checked by the caller.
	IMB_SUBMIT_BURST_NOCHECK(j->mgr, n, jobs);
}

static void
jobs_close(void *ctx)
{
	struct jobs *j = ctx;

	free_mb_mgr(j->mgr);
	free(j);
}

const struct contender bench_jobs = { "intel-ipsec-mb burst of jobs", "aes-128-gcm", jobs_open,
	jobs_seal, jobs_close };
