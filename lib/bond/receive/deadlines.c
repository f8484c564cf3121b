// SPDX-License-Identifier: BSD-3-Clause
// Keeps buckets in the order of their deadlines, in a binary heap.
#include <string.h>

#include "deadlines.h"

void
deadlines_init(struct deadlines *d)
{
	memset(d, 0, sizeof(*d));
}

static void
place(struct deadlines *d, uint32_t i, uint16_t id)
{
	d->heap[i] = id;
	d->slot[id] = (uint16_t)(i + 1);
}

static void
sift_up(struct deadlines *d, uint32_t i, uint16_t id)
{
	while (i > 0 && d->at[id] < d->at[d->heap[(i - 1) / 2]]) {
		place(d, i, d->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(d, i, id);
}

static void
sift_down(struct deadlines *d, uint32_t i, uint16_t id)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < d->n && d->at[d->heap[child + 1]] < d->at[d->heap[child]])
			child++;
		if (child >= d->n || d->at[id] <= d->at[d->heap[child]])
			break;
		place(d, i, d->heap[child]);
		i = child;
	}
	place(d, i, id);
}

void
deadlines_set(struct deadlines *d, uint16_t id, wb_ns_t at)
{
	wb_ns_t before = d->at[id];

	d->at[id] = at;
	if (d->slot[id] == 0)
		sift_up(d, d->n++, id);
	else if (at < before)
		sift_up(d, d->slot[id] - 1u, id);
	else if (at > before)
		sift_down(d, d->slot[id] - 1u, id);
}

void
deadlines_clear(struct deadlines *d, uint16_t id)
{
	uint32_t i = d->slot[id];
	uint16_t last;

	if (i-- == 0)
		return;
	d->slot[id] = 0;
	last = d->heap[--d->n];
	if (last == id)
		return;
	if (i > 0 && d->at[last] < d->at[d->heap[(i - 1) / 2]])
		sift_up(d, i, last);
	else
		sift_down(d, i, last);
}
