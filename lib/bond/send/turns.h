/* SPDX-License-Identifier: BSD-3-Clause */
// A list of those that take turns, in the order in which they do. One of them is an index into the caller's array of
// struct turn, which may stand inside of other structs; it is on one list at most.
#ifndef WB_BOND_TURNS_H
#define WB_BOND_TURNS_H

#include <stddef.h>
#include <stdint.h>

#define TURNS_NONE UINT16_MAX

struct turn {
	uint16_t next;
	uint8_t list; // the caller's number of the list that it is on; 0: on none
};

struct turns {
	uint16_t head, tail; // head: whose turn it is; TURNS_NONE: the list is empty
};

// Where the turns stand: that of index i at base + i x stride.
struct turns_of {
	void *base;
	size_t stride;
};

static inline struct turn *
turns_at(const struct turns_of *of, uint16_t i)
{
	return (struct turn *)((char *)of->base + i * of->stride);
}

// Puts i at the end. list: the caller's number of this list, not 0.
static inline void
turns_append(struct turns *l, const struct turns_of *of, uint16_t i, uint8_t list)
{
	struct turn *t = turns_at(of, i);

	t->next = TURNS_NONE;
	t->list = list;
	if (l->head == TURNS_NONE)
		l->head = i;
	else
		turns_at(of, l->tail)->next = i;
	l->tail = i;
}

// Takes the first one off; there is one. Returns its index.
static inline uint16_t
turns_take(struct turns *l, const struct turns_of *of)
{
	uint16_t i = l->head;
	struct turn *t = turns_at(of, i);

	l->head = t->next;
	t->list = 0;
	return i;
}

// Takes i off, wherever it stands on this list; the time goes with the length of the list.
static inline void
turns_remove(struct turns *l, const struct turns_of *of, uint16_t i)
{
	uint16_t before = l->head;

	if (before == i) {
		turns_take(l, of);
		return;
	}
	while (turns_at(of, before)->next != i)
		before = turns_at(of, before)->next;
	turns_at(of, before)->next = turns_at(of, i)->next;
	turns_at(of, i)->list = 0;
	if (l->tail == i)
		l->tail = before;
}

#endif
