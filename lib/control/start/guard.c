// SPDX-License-Identifier: BSD-3-Clause
// Holds our UDP port in the kernel, so that no other program gets it and nothing is ever answered
// with "port unreachable", even in the moment before the filters are in place.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "log.h"
#include "wb_wire.h"

static int
bind_port(int fd, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
}

int
guard_open(struct control *ctl)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &drop };
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	bool hub = ctl->conf->role == WB_CONFIG_HUB;
	uint16_t port = ctl->conf->listen != 0 ? ctl->conf->listen : WB_UDP_PORT;
	int r, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ctl->guard_fd = fd;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		return -errno;
	r = bind_port(fd, port);
	// an edge's own port may be any: the hub answers to where it hears it from
	if (r == -EADDRINUSE && !hub)
		r = bind_port(fd, 0);
	if (r < 0) {
		ctl_err("UDP port %u: %s", port,
			r == -EADDRINUSE ? "in use by another program (see: ss -ulpn)"
					 : strerror(-r));
		return r;
	}
	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return -errno;
	ctl->udp_port = ntohs(a.sin_port);
	return 0;
}
