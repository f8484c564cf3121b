// SPDX-License-Identifier: BSD-3-Clause
// Follows the address of a path's other end (docs/design/path-life.md).
#include "remote.h"

_Static_assert(REMOTE_TOKENS >= REMOTE_LATEST / REMOTE_PROBE + 1,
	"the answer to each probe counts for so long");

void
remote_init(struct remote *r, const struct wb_addr *addr, bool valid)
{
	*r = (struct remote){ .cur = { .addr = *addr, .valid = valid } };
}

static bool
may_try(struct remote *r, bool copy, wb_ns_t now)
{
	wb_ns_t least = r->trial.copy == copy ? 2 * REMOTE_TRIAL_LEAST : REMOTE_TRIAL_LEAST;

	if (r->trial.addr.family && now < r->trial.since + least)
		return false;
	if (r->trials_until > now + (REMOTE_TRIAL_BURST - 1) * REMOTE_TRIAL_EVERY)
		return false;
	r->trials_until = (r->trials_until > now ? r->trials_until : now) + REMOTE_TRIAL_EVERY;
	return true;
}

static void
credit(struct remote_addr *a, uint32_t bytes, wb_ns_t now)
{
	a->heard = now;
	if (!a->valid)
		a->credit += REMOTE_AMPLIFY * (uint64_t)bytes;
}

bool
remote_heard(struct remote *r, const struct wb_addr *from, uint32_t bytes, enum remote_news news,
	wb_ns_t now)
{
	bool copy = news == REMOTE_COPY;

	if (addr_equal(from, &r->cur.addr)) {
		credit(&r->cur, bytes, now);
		return false;
	}
	if (r->trial.addr.family && addr_equal(from, &r->trial.addr)) {
		credit(&r->trial, bytes, now);
		return false;
	}
	if (news == REMOTE_OLD || !may_try(r, copy, now))
		return false;
	r->trial =
		(struct remote_addr){ .addr = *from, .since = now, .probe_at = now, .copy = copy };
	credit(&r->trial, bytes, now);
	return true;
}

void
remote_asked(struct remote_addr *a, uint64_t token, wb_ns_t now)
{
	unsigned i = a->probes++ % REMOTE_TOKENS;

	a->tokens[i] = token;
	a->asked[i] = now;
	a->probe_at = now + REMOTE_PROBE;
}

static bool
prove(struct remote_addr *a, uint64_t token, wb_ns_t now)
{
	for (unsigned i = 0; i < REMOTE_TOKENS; i++) {
		if (a->addr.family && token != 0 && a->tokens[i] == token &&
			now <= a->asked[i] + REMOTE_LATEST) {
			a->valid = true;
			a->answered = a->asked[i];
			a->proven = a->asked[i] > a->proven ? a->asked[i] : a->proven;
			return true;
		}
	}
	return false;
}

struct remote_addr *
remote_answered(struct remote *r, uint64_t token, wb_ns_t now)
{
	if (prove(&r->cur, token, now))
		return &r->cur;
	if (prove(&r->trial, token, now))
		return &r->trial;
	return prove(&r->back, token, now) ? &r->back : NULL;
}

// Takes `to` into use and sets cur aside.
static void
move(struct remote *r, struct remote_addr *to, wb_ns_t since, wb_ns_t now)
{
	struct remote_addr old = r->cur;

	r->cur = *to;
	to->addr.family = 0;
	if (!old.valid)
		return;
	old.since = since;
	old.probes = 0;
	old.probe_at = now + REMOTE_PROBE;
	r->back = old;
}

static bool
proven_since(const struct remote_addr *a, wb_ns_t since)
{
	return a->addr.family && a->valid && a->proven >= since;
}

bool
remote_settle(struct remote *r, wb_ns_t late, bool works, wb_ns_t now)
{
	struct remote_addr *t = &r->trial;

	if (proven_since(&r->back, r->back.since)) {
		r->cur = r->back;
		r->back.addr.family = 0;
		return true;
	}
	if (t->addr.family == 0)
		return false;
	if (proven_since(&r->cur, t->since)) {
		t->addr.family = 0;
		return false;
	}
	if (t->valid && (!r->cur.valid || !works || now >= t->since + late)) {
		move(r, t, t->since, now);
		return true;
	}
	if (now >= t->heard + REMOTE_QUIET)
		t->addr.family = 0;
	return false;
}

// Returns when to probe it next. One that was left is of interest if it answers at once, or when nothing else
// does.
static wb_ns_t
due(const struct remote *r, const struct remote_addr *a, bool works)
{
	wb_ns_t heard = r->cur.heard > r->trial.heard ? r->cur.heard : r->trial.heard;

	if (a->addr.family == 0 || (a == &r->trial && a->valid))
		return WB_NEVER;
	if (a == &r->back && a->probes >= REMOTE_BACK_PROBES &&
		(works || a->probe_at > heard + REMOTE_QUIET))
		return WB_NEVER;
	return a->probe_at;
}

struct remote_addr *
remote_due(struct remote *r, bool works, wb_ns_t now)
{
	if (now >= due(r, &r->trial, works))
		return &r->trial;
	return now >= due(r, &r->back, works) ? &r->back : NULL;
}

wb_ns_t
remote_next_deadline(const struct remote *r, wb_ns_t late, bool works, wb_ns_t now)
{
	wb_ns_t at = due(r, &r->trial, works), back = due(r, &r->back, works);
	const struct remote_addr *t = &r->trial;

	at = back < at ? back : at;
	if (t->addr.family && t->valid && t->since + late > now && t->since + late < at)
		at = t->since + late;
	if (t->addr.family && t->heard + REMOTE_QUIET < at)
		at = t->heard + REMOTE_QUIET;
	return at;
}

static struct remote_addr *
find(const struct remote *r, const struct wb_addr *to)
{
	const struct remote_addr *a = addr_equal(to, &r->cur.addr) ? &r->cur
				      : r->trial.addr.family && addr_equal(to, &r->trial.addr)
					      ? &r->trial
					      : NULL;

	return (struct remote_addr *)(uintptr_t)a;
}

bool
remote_allows(const struct remote *r, const struct wb_addr *to, uint32_t bytes)
{
	const struct remote_addr *a = find(r, to);

	return a == NULL || a->valid || a->credit >= bytes;
}

void
remote_spend_at(struct remote *r, const struct wb_addr *to, uint32_t bytes)
{
	struct remote_addr *a = find(r, to);

	if (a && !a->valid)
		a->credit -= bytes < a->credit ? bytes : a->credit;
}
