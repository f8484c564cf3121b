// SPDX-License-Identifier: BSD-3-Clause
// Opens kernel ports: TAPs (Linux, Documentation/networking/tuntap.rst) and packet sockets (packet(7)), both with
// virtio headers (virtio 1.2, 5.1.6). Reads their counters.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dp.h"
#include "kport.h"
#include "packet_socket.h"

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20 // Linux 6.2
#define TUN_F_USO6 0x40
#endif

#define TSO (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)
#define USO (TUN_F_USO4 | TUN_F_USO6)
#define SOCKET_BYTES (4 << 20) // waiting in a packet socket, a direction

// What a port of n queues is opened on.
struct how {
	const char *name;
	unsigned n, ifindex; // ifindex: of a packet socket
	bool tap, keep;      // keep: the interface outlives the port
	bool raw_ip;
};

// Returns the flags of a TAP. One that outlives its process always has the same, whatever the number of workers.
static int
open_tun(const struct how *how, bool *udp)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), size, err;

	if (fd < 0)
		return -errno;
	if (how->n > 1 || how->keep)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	strncpy(ifr.ifr_name, how->name, sizeof(ifr.ifr_name) - 1);
	size = sizeof(struct virtio_net_hdr);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &size) < 0 ||
		(how->keep && ioctl(fd, TUNSETPERSIST, 1) < 0))
		goto fail;
	*udp = ioctl(fd, TUNSETOFFLOAD, TSO | USO) == 0;
	if (*udp || ioctl(fd, TUNSETOFFLOAD, TSO) == 0)
		return fd;
fail:
	err = errno == EINVAL ? EOPNOTSUPP : errno;
	close(fd);
	return -err;
}

static int
bind_socket(int fd, unsigned ifindex)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)ifindex };

	return bind(fd, (struct sockaddr *)&ll, sizeof(ll)) == 0 ? 0 : -errno;
}

// Without PACKET_QDISC_BYPASS: past the queueing discipline the kernel drops what the card cannot cut.
// Without Ethernet the kernel takes off and adds what is in front of IP, and knows no virtio header.
static int
open_socket(unsigned ifindex, bool raw_ip)
{
	static const struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog prog = { .len = 1, .filter = (struct sock_filter *)(uintptr_t)nothing };
	int type = (raw_ip ? SOCK_DGRAM : SOCK_RAW) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(AF_PACKET, type, 0);
	int on = 1, bytes = SOCKET_BYTES, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0 &&
		(raw_ip || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) == 0) &&
		(ifindex == 0 || bind_socket(fd, ifindex) == 0))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static int
add_queue(struct wb_kport *port, const struct how *how)
{
	struct kport_queue *q =
		aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(sizeof(*q), RTE_CACHE_LINE_SIZE));

	if (q == NULL)
		return -ENOMEM;
	memset(q, 0, sizeof(*q));
	q->cut.done = true;
	q->udp = true;
	q->fd = how->tap ? open_tun(how, &q->udp) : open_socket(how->ifindex, how->raw_ip);
	if (q->fd < 0) {
		int err = q->fd;

		free(q);
		return err;
	}
	port->queues[port->n++] = q;
	return 0;
}

// Reads an interface's hardware type and address, by any socket or TAP.
static int
read_hardware(int fd, const char *name, struct sockaddr *hw)
{
	struct ifreq ifr = { 0 };

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) < 0)
		return -errno;
	*hw = ifr.ifr_hwaddr;
	return 0;
}

bool
wb_kport_is_raw_ip(uint16_t type)
{
	return type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK;
}

// Returns whether the interface of that name exists and has no Ethernet header.
static bool
interface_is_raw_ip(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr hw = { 0 };
	bool raw_ip;

	if (fd < 0)
		return false;
	raw_ip = read_hardware(fd, name, &hw) == 0 && wb_kport_is_raw_ip(hw.sa_family);
	close(fd);
	return raw_ip;
}

static int
read_mac(struct wb_kport *port, const char *name)
{
	static const uint8_t made_up[6] = WB_DP_RAW_IP_MAC;
	struct sockaddr hw = { 0 };
	int err = read_hardware(port->queues[0]->fd, name, &hw);

	if (err == 0)
		memcpy(port->mac, port->raw_ip ? made_up : (uint8_t *)hw.sa_data,
			sizeof(port->mac));
	return err;
}

static int
open_port(const struct how *how, struct wb_kport **port)
{
	struct wb_kport *p = calloc(1, sizeof(*p));
	int err = 0;

	if (p == NULL)
		return -ENOMEM;
	p->tap = how->tap;
	p->ifindex = how->ifindex;
	p->raw_ip = how->raw_ip;
	while (err == 0 && p->n < how->n)
		err = add_queue(p, how);
	if (err == 0 && (how->tap || how->ifindex != 0))
		err = read_mac(p, how->name);
	if (err != 0)
		wb_kport_close(p);
	else
		*port = p;
	return err;
}

int
wb_kport_open_tap(const char *name, unsigned n, struct wb_kport **port)
{
	return open_port(&(struct how){ .name = name, .n = n, .tap = true }, port);
}

int
wb_kport_open_packet(const char *name, struct wb_kport **port)
{
	const struct how how = { .name = name,
		.n = 1,
		.ifindex = if_nametoindex(name),
		.raw_ip = interface_is_raw_ip(name) };

	return open_port(&how, port);
}

static int
set_mac(struct wb_kport *port, const uint8_t mac[6])
{
	struct ifreq ifr = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };

	if (memcmp(port->mac, mac, sizeof(port->mac)) == 0)
		return 0; // setting it again would cause an event
	memcpy(ifr.ifr_hwaddr.sa_data, mac, sizeof(port->mac));
	if (ioctl(port->queues[0]->fd, SIOCSIFHWADDR, &ifr) < 0)
		return -errno;
	memcpy(port->mac, mac, sizeof(port->mac));
	return 0;
}

int
wb_kport_open_mirror(const char *name, unsigned n, const uint8_t mac[6], struct wb_kport **port)
{
	const struct how how = { .name = name, .n = n, .tap = true, .keep = true };
	int err = open_port(&how, port);

	if (err == 0 && (err = set_mac(*port, mac)) != 0) {
		wb_kport_close(*port);
		*port = NULL;
	}
	return err;
}

int
wb_kport_set_carrier(struct wb_kport *port, bool on)
{
	int carrier = on;

	return ioctl(port->queues[0]->fd, TUNSETCARRIER, &carrier) < 0 ? -errno : 0;
}

// Has a trunk's socket receive the tags, and the interface every frame: a card lets in no VLAN that the kernel does
// not know, and no multicast that is for another interface. The membership ends with the interface.
static int
open_trunk(struct wb_kport *port)
{
	struct packet_mreq all = { .mr_ifindex = (int)port->ifindex, .mr_type = PACKET_MR_PROMISC };
	struct kport_queue *q = port->queues[0];
	int on = 1;

	q->trunk = true;
	if (setsockopt(q->fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) != 0 ||
		setsockopt(q->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) != 0)
		return -errno;
	return 0;
}

int
kport_start(struct wb_kport *port, enum wb_dp_use use, uint16_t udp_port)
{
	int err = use == WB_DP_TRUNK && port->ifindex != 0 ? open_trunk(port) : 0;

	port->use = use;
	port->udp_port = udp_port;
	if (err != 0)
		return err;
	return port->tap ? 0
			 : packet_socket_attach(port->queues[0]->fd, use, udp_port, port->raw_ip);
}

// Replaces a port's socket by one of the other kind. Nothing is received from it before it is bound.
static int
change_kind(struct wb_kport *port, bool raw_ip)
{
	int fd = open_socket(0, raw_ip), err = 0;

	if (fd < 0)
		return fd;
	err = packet_socket_attach(fd, port->use, port->udp_port, raw_ip);
	if (err == 0 && dup3(fd, port->queues[0]->fd, O_CLOEXEC) < 0)
		err = -errno;
	close(fd);
	if (err == 0)
		port->raw_ip = raw_ip;
	return err;
}

int
wb_kport_bind(struct wb_kport *port, const char *name)
{
	unsigned ifindex = if_nametoindex(name);
	bool raw_ip = interface_is_raw_ip(name);
	int err = ifindex == 0 ? -ENODEV : 0;

	if (err == 0 && raw_ip != port->raw_ip)
		err = change_kind(port, raw_ip);
	if (err == 0)
		err = bind_socket(port->queues[0]->fd, ifindex);
	if (err != 0)
		return err;
	port->ifindex = ifindex;
	if (port->use == WB_DP_TRUNK && (err = open_trunk(port)) != 0)
		return err;
	return read_mac(port, name);
}

void
wb_kport_close(struct wb_kport *port)
{
	for (unsigned i = 0; port != NULL && i < port->n; i++) {
		close(port->queues[i]->fd);
		free(port->queues[i]);
	}
	free(port);
}

const uint8_t *
wb_kport_mac(const struct wb_kport *port)
{
	return port->mac;
}

bool
wb_kport_raw_ip(const struct wb_kport *port)
{
	return port->raw_ip;
}

int
wb_kport_refusal(struct wb_kport *port)
{
	int err = 0;

	for (unsigned i = 0; i < port->n; i++) {
		if (port->queues[i]->refusal != 0)
			err = port->queues[i]->refusal;
		port->queues[i]->refusal = 0;
	}
	return err;
}

const char *
wb_kport_kind(const struct wb_kport *port)
{
	return port->tap ? "tap" : "packet";
}

static void
add_stats(struct wb_kport_stats *to, const struct wb_kport_stats *s, int sign)
{
	to->rx_packets += sign * s->rx_packets;
	to->rx_bytes += sign * s->rx_bytes;
	to->rx_errors += sign * s->rx_errors;
	to->rx_missed += sign * s->rx_missed;
	to->rx_pieces += sign * s->rx_pieces;
	to->tx_packets += sign * s->tx_packets;
	to->tx_bytes += sign * s->tx_bytes;
	to->tx_errors += sign * s->tx_errors;
	to->tx_pieces += sign * s->tx_pieces;
}

static void
read_stats(struct wb_kport *port, struct wb_kport_stats *s)
{
	struct tpacket_stats lost = { 0 };
	socklen_t len = sizeof(lost);

	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < port->n; i++)
		add_stats(s, &port->queues[i]->stats, 1);
	// the kernel resets this counter whenever it is read
	if (!port->tap &&
		getsockopt(port->queues[0]->fd, SOL_PACKET, PACKET_STATISTICS, &lost, &len) == 0)
		port->missed += lost.tp_drops;
	s->rx_missed = port->missed;
}

void
wb_kport_stats(struct wb_kport *port, struct wb_kport_stats *s)
{
	read_stats(port, s);
	add_stats(s, &port->cleared, -1);
}

void
wb_kport_stats_clear(struct wb_kport *port)
{
	read_stats(port, &port->cleared);
}
