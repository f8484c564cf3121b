// SPDX-License-Identifier: BSD-3-Clause
// Counts handshake datagrams by sender, and decides which of them go on.
#include "gate.h"

#include <string.h>

#include "wb_wire.h"

_Static_assert(GATE_KNOWN == 1 << (64 - 52), "shift below");
#define MIX UINT64_C(0x9e3779b97f4a7c15)

void
gate_init(struct gate *g, const uint8_t random[32])
{
	memset(g, 0, sizeof(*g));
	memcpy(&g->secret, random, sizeof(g->secret));
	g->secret |= 1;
	memcpy(g->nonce, random + 8, sizeof(g->nonce));
}

// Starts a new second. The hash changes with it, so that nobody can learn which addresses share a count.
static void
begin_second(struct gate *g, wb_ns_t now)
{
	if (g->since != 0 && now - g->since < WB_SEC)
		return;
	g->since = now;
	g->secret = (((g->secret ^ g->secret >> 29) * MIX) ^ now) | 1;
	g->inits = g->proofs = g->known = 0;
	memset(g->sources, 0, sizeof(g->sources));
	memset(g->proven, 0, sizeof(g->proven));
	memset(g->provers, 0, sizeof(g->provers));
}

static uint32_t
hash(const struct gate *g, const struct wb_addr *from, uint64_t port)
{
	uint64_t h = g->secret;

	for (unsigned i = 0; i < 4; i++)
		h = (h ^ from->ip[i]) * MIX;
	h = (h ^ port ^ h >> 31) * MIX;
	return (uint32_t)(h >> 40);
}

static uint64_t
known_as(const struct wb_addr *a)
{
	uint32_t ip;

	memcpy(&ip, a->ip, sizeof(ip));
	return (uint64_t)ip << 16 | a->udp_port;
}

void
gate_remember(struct gate_known *k, const struct wb_addr *edge)
{
	uint64_t as = known_as(edge);

	if (edge->family == 4)
		atomic_store_explicit(&k->at[(as * MIX) >> 52], as, memory_order_relaxed);
}

bool
gate_knows(const struct gate_known *k, const struct wb_addr *from)
{
	uint64_t as = known_as(from);

	return as != 0 &&
	       atomic_load_explicit(&k->at[(as * MIX) >> 52], memory_order_relaxed) == as;
}

static void
address_bytes(const struct wb_addr *from, uint8_t out[6])
{
	memcpy(out, from->ip, 4);
	out[4] = (uint8_t)(from->udp_port >> 8);
	out[5] = (uint8_t)from->udp_port;
}

static unsigned
share(unsigned of_all, unsigned n)
{
	return of_all / n > 0 ? of_all / n : 1;
}

// Returns whether a datagram with a proof of its address is within the limits. Each address and port has a count of
// its own, so that nobody else can use it up. An address has one as well, as it has ports enough to use up all.
static bool
proven_passes(struct gate *g, const struct gate_datagram *d, unsigned n)
{
	uint8_t *count = &g->proven[hash(g, d->from, d->from->udp_port) % GATE_PROVEN];
	uint8_t *all = &g->provers[hash(g, d->from, 1u << 17) % GATE_PROVERS];

	if (*count == GATE_PER_PROVEN || *all == share(GATE_PROOFS_PER_SOURCE, n) ||
		g->proofs == share(GATE_PROOFS, n))
		return false;
	++*count;
	++*all;
	g->proofs++;
	return true;
}

// Returns whether a datagram from a known address of an edge is within its limit. Whoever forges that address uses
// up this count only; the edge can still prove its address.
static bool
known_passes(struct gate *g, const struct gate_datagram *d, unsigned n)
{
	uint8_t *count = &g->proven[hash(g, d->from, 1u << 16 | d->from->udp_port) % GATE_PROVEN];

	if (!d->known || *count == GATE_PER_PROVEN || g->known == share(GATE_KNOWN_INITS, n))
		return false;
	++*count;
	g->known++;
	return true;
}

static bool
unproven_passes(struct gate *g, const struct gate_datagram *d, unsigned n)
{
	uint8_t *count = &g->sources[hash(g, d->from, 0) % GATE_SOURCES];

	if (*count == share(GATE_PER_SOURCE, n) || g->inits == share(GATE_INITS, n))
		return false;
	++*count;
	g->inits++;
	return true;
}

static enum gate_answer
drop(struct gate_datagram *d, enum wb_drop reason)
{
	d->drop = reason;
	return GATE_DROP;
}

enum gate_answer
gate_hub(struct gate *g, const struct wb_cookie_keys *k, struct gate_datagram *d, unsigned n,
	wb_ns_t now)
{
	const uint8_t *whole = d->data;
	uint8_t from[6], type = d->data[WB_HDR_TYPE];
	size_t whole_len = d->len;

	if (type == WB_DG_HANDSHAKE_PROOF)
		d->data = wb_cookie_init(whole, whole_len, &d->len);
	else if (type != WB_DG_HANDSHAKE_INIT)
		d->data = NULL;
	if (d->data == NULL)
		return drop(d, WB_DROP_BAD_TYPE);
	if (!wb_cookie_shape(WB_DG_HANDSHAKE_INIT, d->data, d->len))
		return drop(d, WB_DROP_AUTH);
	if (!limit_pass(&g->hashes, now, WB_SEC / GATE_HASHES, GATE_HASHES / 16))
		return drop(d, WB_DROP_HANDSHAKE_LIMIT);
	if (!wb_cookie_mac1(k, WB_DG_HANDSHAKE_INIT, d->data, d->len))
		return drop(d, WB_DROP_AUTH);
	begin_second(g, now);
	address_bytes(d->from, from);
	if (type == WB_DG_HANDSHAKE_PROOF && wb_cookie_proves(k, whole, whole_len, from, now))
		return proven_passes(g, d, n) ? GATE_PASS_PROVEN : drop(d, WB_DROP_HANDSHAKE_LIMIT);
	if (known_passes(g, d, n))
		return GATE_PASS_PROVEN;
	return unproven_passes(g, d, n) ? GATE_PASS : GATE_ASK;
}

enum gate_answer
gate_edge(struct gate *g, const struct wb_cookie_keys *k, struct gate_datagram *d, wb_ns_t now)
{
	uint8_t type = d->data[WB_HDR_TYPE];

	if (type == WB_DG_COOKIE && d->len == WB_COOKIE_MESSAGE)
		return limit_pass(&g->cookies, now, WB_SEC / GATE_EDGE_COOKIES, 64)
			       ? GATE_PASS
			       : drop(d, WB_DROP_HANDSHAKE_LIMIT);
	if (type != WB_DG_HANDSHAKE_RESPONSE)
		return drop(d, WB_DROP_BAD_TYPE);
	if (!wb_cookie_shape(type, d->data, d->len))
		return drop(d, WB_DROP_AUTH);
	if (!limit_pass(&g->hashes, now, WB_SEC / GATE_HASHES, GATE_HASHES / 16))
		return drop(d, WB_DROP_HANDSHAKE_LIMIT);
	// Strangers do not know an edge's public key, which it sends to its hub only, sealed.
	return wb_cookie_mac1(k, type, d->data, d->len) ? GATE_PASS_PROVEN : drop(d, WB_DROP_AUTH);
}

void
gate_ask(struct gate *g, const struct wb_cookie_keys *k, const struct gate_datagram *d, wb_ns_t now,
	uint8_t msg[WB_COOKIE_MESSAGE])
{
	uint8_t from[6], nonce[WB_COOKIE_NONCE];

	_Static_assert(sizeof(nonce) == sizeof(g->nonce), "a worker's random start, then counted");
	g->nonce[0]++;
	memcpy(nonce, g->nonce, sizeof(nonce));
	address_bytes(d->from, from);
	wb_cookie_write(k, d->data, d->len, from, now, nonce, msg);
}
