// SPDX-License-Identifier: BSD-3-Clause
// A binary heap of slot numbers, ordered by (arrival, seq).
#include "link.h"

static bool
before(const struct wb_em_link *l, uint32_t a, uint32_t b)
{
	const struct slot *x = &l->slots[a], *y = &l->slots[b];

	return x->arrival < y->arrival || (x->arrival == y->arrival && x->seq < y->seq);
}

static void
sift_down(struct wb_em_link *l, uint32_t i)
{
	uint32_t slot = l->heap[i], child;

	while ((child = 2 * i + 1) < l->heap_n) {
		if (child + 1 < l->heap_n && before(l, l->heap[child + 1], l->heap[child]))
			child++;
		if (before(l, slot, l->heap[child]))
			break;
		l->heap[i] = l->heap[child];
		i = child;
	}
	l->heap[i] = slot;
}

void
heap_push(struct wb_em_link *l, uint32_t slot)
{
	uint32_t i = l->heap_n++;

	while (i > 0 && before(l, slot, l->heap[(i - 1) / 2])) {
		l->heap[i] = l->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	l->heap[i] = slot;
}

uint32_t
heap_pop(struct wb_em_link *l)
{
	uint32_t top = l->heap[0];

	l->heap[0] = l->heap[--l->heap_n];
	if (l->heap_n > 0)
		sift_down(l, 0);
	return top;
}

void
heap_rebuild(struct wb_em_link *l)
{
	for (uint32_t i = l->heap_n / 2; i-- > 0;)
		sift_down(l, i);
}
