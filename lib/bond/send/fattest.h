/* SPDX-License-Identifier: BSD-3-Clause */
// Things by the logarithm of their size: one of the fattest is found without a look at all of them. A thing is an
// index into the caller's array of struct fattest_node, which may stand inside of other structs.
#ifndef WB_BOND_FATTEST_H
#define WB_BOND_FATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FATTEST_NONE UINT16_MAX
#define FATTEST_CLASSES 32 // floor(log2(bytes))
#define FATTEST_TRIES 16   // things of the top class that are compared

struct fattest_node {
	uint32_t bytes;
	uint16_t prev, next;
	uint8_t class; // valid while bytes > 0
};

struct fattest {
	uint32_t classes; // bit i: heads[i] is not empty
	uint16_t heads[FATTEST_CLASSES];
};

// The nodes: that of thing i stands at base + i x stride.
struct fattest_of {
	void *base;
	size_t stride;
};

static inline struct fattest_node *
fattest_node(const struct fattest_of *of, uint16_t i)
{
	return (struct fattest_node *)((char *)of->base + i * of->stride);
}

static inline void
fattest_init(struct fattest *f)
{
	f->classes = 0;
	for (unsigned i = 0; i < FATTEST_CLASSES; i++)
		f->heads[i] = FATTEST_NONE;
}

// Sets how many bytes it has now. Returns false if its class is another one then, and fattest_move() has to be
// called instead.
static inline bool
fattest_stays(struct fattest_node *n, uint32_t bytes)
{
	if (n->bytes == bytes)
		return true;
	if (!n->bytes || !bytes || n->class != 31 - __builtin_clz(bytes))
		return false;
	n->bytes = bytes;
	return true;
}

static inline void
fattest_unlink(struct fattest *f, const struct fattest_of *of, const struct fattest_node *n)
{
	if (n->next != FATTEST_NONE)
		fattest_node(of, n->next)->prev = n->prev;
	if (n->prev != FATTEST_NONE)
		fattest_node(of, n->prev)->next = n->next;
	else if ((f->heads[n->class] = n->next) == FATTEST_NONE)
		f->classes &= ~(1u << n->class);
}

static inline void
fattest_move(struct fattest *f, const struct fattest_of *of, uint16_t i, uint32_t bytes)
{
	struct fattest_node *n = fattest_node(of, i);
	unsigned class;

	if (n->bytes)
		fattest_unlink(f, of, n);
	n->bytes = bytes;
	if (bytes == 0)
		return;
	class = 31 - (unsigned)__builtin_clz(bytes);
	n->class = (uint8_t) class;
	n->prev = FATTEST_NONE;
	n->next = f->heads[class];
	if (n->next != FATTEST_NONE)
		fattest_node(of, n->next)->prev = i;
	f->heads[class] = i;
	f->classes |= 1u << class;
}

// Returns the fattest of the first FATTEST_TRIES of the top class: over half as fat as the fattest of all in any
// case. FATTEST_NONE: all are empty.
static inline uint16_t
fattest_find(const struct fattest *f, const struct fattest_of *of)
{
	uint16_t i, best;

	if (f->classes == 0)
		return FATTEST_NONE;
	i = best = f->heads[31 - __builtin_clz(f->classes)];
	for (unsigned n = 0; i != FATTEST_NONE && n < FATTEST_TRIES;
		n++, i = fattest_node(of, i)->next)
		if (fattest_node(of, i)->bytes > fattest_node(of, best)->bytes)
			best = i;
	return best;
}

#endif
