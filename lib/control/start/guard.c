// SPDX-License-Identifier: BSD-3-Clause
// Binds our UDP port in the kernel. So no other program gets it, and the kernel never answers a datagram with
// "port unreachable", even before the filters are in place.
#include "guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "wb_wire.h"

static int
bind_port(int fd, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
}

static int
hold(int fd, const struct wb_config *c, uint16_t *port)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &drop };
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	uint16_t wanted = c->listen != 0 ? c->listen : WB_UDP_PORT;
	int r;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		return -errno;
	r = bind_port(fd, wanted);
	// an edge's own port may be any, as the hub answers to the source of a datagram
	if (r == -EADDRINUSE && c->role != WB_CONFIG_HUB)
		r = bind_port(fd, 0);
	if (r < 0) {
		ctl_err("UDP port %u: %s", wanted,
			r == -EADDRINUSE ? "in use by another program (see: ss -ulpn)"
					 : strerror(-r));
		return r;
	}
	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return -errno;
	*port = ntohs(a.sin_port);
	return 0;
}

int
guard_open(const struct wb_config *c, uint16_t *port)
{
	int r, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	r = hold(fd, c, port);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}
