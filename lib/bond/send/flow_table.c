// SPDX-License-Identifier: BSD-3-Clause
// Gives flows their bucket and hosts their slot, by keyed hashes (docs/design/flow-queue.md).
#include "flow_table.h"

#include <limits.h>

#include "wb_mix.h"

#define NO_WAY UINT_MAX

// Hashes with the seed, without which nobody outside can aim at one set.
static uint64_t
mix(const struct flow_table *t, uint32_t x)
{
	return wb_mix(x ^ t->seed);
}

static unsigned
set_of_flow(uint64_t mixed)
{
	return (unsigned)mixed % (WB_BUCKETS / FLOW_TABLE_WAYS) * FLOW_TABLE_WAYS;
}

static unsigned
find(const uint32_t *tags, unsigned ways, uint32_t tag)
{
	for (unsigned i = 0; i < ways; i++)
		if (tags[i] == tag)
			return i;
	return NO_WAY;
}

static bool
is_stale(uint32_t tag, uint32_t seen, uint32_t time)
{
	return tag == 0 || time - seen > FLOW_TABLE_TIME(FLOW_TABLE_STALE);
}

static unsigned
find_stale_host(const struct flow_table *t, unsigned set, unsigned first, uint32_t time)
{
	for (unsigned k = 0; k < FLOW_TABLE_HOST_WAYS; k++) {
		unsigned i = (first + k) % FLOW_TABLE_HOST_WAYS;

		if (is_stale(t->hosts[set + i], t->host_seen[set + i], time))
			return i;
	}
	return NO_WAY;
}

static uint16_t
find_host(struct flow_table *t, uint32_t host, uint32_t time)
{
	uint64_t h = mix(t, host);
	unsigned set =
		(unsigned)h % (FLOW_TABLE_HOSTS / FLOW_TABLE_HOST_WAYS) * FLOW_TABLE_HOST_WAYS;
	unsigned first = (unsigned)(h >> 16) % FLOW_TABLE_HOST_WAYS;
	unsigned i = find(t->hosts + set, FLOW_TABLE_HOST_WAYS, flow_table_tag(host));

	if (i == NO_WAY) {
		i = find_stale_host(t, set, first, time);
		if (i == NO_WAY)
			return (uint16_t)(set + first); // shared
		t->hosts[set + i] = flow_table_tag(host);
	}
	t->host_seen[set + i] = time;
	return (uint16_t)(set + i);
}

static unsigned
find_stale_flow(const struct flow_table *t, unsigned set, unsigned first, uint32_t time)
{
	for (unsigned k = 0; k < FLOW_TABLE_WAYS; k++) {
		unsigned i = (first + k) % FLOW_TABLE_WAYS;

		if (!t->busy[set + i] && is_stale(t->flows[set + i], t->flow_seen[set + i], time))
			return i;
	}
	return NO_WAY;
}

// Returns a bucket of the host that has most of the set, if that has two more than `host`: one in which nothing
// waits, if any.
static unsigned
find_fat(const uint16_t *owners, const bool *busy, unsigned first, uint16_t host)
{
	unsigned counts[FLOW_TABLE_WAYS] = { 0 }, own = 0, most = first;

	for (unsigned i = 0; i < FLOW_TABLE_WAYS; i++) {
		for (unsigned k = 0; k < FLOW_TABLE_WAYS; k++)
			counts[i] += owners[i] == owners[k];
		own += owners[i] == host;
	}
	for (unsigned i = 0; i < FLOW_TABLE_WAYS; i++)
		if (counts[i] > counts[most])
			most = i;
	if (counts[most] < own + 2)
		return NO_WAY;
	for (unsigned i = 0; i < FLOW_TABLE_WAYS && busy[most]; i++)
		if (owners[i] == owners[most] && !busy[i])
			most = i;
	return most;
}

static unsigned
find_own(const uint16_t *owners, unsigned first, uint16_t host)
{
	for (unsigned k = 0; k < FLOW_TABLE_WAYS; k++) {
		unsigned i = (first + k) % FLOW_TABLE_WAYS;

		if (owners[i] == host)
			return i;
	}
	return first;
}

static uint16_t
find_flow(struct flow_table *t, uint32_t flow, uint16_t host, uint32_t time, bool *fresh)
{
	uint64_t h = mix(t, flow);
	unsigned set = set_of_flow(h), first = (unsigned)(h >> 16) % FLOW_TABLE_WAYS;
	unsigned i = find(t->flows + set, FLOW_TABLE_WAYS, flow_table_tag(flow));

	if (i == NO_WAY) {
		i = find_stale_flow(t, set, first, time);
		if (i == NO_WAY)
			i = find_fat(t->owners + set, t->busy + set, first, host);
		if (i == NO_WAY)
			return (uint16_t)(set + find_own(t->owners + set, first, host));
		t->flows[set + i] = flow_table_tag(flow);
		*fresh = true;
	}
	t->owners[set + i] = host; // the host's slot may be another one than when the flow came
	t->flow_seen[set + i] = time;
	return (uint16_t)(set + i);
}

struct flow_place
flow_table_search(struct flow_table *t, const struct wb_pkt *pkt, uint32_t time)
{
	struct flow_place p = { .host = find_host(t, pkt->host, time) };

	p.bucket = find_flow(t, pkt->hash, p.host, time, &p.fresh);
	return p;
}

uint16_t
flow_table_guess(const struct flow_table *t, uint32_t flow)
{
	uint64_t h = mix(t, flow);
	unsigned set = set_of_flow(h),
		 i = find(t->flows + set, FLOW_TABLE_WAYS, flow_table_tag(flow));

	return (uint16_t)(set + (i != NO_WAY ? i : (unsigned)(h >> 16) % FLOW_TABLE_WAYS));
}
