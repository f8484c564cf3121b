// SPDX-License-Identifier: BSD-3-Clause
// Seals datagrams in place, in runs of one key, and finishes their UDP checksum.
#include "node.h"

enum edge { SEND, EDGES };

static void
fill_op(struct wb_aead_op *op, struct rte_mbuf *m)
{
	struct mbuf_priv *p = mbuf_priv(m);
	uint8_t *header = rte_pktmbuf_mtod_offset(m, uint8_t *, OUTER_LEN);

	op->aad = header;
	op->aad_len = WB_HDR_LEN;
	op->src = header + WB_HDR_LEN;
	op->dst = header + WB_HDR_LEN;
	op->len = rte_pktmbuf_data_len(m) - OUTER_LEN - WB_HDR_LEN - WB_TAG_LEN;
	op->tag = op->dst + op->len;
	wb_nonce_write(op->nonce, p->path, p->tx.number);
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	unsigned i, n = 0;

	for (i = 0; i < n_objs; i++) {
		struct keypair *key = mbuf_priv(objs[i])->tx.key;

		fill_op(&w->ops[n++], objs[i]);
		if (n < WB_AEAD_BATCH && i + 1 < n_objs && mbuf_priv(objs[i + 1])->tx.key == key)
			continue;
		wb_aead_seal(key->tx, w->ops, n);
		keys_count(w->dp, key, n, 0, 0);
		n = 0;
	}
	for (i = 0; i < n_objs; i++) {
		struct rte_mbuf *m = objs[i];

		outer_finish(m, w->dp->ports[m->port].hw_checksum);
	}
	rte_node_next_stream_move(graph, node, SEND);
	return n_objs;
}

static struct rte_node_register encrypt_node = {
	.name = "wb_encrypt",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[SEND] = "wb_port_tx",
	},
};
RTE_NODE_REGISTER(encrypt_node);
