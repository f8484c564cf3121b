// SPDX-License-Identifier: BSD-3-Clause
// Asks by c-ares. Each question has a channel of its own, as a channel has one interface and one list of servers.
#include "resolver.h"

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRY_MS 1500 // for a server's answer; twice that the second time
#define TRIES 2
#define SOCKETS 16

struct query {
	struct query *next;
	ares_channel channel;
	struct pollfd sockets[SOCKETS];
	unsigned n_sockets;
	char name[256], way[RESOLVER_WAY];
	struct resolver_answer answer;
	bool done;
};

struct resolver {
	resolver_heard *heard;
	void *ctx;
	struct query *queries;
};

struct resolver *
resolver_create(resolver_heard *heard, void *ctx)
{
	struct resolver *r = NULL;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return NULL;
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		ares_library_cleanup();
		return NULL;
	}
	r->heard = heard;
	r->ctx = ctx;
	return r;
}

static void
end_query(struct query *q)
{
	if (q->channel != NULL)
		ares_destroy(q->channel); // tells on_addresses(), which ignores that
	free(q);
}

void
resolver_destroy(struct resolver *r)
{
	if (r == NULL)
		return;
	while (r->queries != NULL) {
		struct query *q = r->queries;

		r->queries = q->next;
		end_query(q);
	}
	free(r);
	ares_library_cleanup();
}

static void
on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
	struct query *q = data;
	short events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	unsigned i = 0;

	while (i < q->n_sockets && q->sockets[i].fd != fd)
		i++;
	if (events == 0 && i < q->n_sockets)
		q->sockets[i] = q->sockets[--q->n_sockets];
	else if (events != 0 && i < SOCKETS) {
		q->sockets[i] = (struct pollfd){ .fd = fd, .events = events };
		q->n_sockets += i == q->n_sockets;
	}
}

static const char *
reason(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
		return "NXDOMAIN";
	case ARES_ENODATA:
		return "it has no IPv4 address";
	case ARES_ESERVFAIL:
		return "SERVFAIL";
	case ARES_EREFUSED:
		return "REFUSED";
	case ARES_ETIMEOUT:
		return "no answer";
	case ARES_ECONNREFUSED:
		return "it fails, refuses or is not reached";
	default:
		return ares_strerror(status);
	}
}

// Returns whether a host on the Internet or behind a router can have it: filters answer 0.0.0.0 or 127.0.0.1.
static bool
is_host(const uint8_t ip[4])
{
	return ip[0] != 0 && ip[0] != 127 && ip[0] < 224;
}

// Adds an address. Of too many the lowest are kept, so that a server that turns its list round gives the same ones.
static void
add_address(struct resolver_answer *a, const uint8_t ip[4])
{
	unsigned most = 0;

	if (a->n < RESOLVER_ADDRESSES) {
		memcpy(a->ip[a->n++], ip, 4);
		return;
	}
	for (unsigned i = 1; i < a->n; i++)
		most = memcmp(a->ip[i], a->ip[most], 4) > 0 ? i : most;
	if (memcmp(ip, a->ip[most], 4) < 0)
		memcpy(a->ip[most], ip, 4);
}

static void
take_addresses(struct resolver_answer *a, const struct ares_addrinfo *info)
{
	int ttl = INT32_MAX;

	for (const struct ares_addrinfo_cname *c = info->cnames; c != NULL; c = c->next)
		ttl = c->ttl < ttl ? c->ttl : ttl;
	for (const struct ares_addrinfo_node *n = info->nodes; n != NULL; n = n->ai_next) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)n->ai_addr;
		const uint8_t *ip = (const uint8_t *)&in->sin_addr;

		if (n->ai_family != AF_INET)
			continue;
		ttl = n->ai_ttl < ttl ? n->ai_ttl : ttl;
		if (is_host(ip))
			add_address(a, ip);
	}
	a->ttl = ttl > 0 ? (uint32_t)ttl : 0;
	if (a->n == 0)
		a->why = "it has no address that a host can have";
}

static void on_ipv6(void *data, int status, int timeouts, struct ares_addrinfo *info);

static void
look_up(struct query *q, int family, ares_addrinfo_callback heard)
{
	const struct ares_addrinfo_hints hints = {
		.ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = ARES_AI_NOSORT
	};

	ares_getaddrinfo(q->channel, q->name, NULL, &hints, heard, q);
}

static void
on_addresses(void *data, int status, int timeouts, struct ares_addrinfo *info)
{
	struct query *q = data;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION)
		return;
	if (status == ARES_SUCCESS)
		take_addresses(&q->answer, info);
	else
		q->answer.why = reason(status);
	ares_freeaddrinfo(info);
	if (status == ARES_ENODATA)
		look_up(q, AF_INET6, on_ipv6); // to say more
	else
		q->done = true;
}

static void
on_ipv6(void *data, int status, int timeouts, struct ares_addrinfo *info)
{
	struct query *q = data;

	(void)timeouts;
	if (status == ARES_EDESTRUCTION)
		return;
	if (status == ARES_SUCCESS && info->nodes != NULL)
		q->answer.why = "it has IPv6 addresses only, which are not yet carried outside the "
				"tunnel";
	ares_freeaddrinfo(info);
	q->done = true;
}

static int
open_channel(struct query *q, const struct resolver_question *question)
{
	struct ares_options options = { .flags = ARES_FLAG_NOSEARCH,
		.timeout = TRY_MS,
		.tries = TRIES,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = q };
	uint32_t source;

	if (ares_init_options(&q->channel, &options,
		    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
			    ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS) {
		q->channel = NULL;
		return -ENOMEM;
	}
	if (ares_set_servers_ports_csv(q->channel, question->servers) != ARES_SUCCESS)
		return -EINVAL;
	if (question->device[0] != 0)
		ares_set_local_dev(q->channel, question->device); // SO_BINDTODEVICE
	memcpy(&source, question->source, 4);
	if (source != 0)
		ares_set_local_ip4(q->channel, ntohl(source));
	return 0;
}

int
resolver_ask(struct resolver *r, const struct resolver_question *question)
{
	struct query *q = calloc(1, sizeof(*q));
	int err;

	if (q == NULL)
		return -ENOMEM;
	snprintf(q->name, sizeof(q->name), "%s", question->name);
	snprintf(q->way, sizeof(q->way), "%s", question->way);
	q->answer.id = question->id;
	q->answer.way = q->way;
	err = open_channel(q, question);
	if (err < 0) {
		end_query(q);
		return err;
	}
	q->next = r->queries;
	r->queries = q;
	look_up(q, AF_INET, on_addresses);
	return 0;
}

static void
serve_query(struct query *q)
{
	struct pollfd ready[SOCKETS];
	unsigned n = q->n_sockets;

	memcpy(ready, q->sockets, sizeof(ready)); // on_socket() changes it
	if (poll(ready, n, 0) > 0)
		for (unsigned i = 0; i < n; i++)
			if (ready[i].revents != 0)
				ares_process_fd(q->channel,
					ready[i].revents & ~POLLOUT ? ready[i].fd : ARES_SOCKET_BAD,
					ready[i].revents & POLLOUT ? ready[i].fd : ARES_SOCKET_BAD);
	ares_process_fd(q->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); // what is late
}

void
resolver_serve(struct resolver *r)
{
	for (struct query **at = &r->queries; *at != NULL;) {
		struct query *q = *at;

		if (!q->done)
			serve_query(q);
		if (!q->done) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		r->heard(r->ctx, &q->answer);
		end_query(q);
	}
}
