// SPDX-License-Identifier: BSD-3-Clause
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

#define CHUNK_OBJECTS 256

void
sim_fatal(const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	// Parts of it come from files: nothing in them may move the terminal's cursor.
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	fprintf(stderr, "wanbond-sim: %s\n", text);
	exit(2);
}

void *
sim_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (p == NULL)
		sim_fatal("out of memory");
	return p;
}

void
sim_init(struct sim *s)
{
	*s = (struct sim){ .room = 1024 };
	s->heap = sim_alloc(s->room * sizeof(*s->heap));
}

void
sim_free(struct sim *s)
{
	free(s->heap);
}

void
sim_timer_init(struct sim_timer *t, void (*fn)(void *arg, wb_ns_t now), void *arg)
{
	*t = (struct sim_timer){ .fn = fn, .arg = arg };
}

static bool
before(const struct sim_timer *a, const struct sim_timer *b)
{
	return a->when < b->when || (a->when == b->when && a->order < b->order);
}

static void
place(struct sim *s, uint32_t i, struct sim_timer *t)
{
	s->heap[i] = t;
	t->pos = i + 1;
}

static void
sift_up(struct sim *s, uint32_t i, struct sim_timer *t)
{
	while (i > 0 && before(t, s->heap[(i - 1) / 2])) {
		place(s, i, s->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(s, i, t);
}

static void
sift_down(struct sim *s, uint32_t i, struct sim_timer *t)
{
	for (uint32_t child; (child = 2 * i + 1) < s->n; i = child) {
		if (child + 1 < s->n && before(s->heap[child + 1], s->heap[child]))
			child++;
		if (!before(s->heap[child], t))
			break;
		place(s, i, s->heap[child]);
	}
	place(s, i, t);
}

// Takes place i out of the heap.
static void
take_out(struct sim *s, uint32_t i)
{
	struct sim_timer *last = s->heap[--s->n];

	if (i == s->n)
		return;
	if (i > 0 && before(last, s->heap[(i - 1) / 2]))
		sift_up(s, i, last);
	else
		sift_down(s, i, last);
}

void
sim_timer_stop(struct sim *s, struct sim_timer *t)
{
	if (t->pos == 0)
		return;
	take_out(s, t->pos - 1);
	t->pos = 0;
}

static void
make_room(struct sim *s)
{
	if (s->n < s->room)
		return;
	s->room *= 2;
	s->heap = realloc(s->heap, s->room * sizeof(*s->heap));
	if (s->heap == NULL)
		sim_fatal("out of memory");
}

void
sim_timer_set(struct sim *s, struct sim_timer *t, wb_ns_t when)
{
	wb_ns_t was = t->when;

	if (when == WB_NEVER) {
		sim_timer_stop(s, t);
		return;
	}
	t->when = when > s->now ? when : s->now;
	t->order = s->order++;
	if (t->pos != 0 && t->when >= was) { // later than before: down from where it is
		sift_down(s, t->pos - 1, t);
	} else if (t->pos != 0) {
		sift_up(s, t->pos - 1, t);
	} else if (s->hole) {
		s->hole = false;
		sift_down(s, 0, t);
	} else {
		make_room(s);
		sift_up(s, s->n++, t);
	}
}

void
sim_timer_sooner(struct sim *s, struct sim_timer *t, wb_ns_t when)
{
	if (t->pos == 0 || when < t->when)
		sim_timer_set(s, t, when);
}

void
sim_run(struct sim *s, wb_ns_t end)
{
	while (s->n > 0 && s->heap[0]->when <= end) {
		struct sim_timer *t = s->heap[0];

		s->now = t->when;
		s->steps++;
		// Its place stays free: mostly it, or another, is set again at once.
		t->pos = 0;
		s->hole = true;
		t->fn(t->arg, s->now);
		if (s->hole)
			take_out(s, 0);
		s->hole = false;
	}
	s->now = end;
}

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define POOL_IS_MALLOC
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define POOL_IS_MALLOC
#endif

void
pool_init(struct pool *p, size_t size)
{
	*p = (struct pool){ .size = (size + 63) / 64 * 64 };
}

#ifdef POOL_IS_MALLOC
void *
pool_get(struct pool *p)
{
	p->in_use++;
	return sim_alloc(p->size);
}

void
pool_put(struct pool *p, void *obj)
{
	p->in_use--;
	free(obj);
}

void
pool_free(struct pool *p)
{
	(void)p;
}
#else
static void
grow(struct pool *p)
{
	char *chunk = aligned_alloc(64, p->size * CHUNK_OBJECTS);

	if (p->n_chunks == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->chunks = realloc(p->chunks, p->room * sizeof(*p->chunks));
	}
	if (chunk == NULL || p->chunks == NULL)
		sim_fatal("out of memory");
	p->chunks[p->n_chunks++] = chunk;
	for (unsigned i = 0; i < CHUNK_OBJECTS; i++) {
		*(void **)(void *)(chunk + i * p->size) = p->free;
		p->free = chunk + i * p->size;
	}
}

void *
pool_get(struct pool *p)
{
	void *obj;

	if (p->free == NULL)
		grow(p);
	obj = p->free;
	p->free = *(void **)obj;
	p->in_use++;
	return obj;
}

void
pool_put(struct pool *p, void *obj)
{
	*(void **)obj = p->free;
	p->free = obj;
	p->in_use--;
}

void
pool_free(struct pool *p)
{
	for (uint32_t i = 0; i < p->n_chunks; i++)
		free(p->chunks[i]);
	free(p->chunks);
}
#endif
