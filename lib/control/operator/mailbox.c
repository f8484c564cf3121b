// SPDX-License-Identifier: BSD-3-Clause
// Passes one call at a time from another thread to the control thread.
#include "mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum letter { EMPTY, WAITING, RUNNING, DONE };

struct mailbox {
	pthread_mutex_t lock; // of all below
	pthread_cond_t changed;
	enum letter letter;
	bool closed;
	void (*fn)(void *arg);
	void *arg;
	int fd;
};

struct mailbox *
mailbox_create(void)
{
	struct mailbox *m = calloc(1, sizeof(*m));
	pthread_condattr_t attr;

	if (m == NULL)
		return NULL;
	m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->fd < 0) {
		free(m);
		return NULL;
	}
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->changed, &attr);
	pthread_condattr_destroy(&attr);
	return m;
}

void
mailbox_destroy(struct mailbox *m)
{
	if (m == NULL)
		return;
	close(m->fd);
	pthread_cond_destroy(&m->changed);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

int
mailbox_fd(const struct mailbox *m)
{
	return m->fd;
}

void
mailbox_serve(struct mailbox *m)
{
	uint64_t n;

	if (read(m->fd, &n, sizeof(n)) < 0)
		return;
	pthread_mutex_lock(&m->lock);
	if (m->letter == WAITING) {
		m->letter = RUNNING;
		pthread_mutex_unlock(&m->lock);
		m->fn(m->arg); // the caller waits however long it takes
		pthread_mutex_lock(&m->lock);
		m->letter = DONE;
		pthread_cond_broadcast(&m->changed);
	}
	pthread_mutex_unlock(&m->lock);
}

void
mailbox_close(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	m->closed = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

// Waits for a change until that time. The lock is held.
static int
await(struct mailbox *m, const struct timespec *until)
{
	return -pthread_cond_timedwait(&m->changed, &m->lock, until);
}

int
mailbox_call(struct mailbox *m, void (*fn)(void *arg), void *arg)
{
	uint64_t one = 1;
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&m->lock);
	while (m->letter != EMPTY && !m->closed && r == 0) // another thread is calling
		r = await(m, &until);
	if (m->closed || m->letter != EMPTY) {
		pthread_mutex_unlock(&m->lock);
		return m->closed ? -ESHUTDOWN : -ETIMEDOUT;
	}
	m->fn = fn;
	m->arg = arg;
	m->letter = WAITING;
	if (write(m->fd, &one, sizeof(one)) < 0)
		r = -errno;
	while (m->letter == WAITING && !m->closed && r == 0)
		r = await(m, &until);
	// arg may be on this thread's stack, so a function that runs must be waited for
	while (m->letter == RUNNING)
		pthread_cond_wait(&m->changed, &m->lock);
	if (m->letter == DONE)
		r = 0;
	else if (m->closed)
		r = -ESHUTDOWN;
	m->letter = EMPTY;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	return r;
}
