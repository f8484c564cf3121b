// SPDX-License-Identifier: BSD-3-Clause
// Keeps the keys of a tunnel, and the table from receiver index to tunnel.
//
// A slot's pairs belong to its home worker: install, retire and clear run there as calls, and a datagram confirms a
// pair there. Pairs that are no longer used go to slot->old, and the control thread frees them. The index table is
// immutable; the control thread makes a new one and swaps the pointer. It may name an index whose pair is gone,
// which keys_find() notices.
#include <errno.h>
#include <stdlib.h>

#include "dp.h"

#define INDEX_SLOTS 2048 // power of two, more than twice DP_TUNNELS * 3
#define INDEX_FREE 0xffff

struct index_table {
	struct {
		uint32_t index;
		uint16_t tunnel;
	} slots[INDEX_SLOTS];
};

static uint32_t
index_hash(uint32_t index)
{
	return index * 2654435761u >> 16;
}

int
index_lookup(const struct index_table *t, uint32_t index)
{
	unsigned at = index_hash(index) & (INDEX_SLOTS - 1);

	for (; t->slots[at].tunnel != INDEX_FREE; at = (at + 1) & (INDEX_SLOTS - 1))
		if (t->slots[at].index == index)
			return t->slots[at].tunnel;
	return -1;
}

static void
index_add(struct index_table *t, uint32_t index, unsigned tunnel)
{
	unsigned at = index_hash(index) & (INDEX_SLOTS - 1);

	while (t->slots[at].tunnel != INDEX_FREE)
		at = (at + 1) & (INDEX_SLOTS - 1);
	t->slots[at].index = index;
	t->slots[at].tunnel = tunnel;
}

int
indexes_rebuild(struct wb_dp *dp)
{
	struct index_table *t = malloc(sizeof(*t)), *old;
	unsigned i, j;

	if (t == NULL)
		return -ENOMEM;
	for (i = 0; i < INDEX_SLOTS; i++)
		t->slots[i].tunnel = INDEX_FREE;
	for (i = 0; i < DP_TUNNELS; i++)
		for (j = 0; j < dp->known[i].n; j++)
			index_add(t, dp->known[i].index[j], i);
	old = atomic_exchange_explicit(&dp->indexes, t, memory_order_acq_rel);
	dp_synchronize(dp);
	free(old);
	return 0;
}

struct keypair *
keys_find(const struct slot *s, uint32_t local_index)
{
	if (s->current != NULL && s->current->local_index == local_index)
		return s->current;
	if (s->next != NULL && s->next->local_index == local_index)
		return s->next;
	if (s->previous != NULL && s->previous->local_index == local_index)
		return s->previous;
	return NULL;
}

static void
discard(struct slot *s, struct keypair **k)
{
	if (*k == NULL)
		return;
	(*k)->next = s->old;
	s->old = *k;
	*k = NULL;
}

void
keys_drop_all(struct slot *s)
{
	discard(s, &s->current);
	discard(s, &s->previous);
	discard(s, &s->next);
}

// Drops all older pairs when a new session begins: numbers start again, so older keys must not be used.
static void
start(struct slot *s, struct keypair *k, wb_ns_t now)
{
	discard(s, &s->previous);
	if (k->new_session)
		discard(s, &s->current);
	s->previous = s->current;
	s->current = k;
	if (k->new_session)
		wb_tunnel_session_started(s->t, k->features, now);
	k->new_session = false;
	s->owes_session = false;
	s->dirty = true;
}

bool
keys_confirmed(struct slot *s, uint32_t local_index, wb_ns_t now)
{
	struct keypair *k = keys_find(s, local_index);

	if (k == NULL)
		return false;
	if (unlikely(k == s->next)) {
		s->next = NULL;
		start(s, k, now);
		s->owes_notice = true;
	}
	// Told again if the ring was full: else the control thread would end the session with the older keys.
	if (unlikely(s->owes_notice && k == s->current))
		s->owes_notice = !notice_keys(s->dp, WB_DP_CONFIRMED, s->tunnel, local_index);
	return true;
}

static bool
reached(uint64_t n, uint64_t limit)
{
	return limit != 0 && n >= limit;
}

void
keys_count(struct wb_dp *dp, struct keypair *k, unsigned sealed, unsigned opened, unsigned forged)
{
	enum wear wear = WEAR_NONE;

	k->sealed += sealed;
	k->opened += opened;
	k->forged += forged;
	if (unlikely(reached(k->sealed, k->limits.sealed) || reached(k->forged, k->limits.forged)))
		wear = WEAR_OUT;
	// What has been opened the other end has sealed.
	else if (unlikely(reached(k->sealed, k->limits.renew) ||
			  reached(k->opened, k->limits.renew)))
		wear = WEAR_RENEW;
	if (likely(wear <= k->told))
		return;
	// Told again if the ring was full. A pair that is worn out is not used in any case.
	if (notice_keys(dp, wear == WEAR_OUT ? WB_DP_WORN_OUT : WB_DP_WORN, k->tunnel,
		    k->local_index) ||
		wear == WEAR_OUT)
		k->told = wear;
}

void
keys_free_old(struct slot *s)
{
	struct keypair *k;

	while ((k = s->old) != NULL) {
		s->old = k->next;
		wb_aead_destroy(k->tx);
		wb_aead_destroy(k->rx);
		free(k);
	}
}

// ---- calls into the home worker

struct keys_call {
	struct slot *s;
	struct keypair *install; // may be NULL
	bool confirm_first, retire, clear;
	uint32_t index[4]; // out: local indexes in use afterwards
	unsigned n;
	struct keypair *old; // out: to be freed
};

static void
run(struct worker *w, void *arg)
{
	struct keys_call *c = arg;
	struct slot *s = c->s;

	if (c->retire) {
		discard(s, &s->previous);
		discard(s, &s->next);
	}
	if (c->clear) {
		keys_drop_all(s);
		wb_tunnel_session_ended(s->t, w->now);
		s->dirty = true;
	}
	if (c->install != NULL) {
		discard(s, &s->next);
		// A pair that renews a session which never began here is its beginning.
		c->install->new_session |= s->owes_session;
		s->owes_session = c->install->new_session;
		if (c->confirm_first)
			s->next = c->install;
		else
			start(s, c->install, w->now);
	}
	if (s->current != NULL)
		c->index[c->n++] = s->current->local_index;
	if (s->previous != NULL)
		c->index[c->n++] = s->previous->local_index;
	if (s->next != NULL)
		c->index[c->n++] = s->next->local_index;
	c->old = s->old;
	s->old = NULL;
}

static int
call(struct wb_dp *dp, unsigned tunnel, struct keys_call *c)
{
	struct slot trash = { 0 };

	c->s = slot_find(dp, tunnel);
	call_worker(c->s->home, run, c);
	memcpy(dp->known[tunnel].index, c->index, sizeof(c->index));
	dp->known[tunnel].n = c->n;
	trash.old = c->old;
	keys_free_old(&trash);
	return indexes_rebuild(dp);
}

int
wb_dp_keys_install(struct wb_dp *dp, unsigned tunnel, const struct wb_dp_keys *keys)
{
	struct keys_call c = { .confirm_first = keys->confirm_first };
	struct keypair *k = NULL;

	if (slot_find(dp, tunnel) != NULL)
		k = calloc(1, sizeof(*k));
	if (k == NULL) {
		wb_aead_destroy(keys->tx);
		wb_aead_destroy(keys->rx);
		return slot_find(dp, tunnel) == NULL ? -ENOENT : -ENOMEM;
	}
	k->tx = keys->tx;
	k->rx = keys->rx;
	k->local_index = keys->local_index;
	k->remote_index = keys->remote_index;
	k->new_session = keys->new_session;
	k->features = keys->features;
	k->tunnel = tunnel;
	k->expires = keys->expires;
	k->limits = keys->limits;
	c.install = k;
	return call(dp, tunnel, &c);
}

int
wb_dp_keys_retire(struct wb_dp *dp, unsigned tunnel)
{
	struct keys_call c = { .retire = true };

	return slot_find(dp, tunnel) == NULL ? -ENOENT : call(dp, tunnel, &c);
}

int
wb_dp_keys_clear(struct wb_dp *dp, unsigned tunnel)
{
	struct keys_call c = { .clear = true };

	return slot_find(dp, tunnel) == NULL ? -ENOENT : call(dp, tunnel, &c);
}
