// SPDX-License-Identifier: BSD-3-Clause
// A resend may be cut elsewhere than the first try (another path, another MTU), so pieces of both may
// overlap: of two the one with the higher offset loses its front, which only moves rx.off.
#include "fragment.h"

#include <string.h>

#define NONE UINT16_MAX
#define CHAIN_BITS 10
#define CHAINS (1 << CHAIN_BITS) // of slots by key
_Static_assert(FRAGMENT_SLOTS < NONE, "slots are linked by 16 bits");

struct slot {
	struct wb_pkt *pieces; // by offset
	uint32_t have;         // bytes, no byte counted twice
	uint16_t total;
	uint8_t n;
	uint16_t chain;        // next with the same hash
	uint16_t newer, older; // all have the same timeout: order of arrival is order of deadlines
	uint64_t key;          // 0: free
	wb_ns_t deadline;
};

struct fragments {
	void (*drop)(void *ctx, struct wb_pkt *pkt, enum wb_drop reason);
	void (*join)(void *ctx, struct wb_pkt *head, struct wb_pkt *tail);
	void *ctx;
	uint64_t seed;
	uint16_t oldest, newest, free; // free: linked by newer
	uint32_t pieces, limit;        // in all slots
	uint16_t chains[CHAINS];
	struct slot slots[FRAGMENT_SLOTS];
};

struct fragments *
fragments_create(uint64_t seed, void *(*alloc)(void *ctx, size_t size),
	void (*drop)(void *ctx, struct wb_pkt *pkt, enum wb_drop reason),
	void (*join)(void *ctx, struct wb_pkt *head, struct wb_pkt *tail), void *ctx)
{
	struct fragments *f = alloc(ctx, sizeof(*f));

	if (!f)
		return NULL;
	f->drop = drop;
	f->join = join;
	f->ctx = ctx;
	f->seed = seed | 1;
	f->limit = FRAGMENT_PIECES_ALL;
	f->oldest = f->newest = NONE;
	f->free = 0;
	memset(f->chains, 0xff, sizeof(f->chains));
	for (unsigned i = 0; i < FRAGMENT_SLOTS; i++)
		f->slots[i].newer = i + 1 < FRAGMENT_SLOTS ? (uint16_t)(i + 1) : NONE;
	return f;
}

static uint64_t
key_of(const struct wb_pkt *pkt)
{
	return 1ull << 63 | (uint64_t)pkt->bucket << 32 | pkt->seq;
}

// Returns the chain of a packet, by multiplicative hashing with a secret factor: a peer that chooses its sequences
// does not fill one chain.
static unsigned
chain_of(const struct fragments *f, uint64_t key)
{
	return (unsigned)(key * f->seed >> (64 - CHAIN_BITS));
}

static uint16_t
find(const struct fragments *f, uint64_t key)
{
	uint16_t i = f->chains[chain_of(f, key)];

	while (i != NONE && f->slots[i].key != key)
		i = f->slots[i].chain;
	return i;
}

static void
release(struct fragments *f, uint16_t i)
{
	struct slot *s = &f->slots[i];
	uint16_t *at = &f->chains[chain_of(f, s->key)];

	while (*at != i)
		at = &f->slots[*at].chain;
	*at = s->chain;
	if (s->newer != NONE)
		f->slots[s->newer].older = s->older;
	else
		f->newest = s->older;
	if (s->older != NONE)
		f->slots[s->older].newer = s->newer;
	else
		f->oldest = s->newer;
	f->pieces -= s->n;
	s->key = 0;
	s->pieces = NULL;
	s->newer = f->free;
	f->free = i;
}

static void
give_up(struct fragments *f, uint16_t i, enum wb_drop reason)
{
	struct wb_pkt *pkt = f->slots[i].pieces;

	release(f, i);
	while (pkt) {
		struct wb_pkt *next = pkt->next;

		pkt->next = NULL;
		f->drop(f->ctx, pkt, reason);
		pkt = next;
	}
}

static uint16_t
take_slot(struct fragments *f, uint64_t key, uint16_t total, wb_ns_t now)
{
	struct slot *s;
	uint16_t i;

	if (f->free == NONE || (f->pieces >= f->limit && f->oldest != NONE))
		give_up(f, f->oldest, WB_DROP_FRAGMENT_TIMEOUT);
	i = f->free;
	s = &f->slots[i];
	f->free = s->newer;
	*s = (struct slot){ .total = total,
		.key = key,
		.chain = f->chains[chain_of(f, key)],
		.deadline = now + FRAGMENT_TIMEOUT,
		.newer = NONE,
		.older = f->newest };
	if (f->newest != NONE)
		f->slots[f->newest].newer = i;
	else
		f->oldest = i;
	f->newest = i;
	f->chains[chain_of(f, key)] = i;
	return i;
}

static uint32_t
begin(const struct wb_pkt *piece)
{
	return piece->rx.fragment;
}

static uint32_t
end(const struct wb_pkt *piece)
{
	return begin(piece) + piece->len;
}

static void
cut_front(struct wb_pkt *piece, uint32_t bytes)
{
	piece->rx.off = (uint16_t)(piece->rx.off + bytes);
	piece->len -= bytes;
	piece->rx.fragment = (uint16_t)(piece->rx.fragment + bytes);
}

// Puts the piece in its place; what overlaps is kept once.
static void
insert(struct fragments *f, struct slot *s, struct wb_pkt *piece)
{
	struct wb_pkt **at = &s->pieces, *q;

	for (; (q = *at) && begin(q) <= begin(piece); at = &q->next) {
		if (end(q) >= end(piece)) {
			f->drop(f->ctx, piece, WB_DROP_DUPLICATE);
			return;
		}
		if (end(q) > begin(piece))
			cut_front(piece, end(q) - begin(piece));
	}
	for (; (q = *at) && end(q) <= end(piece); s->n--, f->pieces--) {
		*at = q->next;
		q->next = NULL;
		s->have -= q->len;
		f->drop(f->ctx, q, WB_DROP_DUPLICATE);
	}
	if (s->n == FRAGMENT_PIECES) {
		f->drop(f->ctx, piece, WB_DROP_BAD_FRAME);
		return;
	}
	if (q && begin(q) < end(piece)) {
		s->have -= end(piece) - begin(q);
		cut_front(q, end(piece) - begin(q));
	}
	piece->next = q;
	*at = piece;
	s->have += piece->len;
	s->n++;
	f->pieces++;
}

static struct wb_pkt *
join_all(struct fragments *f, struct wb_pkt *head)
{
	struct wb_pkt *tail = head->next;

	head->next = NULL;
	while (tail) {
		struct wb_pkt *next = tail->next;
		uint32_t len = tail->len;

		tail->next = NULL;
		f->join(f->ctx, head, tail);
		head->len += len;
		tail = next;
	}
	return head;
}

struct wb_pkt *
fragments_received(
	struct fragments *f, struct wb_pkt *pkt, uint16_t total, uint16_t offset, wb_ns_t now)
{
	struct wb_pkt *head;
	uint16_t i;

	if (pkt->len == 0 || offset >= total || pkt->len > (uint32_t)(total - offset)) {
		f->drop(f->ctx, pkt, WB_DROP_BAD_FRAME);
		return NULL;
	}
	pkt->next = NULL;
	if (pkt->len == total)
		return pkt;
	i = find(f, key_of(pkt));
	if (i == NONE)
		i = take_slot(f, key_of(pkt), total, now);
	if (f->slots[i].total != total) {
		f->drop(f->ctx, pkt, WB_DROP_BAD_FRAME);
		return NULL;
	}
	pkt->rx.fragment = offset;
	insert(f, &f->slots[i], pkt);
	if (f->slots[i].have < total)
		return NULL;
	head = f->slots[i].pieces;
	release(f, i);
	return join_all(f, head);
}

void
fragments_limit(struct fragments *f, uint32_t pieces)
{
	f->limit = pieces < FRAGMENT_PIECES_ALL ? pieces : FRAGMENT_PIECES_ALL;
}

wb_ns_t
fragments_next_deadline(const struct fragments *f)
{
	return f->oldest != NONE ? f->slots[f->oldest].deadline : WB_NEVER;
}

void
fragments_expire(struct fragments *f, wb_ns_t now)
{
	while (fragments_next_deadline(f) <= now)
		give_up(f, f->oldest, WB_DROP_FRAGMENT_TIMEOUT);
}

void
fragments_flush(struct fragments *f, enum wb_drop reason)
{
	while (f->oldest != NONE)
		give_up(f, f->oldest, reason);
}
