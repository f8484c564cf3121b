// SPDX-License-Identifier: BSD-3-Clause
#include "train.h"

void
train_init(struct train *t, wb_ns_t at)
{
	*t = (struct train){ .at = at, .size = TRAIN_FIRST };
}

void
train_begin(struct train *t)
{
	t->left = t->size;
	t->flies = true;
	t->answered[0] = t->answered[1] = false;
	t->token[0] = t->token[1] = 0;
	t->bytes = 0;
}

void
train_sent(struct train *t, uint32_t bytes, uint64_t token, wb_ns_t give_up_at)
{
	if (t->left == t->size)
		t->token[0] = token;
	else
		t->bytes += bytes;
	if (--t->left == 0)
		t->token[1] = token;
	t->at = give_up_at;
}

// As long as it takes to arrive in TRAIN_SPAN and a quarter more.
static unsigned
next_size(unsigned size, wb_ns_t span)
{
	wb_ns_t want = TRAIN_SPAN + TRAIN_SPAN / 4;
	unsigned n = size * TRAIN_GROWTH;

	if (span * TRAIN_GROWTH > want)
		n = (unsigned)(size * want / span) + 1;
	return n < TRAIN_MOST ? n : TRAIN_MOST;
}

uint64_t
train_answered(struct train *t, uint64_t token, uint32_t recv_us, wb_ns_t now)
{
	wb_ns_t span;
	int32_t us;

	if (!t->flies || token == 0)
		return 0;
	for (unsigned i = 0; i < 2; i++) {
		if (token == t->token[i]) {
			t->answered[i] = true;
			t->recv_us[i] = recv_us;
		}
	}
	if (!t->answered[0] || !t->answered[1])
		return 0;
	us = (int32_t)(t->recv_us[1] - t->recv_us[0]);
	span = us > 0 ? (wb_ns_t)us * WB_US : 0;
	t->flies = false;
	t->tries = 0;
	t->at = span >= TRAIN_SPAN || t->size >= TRAIN_MOST ? WB_NEVER : now;
	t->size = next_size(t->size, span);
	return (uint64_t)t->bytes * 8 * WB_SEC / (span > TRAIN_LEAST ? span : TRAIN_LEAST);
}

void
train_failed(struct train *t, wb_ns_t now)
{
	t->flies = false;
	t->at = ++t->tries < TRAIN_TRIES ? now : WB_NEVER;
}
