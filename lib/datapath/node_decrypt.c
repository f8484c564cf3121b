// SPDX-License-Identifier: BSD-3-Clause
// Opens session datagrams in place, in runs of one key. Runs on the tunnel's home worker.
#include "node.h"

enum edge { FRAMES, DROP, EDGES };

// Finds the key and the full number of a datagram. NULL: *drop says why.
static struct keypair *
find_key(const struct slot *s, struct rte_mbuf *m, wb_ns_t now, enum wb_drop *drop)
{
	struct mbuf_priv *p = mbuf_priv(m);
	struct keypair *key = s == NULL ? NULL : keys_find(s, p->rx.receiver);
	int err = 0;

	*drop = WB_DROP_UNKNOWN_INDEX;
	if (key == NULL || !keys_usable(key, now))
		return NULL;
	// The first datagram of a session that is not confirmed yet: its numbers start at 0, while the
	// tunnel still remembers those of the session before.
	if (key == s->next && key->new_session)
		p->rx.number = p->rx.wire_number;
	else
		err = wb_tunnel_rx_number(s->t, p->path, p->rx.wire_number, &p->rx.number);
	*drop = err == -ENOENT ? WB_DROP_BAD_PATH : WB_DROP_REPLAY;
	return err == 0 ? key : NULL;
}

static void
fill_op(struct wb_aead_op *op, struct rte_mbuf *m)
{
	struct mbuf_priv *p = mbuf_priv(m);
	uint8_t *header = rte_pktmbuf_mtod(m, uint8_t *);

	op->aad = header;
	op->aad_len = WB_HDR_LEN;
	op->src = header + WB_HDR_LEN;
	op->dst = header + WB_HDR_LEN;
	op->len = rte_pktmbuf_data_len(m) - WB_HDR_LEN - WB_TAG_LEN;
	op->tag = op->dst + op->len;
	wb_nonce_write(op->nonce, p->path, p->rx.number);
}

static void
open_run(struct rte_graph *graph, struct rte_node *node, struct keypair *key,
	struct rte_mbuf **pkts, unsigned n)
{
	struct worker *w = node_worker(node);
	unsigned i, ok = wb_aead_open(key->rx, w->ops, n);

	keys_count(w->dp, key, 0, ok, n - ok);
	for (i = 0; i < n; i++) {
		if (unlikely(!w->ops[i].ok)) {
			mark_drop(pkts[i], WB_DROP_AUTH);
			rte_node_enqueue_x1(graph, node, DROP, pkts[i]);
			continue;
		}
		rte_pktmbuf_adj(pkts[i], WB_HDR_LEN);
		rte_pktmbuf_trim(pkts[i], WB_TAG_LEN);
		rte_node_enqueue_x1(graph, node, FRAMES, pkts[i]);
	}
}

static uint16_t
process(struct rte_graph *graph, struct rte_node *node, void **objs, uint16_t n_objs)
{
	struct worker *w = node_worker(node);
	struct rte_mbuf *run[WB_AEAD_BATCH];
	struct keypair *key, *run_key = NULL;
	unsigned i, n = 0;

	for (i = 0; i < n_objs; i++) {
		struct rte_mbuf *m = objs[i];
		enum wb_drop drop;

		key = find_key(slot_find(w->dp, mbuf_priv(m)->tunnel), m, w->now, &drop);
		if (unlikely(key == NULL)) {
			mark_drop(m, drop);
			rte_node_enqueue_x1(graph, node, DROP, m);
			continue;
		}
		if (n == WB_AEAD_BATCH || (n != 0 && key != run_key)) {
			open_run(graph, node, run_key, run, n);
			n = 0;
		}
		run_key = key;
		fill_op(&w->ops[n], m);
		run[n++] = m;
	}
	if (n != 0)
		open_run(graph, node, run_key, run, n);
	return n_objs;
}

static struct rte_node_register decrypt_node = {
	.name = "wb_decrypt",
	.process = process,
	.nb_edges = EDGES,
	.next_nodes = {
		[FRAMES] = "wb_frame_input",
		[DROP] = "wb_drop",
	},
};
RTE_NODE_REGISTER(decrypt_node);
