// SPDX-License-Identifier: BSD-3-Clause
// Chooses among the hub's addresses.
#include "hub_move.h"

#include <string.h>

static bool
same(const uint8_t a[4], const uint8_t b[4])
{
	return memcmp(a, b, 4) == 0;
}

// Returns the place of an address in the list, or n.
static unsigned
find(const uint8_t list[][4], unsigned n, const uint8_t ip[4])
{
	unsigned i = 0;

	while (i < n && !same(list[i], ip))
		i++;
	return i;
}

static enum hub_step
use(struct hub_move *m, const uint8_t ip[4], wb_ns_t now)
{
	memcpy(m->in_use, ip, 4);
	memcpy(m->target, ip, 4);
	m->known = true;
	m->since = now;
	return HUB_USE;
}

// Tries the next address besides the one in use; without one the attempt is over.
static enum hub_step
try_next(struct hub_move *m, const uint8_t list[][4], unsigned n, wb_ns_t now)
{
	m->since = now;
	for (; m->left > 0; m->left--) {
		const uint8_t *ip = list[m->next++ % n];

		if (same(ip, m->in_use))
			continue;
		memcpy(m->target, ip, 4);
		m->left--;
		return HUB_TRY;
	}
	if (same(m->target, m->in_use))
		return HUB_STAY; // there was none
	memcpy(m->target, m->in_use, 4);
	return HUB_RETURN;
}

static enum hub_step
without_session(struct hub_move *m, const uint8_t list[][4], unsigned n, wb_ns_t since, wb_ns_t now)
{
	unsigned at = find(list, n, m->in_use);

	if (!same(m->target, m->in_use)) // its session has ended meanwhile
		return use(m, m->target, now);
	if (at == n)
		return use(m, list[0], now);
	if (n == 1 || now - since < HUB_MOVE_TRY)
		return HUB_STAY;
	return use(m, list[(at + 1) % n], now);
}

static wb_ns_t
again_after(unsigned failures)
{
	wb_ns_t wait = HUB_MOVE_AGAIN_LEAST;

	for (unsigned i = 1; i < failures && wait < HUB_MOVE_AGAIN_MOST; i++)
		wait *= 2;
	return wait < HUB_MOVE_AGAIN_MOST ? wait : HUB_MOVE_AGAIN_MOST;
}

static enum hub_step
with_session(struct hub_move *m, const uint8_t list[][4], unsigned n, bool silent, wb_ns_t now)
{
	unsigned at = find(list, n, m->in_use);
	enum hub_step step;

	if (same(m->target, m->in_use)) {
		if (!silent && (at < n || now < m->again_at))
			return HUB_STAY;
		m->silent = silent;
		m->next = at < n ? at + 1 : 0;
		m->left = n;
		return try_next(m, list, n, now);
	}
	if (at < n && !m->silent) { // it is listed again
		memcpy(m->target, m->in_use, 4);
		m->since = now;
		return HUB_RETURN;
	}
	if (now - m->since < HUB_MOVE_TRY)
		return HUB_STAY;
	step = try_next(m, list, n, now);
	if (step == HUB_RETURN)
		m->again_at = now + again_after(++m->failures);
	return step;
}

enum hub_step
hub_move_step(struct hub_move *m, const uint8_t list[][4], unsigned n, const struct hub_seen *seen,
	wb_ns_t now)
{
	wb_ns_t since = seen->trying_since > m->since ? seen->trying_since : m->since;
	bool answered = seen->handshakes != m->handshakes;

	m->handshakes = seen->handshakes;
	if (n == 0)
		return HUB_STAY;
	if (!m->known)
		return use(m, list[0], now);
	if (!seen->running)
		return HUB_STAY;
	if (answered && seen->session && !same(m->target, m->in_use) && !seen->inside_answered) {
		memcpy(m->in_use, m->target, 4);
		m->failures = 0;
		return HUB_MOVED;
	}
	if (!seen->session)
		return without_session(m, list, n, since, now);
	return with_session(m, list, n, seen->outside && now - since >= HUB_MOVE_TRY, now);
}

void
hub_move_anew(struct hub_move *m)
{
	m->failures = 0;
	m->again_at = 0;
}
