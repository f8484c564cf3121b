// SPDX-License-Identifier: BSD-3-Clause
// INITs that anybody could send who knows the hub's public key: well formed, mac1 right, of no edge. From forged
// addresses by a raw socket, or from this host's own, each from another port.
//
// flood HUB PORT PUBLIC_KEY RATE SECONDS forged|own     prints how many it sent
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wb_handshake.h"

#define POOL 256
#define BURST 64
#define SEC 1000000000ull

struct packet {
	struct iphdr ip;
	struct udphdr udp;
	uint8_t init[WB_HANDSHAKE_MAX];
} __attribute__((packed));

static struct packet packets[POOL];
static size_t init_len;

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SEC + (uint64_t)t.tv_nsec;
}

static int
make_pool(const char *hub_key)
{
	struct wb_handshake_local local = { .version_min = 1, .version_max = 1 };
	struct wb_handshake_peer peer = { 0 };
	struct wb_handshake *h;

	if (wb_crypto_init() < 0 || (h = wb_handshake_create()) == NULL ||
		wb_key_from_text(hub_key, peer.public_key) < 0)
		return -EINVAL;
	local.ciphers[0] = WB_CIPHER_AES_128_GCM;
	for (unsigned i = 0; i < POOL; i++) {
		int len;

		wb_key_generate(local.private_key);
		wb_key_public(local.private_key, local.public_key);
		len = wb_handshake_initiate(h, &local, &peer, i + 1, 0, SEC * i, packets[i].init);
		if (len < 0)
			return len;
		init_len = (size_t)len;
	}
	wb_handshake_destroy(h);
	return 0;
}

// The kernel fills in the IPv4 checksum; UDP's may be 0.
static void
address(struct packet *p, const struct sockaddr_in *hub, uint32_t random)
{
	size_t len = sizeof(p->ip) + sizeof(p->udp) + init_len;

	p->ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };
	p->ip.tot_len = htons((uint16_t)len);
	// 100.64.9.0/24 and its neighbours: what a provider's customers have
	p->ip.saddr = htonl(0x64400900u + (random & 0x3fff) % 0x3000 + 0x100);
	p->ip.daddr = hub->sin_addr.s_addr;
	p->udp.source = htons((uint16_t)(1024 + (random >> 14) % 60000));
	p->udp.dest = hub->sin_port;
	p->udp.len = htons((uint16_t)(len - sizeof(p->ip)));
}

static unsigned
send_forged(int fd, const struct sockaddr_in *hub, uint64_t sent, unsigned n)
{
	static struct mmsghdr msgs[BURST];
	static struct iovec iovs[BURST];
	int done;

	for (unsigned i = 0; i < n; i++) {
		struct packet *p = &packets[(sent + i) % POOL];

		address(p, hub, (uint32_t)random());
		iovs[i] = (struct iovec){ p, sizeof(p->ip) + sizeof(p->udp) + init_len };
		msgs[i].msg_hdr = (struct msghdr){ .msg_name = (void *)(uintptr_t)hub,
			.msg_namelen = sizeof(*hub),
			.msg_iov = &iovs[i],
			.msg_iovlen = 1 };
	}
	done = sendmmsg(fd, msgs, n, 0);
	return done > 0 ? (unsigned)done : 0;
}

static unsigned
send_own(const struct sockaddr_in *hub, uint64_t sent)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	ssize_t r = sendto(fd, packets[sent % POOL].init, init_len, 0, (const struct sockaddr *)hub,
		sizeof(*hub));

	close(fd);
	return r > 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in hub = { .sin_family = AF_INET };
	uint64_t rate, start, end, sent = 0, taken = 0;
	bool forged = argc == 7 && strcmp(argv[6], "forged") == 0;
	int fd;

	if (argc != 7 || inet_pton(AF_INET, argv[1], &hub.sin_addr) != 1 ||
		make_pool(argv[3]) < 0) {
		fprintf(stderr, "flood HUB PORT PUBLIC_KEY RATE SECONDS forged|own\n");
		return 2;
	}
	hub.sin_port = htons((uint16_t)atoi(argv[2]));
	rate = strtoull(argv[4], NULL, 10);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	start = now();
	end = start + strtoull(argv[5], NULL, 10) * SEC;
	for (uint64_t t; (t = now()) < end;) {
		uint64_t due = (t - start) * rate / SEC;

		if (due <= sent) {
			usleep(500);
			continue;
		}
		// what could not be sent in time is not made up for
		if (due - sent > BURST * 16)
			sent = due - BURST * 16;
		taken += forged ? send_forged(fd, &hub, sent,
					  due - sent > BURST ? BURST : (unsigned)(due - sent))
				: send_own(&hub, sent);
		sent += forged ? (due - sent > BURST ? BURST : due - sent) : 1;
	}
	printf("%llu in %s s\n", (unsigned long long)taken, argv[5]);
	return 0;
}
