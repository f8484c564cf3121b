// SPDX-License-Identifier: BSD-3-Clause
// One direction of a link: admission, service and arrival of items. The model stands in link.h.
#include <errno.h>
#include <string.h>

#include "link.h"

static void
list_append(struct wb_em_link *l, struct slot_list *list, uint32_t slot)
{
	l->slots[slot].next = NO_SLOT;
	if (list->head == NO_SLOT)
		list->head = slot;
	else
		l->slots[list->tail].next = slot;
	list->tail = slot;
}

static uint32_t
list_take(struct wb_em_link *l, struct slot_list *list)
{
	uint32_t slot = list->head;

	if (slot != NO_SLOT)
		list->head = l->slots[slot].next;
	return slot;
}

static uint32_t
slot_get(struct wb_em_link *l)
{
	uint32_t slot = list_take(l, &l->free);

	if (slot == NO_SLOT && l->fresh < l->max_items)
		slot = l->fresh++;
	return slot;
}

// Lets time pass: items that have been served leave the queue.
static void
advance(struct wb_em_link *l, wb_em_ns_t now)
{
	if (now > l->now)
		l->now = now;
	while (l->queue.head != NO_SLOT && l->slots[l->queue.head].finish <= l->now) {
		const struct slot *s = &l->slots[list_take(l, &l->queue)];

		l->stats.queued_bytes -= s->len;
		l->left_arrival = s->arrival;
	}
}

static int64_t
draw_deviation(struct wb_em_link *l)
{
	if (l->conf.jitter_kind == WB_EM_JITTER_NONE || l->conf.jitter == 0)
		return 0;
	return wb_em_random_normal(&l->random, l->conf.jitter);
}

static void
set_arrival(struct wb_em_link *l, struct slot *s)
{
	int64_t way = (int64_t)l->conf.delay + s->deviation;

	s->arrival = s->finish + (way > 0 ? way : 0);
	if (l->conf.jitter_kind != WB_EM_JITTER_REORDER && s->arrival < l->last_arrival)
		s->arrival = l->last_arrival;
	l->last_arrival = s->arrival;
}

struct wb_em_link *
wb_em_create(const struct wb_em_conf *conf, void *(*alloc)(void *, size_t), void *alloc_ctx,
	wb_em_ns_t now)
{
	struct wb_em_conf c = conf_defaults(conf);
	struct wb_em_link *l;
	size_t slots;

	if (conf_check(conf) < 0 || c.max_items == NO_SLOT)
		return NULL;
	slots = sizeof(*l) + (size_t)c.max_items * sizeof(struct slot);
	l = alloc(alloc_ctx, slots + c.max_items * sizeof(uint32_t));
	if (l == NULL)
		return NULL;
	memset(l, 0, sizeof(*l));
	l->heap = (uint32_t *)((char *)l + slots);
	l->max_items = c.max_items;
	l->queue.head = l->free.head = l->dropped.head = NO_SLOT;
	l->conf = c;
	l->now = now;
	wb_em_random_seed(&l->random, c.seed);
	service_restart(l, now);
	police_restart(l);
	return l;
}

// Serves the waiting items anew from `now` on, the first one with the bytes that remain of it.
static void
serve_again(struct wb_em_link *l, uint32_t head_left)
{
	uint32_t bytes = head_left;

	for (uint32_t i = l->queue.head; i != NO_SLOT; i = l->slots[i].next) {
		struct slot *s = &l->slots[i];

		s->finish = service_finish(l, bytes > 0 ? bytes : s->len, l->now, &s->start);
		bytes = 0;
	}
}

static uint32_t
head_bytes_left(const struct wb_em_link *l)
{
	const struct slot *s = &l->slots[l->queue.head];
	wb_em_ns_t total = s->finish - s->start, left = s->finish - l->now;

	if (l->conf.trace != NULL || s->start >= l->now || total == 0)
		return s->len;
	return 1 + (uint32_t)((s->len - 1) * (left / 1024 + 1) / (total / 1024 + 1));
}

int
wb_em_configure(struct wb_em_link *l, const struct wb_em_conf *conf, wb_em_ns_t now)
{
	struct wb_em_conf c = conf_defaults(conf);
	uint32_t head_left = 0;
	bool other_service;

	if (conf_check(conf) < 0)
		return -EINVAL;
	advance(l, now);
	other_service = c.rate != l->conf.rate || c.trace != l->conf.trace ||
			memcmp(&c.pauses, &l->conf.pauses, sizeof(c.pauses)) != 0;
	if (other_service && l->queue.head != NO_SLOT)
		head_left = head_bytes_left(l);
	if (c.police_rate != l->conf.police_rate || c.police_bytes != l->conf.police_bytes)
		police_restart(l);
	if (c.seed != l->conf.seed)
		wb_em_random_seed(&l->random, c.seed);
	if (other_service && c.trace != l->conf.trace) {
		l->conf = c;
		service_restart(l, l->now);
	}
	l->conf = c;
	if (other_service) {
		service_free_from(l, l->now);
		serve_again(l, head_left);
	}
	l->last_arrival = l->left_arrival;
	for (uint32_t i = l->queue.head; i != NO_SLOT; i = l->slots[i].next)
		set_arrival(l, &l->slots[i]);
	heap_rebuild(l);
	return 0;
}

void
wb_em_set_outage(struct wb_em_link *l, bool outage, wb_em_ns_t now)
{
	advance(l, now);
	if (outage && !l->outage) {
		while (l->heap_n > 0) {
			list_append(l, &l->dropped, heap_pop(l));
			l->stats.drops[WB_EM_DROP_OUTAGE]++;
		}
		l->queue.head = NO_SLOT;
		l->stats.queued_bytes = 0;
		l->stats.in_flight = 0;
		l->left_arrival = l->last_arrival = 0;
		service_free_from(l, l->now);
	}
	l->outage = outage;
}

static bool
is_lost(struct wb_em_link *l)
{
	const struct wb_em_conf *c = &l->conf;
	bool lost = false;

	if (c->ge_enter_ppm > 0) {
		if (wb_em_random_chance(&l->random, l->ge_bad ? c->ge_leave_ppm : c->ge_enter_ppm))
			l->ge_bad = !l->ge_bad;
		lost = l->ge_bad && wb_em_random_chance(&l->random, c->ge_loss_ppm);
	}
	if (c->loss_ppm > 0 && wb_em_random_chance(&l->random, c->loss_ppm))
		lost = true;
	return lost;
}

static int
drop(struct wb_em_link *l, enum wb_em_drop reason)
{
	l->stats.drops[reason]++;
	return -(1 + (int)reason);
}

int
wb_em_push(struct wb_em_link *l, void *item, uint32_t len, wb_em_ns_t now)
{
	uint32_t queued, i;
	struct slot *s;

	advance(l, now);
	l->stats.in++;
	l->stats.bytes_in += len;
	if (l->outage)
		return drop(l, WB_EM_DROP_OUTAGE);
	if (l->conf.mtu && len > l->conf.mtu)
		return drop(l, WB_EM_DROP_MTU);
	if (is_lost(l))
		return drop(l, WB_EM_DROP_LOSS);
	if (!police_pass(l, len))
		return drop(l, WB_EM_DROP_POLICE);
	queued = l->stats.queued_bytes;
	if (queued > 0 && (uint64_t)queued + len > l->conf.queue_bytes)
		return drop(l, WB_EM_DROP_QUEUE);
	i = slot_get(l);
	if (i == NO_SLOT)
		return drop(l, WB_EM_DROP_LIMIT);

	s = &l->slots[i];
	*s = (struct slot){ .item = item, .len = len, .seq = l->seq++ };
	s->deviation = draw_deviation(l);
	s->finish = service_finish(l, len, l->now, &s->start);
	set_arrival(l, s);
	heap_push(l, i);
	list_append(l, &l->queue, i);
	l->stats.queued_bytes += len;
	l->stats.in_flight++;
	return 0;
}

unsigned
wb_em_pull(struct wb_em_link *l, void **items, wb_em_ns_t *when, unsigned max, wb_em_ns_t now)
{
	unsigned n = 0;

	advance(l, now);
	while (n < max && l->heap_n > 0 && l->slots[l->heap[0]].arrival <= l->now) {
		uint32_t i = heap_pop(l);
		const struct slot *s = &l->slots[i];

		items[n] = s->item;
		if (when != NULL)
			when[n] = s->arrival;
		l->stats.out++;
		l->stats.bytes_out += s->len;
		n++;
		list_append(l, &l->free, i);
	}
	l->stats.in_flight -= n;
	return n;
}

unsigned
wb_em_reap(struct wb_em_link *l, void **items, unsigned max)
{
	unsigned n = 0;
	uint32_t i;

	while (n < max && (i = list_take(l, &l->dropped)) != NO_SLOT) {
		items[n++] = l->slots[i].item;
		list_append(l, &l->free, i);
	}
	return n;
}

wb_em_ns_t
wb_em_next_deadline(const struct wb_em_link *l)
{
	return l->heap_n > 0 ? l->slots[l->heap[0]].arrival : WB_EM_NEVER;
}

void
wb_em_stats(const struct wb_em_link *l, struct wb_em_stats *s)
{
	*s = l->stats;
}
