// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "carrier.h"

struct carrier {
	pthread_t thread;
	int pipe[2];
	int socket; // of the namespace that the emulator was started in
};

struct order {
	char kernel_if[IF_NAMESIZE];
	bool up;
};

static int
set_up(int socket, const struct order *o)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, o->kernel_if, sizeof(r.ifr_name));
	if (ioctl(socket, SIOCGIFFLAGS, &r) < 0)
		return -errno;
	r.ifr_flags = o->up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP;
	return ioctl(socket, SIOCSIFFLAGS, &r) < 0 ? -errno : 0;
}

static void *
run(void *arg)
{
	struct carrier *c = arg;
	struct order o;

	while (read(c->pipe[0], &o, sizeof(o)) == sizeof(o)) {
		int rc = set_up(c->socket, &o);

		if (rc < 0)
			fprintf(stderr, "wanbond-emu: cannot take %s %s: %s\n", o.kernel_if,
				o.up ? "up" : "down", strerror(-rc));
	}
	return NULL;
}

struct carrier *
carrier_start(void)
{
	struct carrier *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return NULL;
	c->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	rc = c->socket < 0 || pipe2(c->pipe, O_CLOEXEC) < 0 ? errno : 0;
	if (rc == 0)
		rc = pthread_create(&c->thread, NULL, run, c);
	if (rc != 0) {
		free(c);
		errno = rc;
		return NULL;
	}
	return c;
}

void
carrier_set(struct carrier *c, const char *kernel_if, bool up)
{
	struct order o = { .up = up };

	if (kernel_if[0] == '\0')
		return;
	snprintf(o.kernel_if, sizeof(o.kernel_if), "%s", kernel_if);
	// The pipe takes more than a thousand orders before it blocks.
	if (write(c->pipe[1], &o, sizeof(o)) != sizeof(o))
		fprintf(stderr, "wanbond-emu: %s: order lost\n", kernel_if);
}

void
carrier_stop(struct carrier *c)
{
	close(c->pipe[1]);
	pthread_join(c->thread, NULL);
	close(c->pipe[0]);
	close(c->socket);
	free(c);
}
