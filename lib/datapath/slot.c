// SPDX-License-Identifier: BSD-3-Clause
// Keeps the datapath's tunnels: their memory, their home workers and their callbacks.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "dp.h"
#include "inner.h"

#define EVENT_INTERVAL (250 * WB_MS) // of a tunnel, in the long run
#define EVENT_BURST 64
// Messages of a tunnel's other end. Each costs the control thread two key agreements at worst; a try
// brings a copy a path.
#define MESSAGE_INTERVAL (250 * WB_MS)
#define MESSAGE_BURST 64
#define MAP_FROM (128u << 10) // blocks from this size on are mapped: zero pages cost nothing

struct block {
	struct block *next;
	size_t size;
	bool mapped;
} __rte_cache_aligned;

struct slot *
slot_find(const struct wb_dp *dp, unsigned tunnel)
{
	if (tunnel >= DP_TUNNELS)
		return NULL;
	return atomic_load_explicit(&dp->slots[tunnel], memory_order_acquire);
}

static void *
block_alloc(void *ctx, size_t size)
{
	struct slot *s = ctx;
	size_t whole = RTE_ALIGN_CEIL(sizeof(struct block) + size, RTE_CACHE_LINE_SIZE);
	struct block *b;

	if (whole >= MAP_FROM) {
		b = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (b == MAP_FAILED)
			return NULL;
	} else {
		b = aligned_alloc(RTE_CACHE_LINE_SIZE, whole);
		if (b == NULL)
			return NULL;
		memset(b, 0, whole);
	}
	b->mapped = whole >= MAP_FROM;
	b->size = whole;
	b->next = s->blocks;
	s->blocks = b;
	return b + 1;
}

static void
blocks_free(struct slot *s)
{
	struct block *b;

	while ((b = s->blocks) != NULL) {
		s->blocks = b->next;
		if (b->mapped)
			munmap(b, b->size);
		else
			free(b);
	}
}

// ---- the tunnel's callbacks, in the home worker

static void
deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	struct slot *s = ctx;
	struct worker *w = s->home;
	unsigned i;

	for (i = 0; i < n; i++) {
		mbuf_priv(pkt_mbuf(pkts[i]))->tunnel = s->tunnel;
		pkts[i]->next = NULL;
		*w->delivered_end = pkts[i];
		w->delivered_end = &pkts[i]->next;
	}
}

// The tunnel has counted the reason.
static void
release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	struct slot *s = ctx;

	RTE_SET_USED(reason);
	worker_free(s->home, pkt_mbuf(pkt));
}

static void
mark_ce(void *ctx, struct wb_pkt *pkt)
{
	RTE_SET_USED(ctx);
	inner_mark_ce(rte_pktmbuf_mtod(pkt_mbuf(pkt), uint8_t *));
}

// Joins two pieces of a packet. A packet within the other end's MTU fits one mbuf. One that does not stays too short
// for its header, and is dropped for that on the way out.
static void
join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	struct rte_mbuf *h = pkt_mbuf(head), *t = pkt_mbuf(tail);
	unsigned len = rte_pktmbuf_data_len(t) - RTE_MIN(tail->rx.off, rte_pktmbuf_data_len(t));
	char *at = rte_pktmbuf_append(h, len);

	RTE_SET_USED(ctx);
	if (at != NULL)
		rte_memcpy(at, rte_pktmbuf_mtod_offset(t, char *, tail->rx.off), len);
	rte_pktmbuf_free(t);
}

// Passes an event to the control thread, within a limit: the other end can cause any number of events, and they must
// fill neither the shared ring nor the log. Events beyond the limit are missing in the log.
static void
event(void *ctx, const struct wb_event *e)
{
	struct slot *s = ctx;

	if (limit_pass(e->type == WB_EVENT_PEER_CLOSED ? &s->closed_limit : &s->event_limit,
		    s->home->now, EVENT_INTERVAL, EVENT_BURST))
		notice_event(s->dp, s->tunnel, e);
}

static void
message(void *ctx, const uint8_t *data, size_t len)
{
	struct slot *s = ctx;

	if (limit_pass(&s->message_limit, s->home->now, MESSAGE_INTERVAL, MESSAGE_BURST))
		notice_message(s->dp, s->tunnel, data, len);
}

// Returns inner_hash() of the flow that a received packet acknowledges; 0: none. The packet stays as it is.
static uint32_t
acknowledges(void *ctx, const struct wb_pkt *pkt)
{
	const struct rte_mbuf *m = pkt_mbuf((struct wb_pkt *)pkt);
	struct inner in;

	if (pkt->rx.off > rte_pktmbuf_data_len(m) ||
		inner_read(&in, rte_pktmbuf_mtod_offset(m, uint8_t *, pkt->rx.off),
			rte_pktmbuf_data_len(m) - pkt->rx.off) != WB_DROP_NONE)
		return 0;
	return inner_reverse_hash(&in, ((const struct slot *)ctx)->dp->hash_seed);
}

static const struct wb_tunnel_ops slot_ops = {
	.deliver = deliver,
	.release = release,
	.mark_ce = mark_ce,
	.join = join,
	.event = event,
	.message = message,
	.acknowledges = acknowledges,
};

// ---- add, remove, call

static void
attach(struct worker *w, void *arg)
{
	w->slots[w->n_slots++] = arg;
}

static void
detach(struct worker *w, void *arg)
{
	struct slot *s = arg;
	unsigned i;

	for (i = 0; i < w->n_slots && w->slots[i] != s; i++)
		;
	if (i < w->n_slots)
		w->slots[i] = w->slots[--w->n_slots];
	keys_drop_all(s);
	wb_tunnel_destroy(s->t);
}

static void
slot_free(struct slot *s)
{
	keys_free_old(s);
	blocks_free(s);
	free(s);
}

static struct slot *
slot_create(struct wb_dp *dp, unsigned tunnel, const char *scheduler)
{
	struct slot *s =
		aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(sizeof(*s), RTE_CACHE_LINE_SIZE));
	struct wb_tunnel_conf conf = {
		.role = dp->role,
		.ops = &slot_ops,
		.ctx = s,
		.alloc = block_alloc,
		.scheduler = scheduler,
		.fec = &slot_fec,
	};

	if (s == NULL)
		return NULL;
	memset(s, 0, sizeof(*s));
	s->dp = dp;
	s->tunnel = tunnel;
	s->home = dp->workers[tunnel % dp->n_workers];
	atomic_store(&s->inner_mtu, WB_INNER_MTU_MIN);
	if (getrandom(conf.seed, sizeof(conf.seed), 0) == sizeof(conf.seed))
		s->t = wb_tunnel_create(&conf, clock_now());
	if (s->t == NULL) {
		slot_free(s);
		return NULL;
	}
	return s;
}

int
wb_dp_tunnel_add(struct wb_dp *dp, unsigned tunnel, const char *scheduler)
{
	struct slot *s;

	if (tunnel >= DP_TUNNELS)
		return -EINVAL;
	if (slot_find(dp, tunnel) != NULL)
		return -EEXIST;
	s = slot_create(dp, tunnel, scheduler);
	if (s == NULL)
		return -ENOMEM;
	call_worker(s->home, attach, s);
	atomic_store_explicit(&dp->slots[tunnel], s, memory_order_release);
	return 0;
}

// Unlinks a slot, waits until no worker uses it, and frees it.
int
wb_dp_tunnel_remove(struct wb_dp *dp, unsigned tunnel)
{
	struct slot *s = slot_find(dp, tunnel);

	if (s == NULL)
		return -ENOENT;
	atomic_store_explicit(&dp->slots[tunnel], NULL, memory_order_release);
	dp->known[tunnel].n = 0;
	indexes_rebuild(dp);
	dp_synchronize(dp);
	call_worker(s->home, detach, s);
	slot_free(s);
	return 0;
}

struct tunnel_call {
	struct slot *s;
	void (*fn)(struct wb_tunnel *t, void *arg, wb_ns_t now);
	void *arg;
};

static void
tunnel_run(struct worker *w, void *arg)
{
	struct tunnel_call *c = arg;

	c->fn(c->s->t, c->arg, w->now);
	c->s->dirty = true;
}

int
wb_dp_tunnel_call(struct wb_dp *dp, unsigned tunnel,
	void (*fn)(struct wb_tunnel *t, void *arg, wb_ns_t now), void *arg)
{
	struct tunnel_call c = { slot_find(dp, tunnel), fn, arg };

	if (c.s == NULL)
		return -ENOENT;
	call_worker(c.s->home, tunnel_run, &c);
	return 0;
}

struct say {
	const void *data;
	size_t len;
	int result;
};

static void
say(struct wb_tunnel *t, void *arg, wb_ns_t now)
{
	struct say *m = arg;

	m->result = wb_tunnel_say(t, m->data, m->len, now);
}

int
wb_dp_tunnel_say(struct wb_dp *dp, unsigned tunnel, const void *data, size_t len)
{
	struct say m = { data, len, 0 };
	int r = wb_dp_tunnel_call(dp, tunnel, say, &m);

	return r < 0 ? r : m.result;
}
