// SPDX-License-Identifier: BSD-3-Clause
// Searches a path's MTU as RFC 8899 does (docs/design/path-mtu.md).
#include "pmtu.h"

// Returns the next size to try; 0: what passed and what failed are near enough.
static uint16_t
next_size(const struct pmtu *p)
{
	if (p->mtu >= p->max)
		return 0;
	if (p->failed > p->max)
		return p->max;
	if (p->failed - p->mtu <= PMTU_STEP)
		return 0;
	if (p->mtu < PMTU_PPPOE && p->failed > PMTU_PPPOE)
		return PMTU_PPPOE;
	return (uint16_t)(p->mtu + (p->failed - p->mtu) / 2);
}

static void
step(struct pmtu *p, wb_ns_t now)
{
	p->tries = 0;
	p->probe = next_size(p);
	p->complete = p->probe == 0;
	p->at = now;
	if (!p->complete)
		return;
	p->settled = p->mtu;
	p->at = p->mtu < p->max ? now + PMTU_RAISE : WB_NEVER;
}

static void
search(struct pmtu *p, wb_ns_t now)
{
	p->failed = (uint16_t)(p->max + 1);
	step(p, now);
}

void
pmtu_init(struct pmtu *p, uint16_t max, bool discover, wb_ns_t now)
{
	max = max < WB_MTU_BASE ? WB_MTU_BASE : max;
	max = max == UINT16_MAX ? UINT16_MAX - 1 : max;
	*p = (struct pmtu){ .max = max, .settled = max, .small_since = WB_NEVER };
	p->mtu = discover ? WB_MTU_BASE : max;
	search(p, now);
}

void
pmtu_set_max(struct pmtu *p, uint16_t max, wb_ns_t now)
{
	max = max < WB_MTU_BASE ? WB_MTU_BASE : max;
	max = max == UINT16_MAX ? UINT16_MAX - 1 : max;
	if (max == p->max)
		return;
	p->max = max;
	p->mtu = p->mtu < max ? p->mtu : max;
	p->settled = p->complete && p->settled < max ? p->settled : max;
	search(p, now);
}

wb_ns_t
pmtu_due(const struct pmtu *p)
{
	return p->at;
}

uint16_t
pmtu_poll(struct pmtu *p, wb_ns_t now)
{
	if (now < p->at)
		return 0;
	if (p->complete) {
		search(p, now);
	} else if (p->tries == PMTU_TRIES) {
		p->failed = p->probe;
		step(p, now);
	}
	return p->probe;
}

void
pmtu_sent(struct pmtu *p, wb_ns_t wait, wb_ns_t now)
{
	p->tries++;
	p->at = now + wait;
}

void
pmtu_acked(struct pmtu *p, uint16_t size, wb_ns_t now)
{
	if (size <= p->mtu || size > p->max)
		return;
	p->mtu = size;
	if (p->failed <= size) // it was only slow, or lost
		p->failed = (uint16_t)(p->max + 1);
	step(p, now);
}

bool
pmtu_settled(struct pmtu *p, uint32_t largest_acked, wb_ns_t small_sent, uint32_t large_lost,
	wb_ns_t now)
{
	if (largest_acked > WB_MTU_BASE) {
		// What was lost with it was sent before it: a full queue, which refuses the large ones first.
		p->large_lost = large_lost = 0;
		p->small_since = WB_NEVER;
	}
	if (p->large_lost == 0)
		p->lost_at = now;
	p->large_lost += large_lost;
	if (small_sent && p->small_since == WB_NEVER)
		p->small_since = small_sent;
	if (p->large_lost < PMTU_LARGE_LOST || now < p->lost_at + PMTU_LOST_FOR ||
		p->mtu == WB_MTU_BASE)
		return false;
	p->black_holes++;
	p->large_lost = 0;
	p->small_since = WB_NEVER;
	p->mtu = WB_MTU_BASE;
	search(p, now);
	return true;
}
