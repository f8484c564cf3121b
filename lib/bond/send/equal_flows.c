// SPDX-License-Identifier: BSD-3-Clause
// Knows which flows carry much, and whether they are held (docs/design/what-the-sender-sees.md).
#include "equal_flows.h"

#include <string.h>

#include "send_tunables.h"

struct equal_flow *
equal_flows_sent(struct equal_flows *f, uint32_t hash, uint32_t len)
{
	struct equal_flow *flow = equal_flows_find(f, hash);

	if (f->sample_due) {
		f->sample_due = false;
		f->samples[f->sampled++ % EQUAL_SAMPLES] = hash;
	}
	if (flow)
		flow->bytes += len;
	return flow;
}

uint64_t
equal_flows_bytes(const struct equal_flows *f)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < f->n; i++)
		sum += f->flow[i].bytes;
	return sum;
}

unsigned
equal_flows_held(const struct equal_flows *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->n; i++)
		n += f->flow[i].on;
	return n;
}

void
equal_flows_keep_held(struct equal_flows *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->n; i++)
		if (f->flow[i].on)
			f->flow[n++] = f->flow[i];
	f->n = n;
}

void
equal_flows_keep_answered(struct equal_flows *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->n; i++)
		if (f->flow[i].answered)
			f->flow[n++] = f->flow[i];
	f->n = n;
}

void
equal_flows_hold(struct equal_flows *f)
{
	for (unsigned i = 0; i < f->n; i++)
		f->flow[i].on = true;
}

void
equal_flows_drop_light(struct equal_flows *f)
{
	uint64_t sum = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < f->n; i++)
		sum += f->flow[i].bytes - f->flow[i].before;
	for (unsigned i = 0; i < f->n; i++) {
		struct equal_flow *flow = &f->flow[i];

		flow->light =
			(flow->bytes - flow->before) * EQUAL_LIGHT < sum ? flow->light + 1 : 0;
		flow->before = flow->bytes;
		if (flow->light < EQUAL_LIGHT_FOR)
			f->flow[n++] = *flow;
	}
	f->n = n;
}

static bool
was_tried(const struct equal_flows *f, uint32_t hash)
{
	for (unsigned i = 0; i < EQUAL_FLOWS; i++)
		if (f->tried[i] == hash)
			return true;
	return false;
}

void
equal_flows_tried(struct equal_flows *f)
{
	for (unsigned i = 0; i < f->n; i++)
		if (!was_tried(f, f->flow[i].hash))
			f->tried[f->next_tried++ % EQUAL_FLOWS] = f->flow[i].hash;
}

bool
equal_flows_choose(struct equal_flows *f, bool again)
{
	unsigned taken = f->sampled < EQUAL_SAMPLES ? f->sampled : EQUAL_SAMPLES, of_them = 0;
	struct equal_flow chosen[EQUAL_FLOWS];
	unsigned n = 0;
	bool news = false;

	for (unsigned i = 0; i < taken && n < EQUAL_FLOWS; i++) {
		uint32_t hash = f->samples[i];
		const struct equal_flow *held = equal_flows_find(f, hash);
		unsigned count = 0, k = 0;

		while (k < n && chosen[k].hash != hash)
			k++;
		if (k < n)
			continue;
		for (k = 0; k < taken; k++)
			count += f->samples[k] == hash;
		if (count * EQUAL_HEAVY < taken)
			continue;
		of_them += count;
		chosen[n++] = (struct equal_flow){ .hash = hash, .on = held && held->on };
		news |= !held && (again || !was_tried(f, hash));
	}
	if (!news || of_them * 2 < taken)
		return false;
	memcpy(f->flow, chosen, n * sizeof(*chosen));
	f->n = n;
	return true;
}
