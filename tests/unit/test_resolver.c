// SPDX-License-Identifier: BSD-3-Clause
// What a DNS server answers, and does not; and which servers a machine's resolv.conf names.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "resolv_conf.h"
#include "resolver.h"

#define A 1
#define CNAME 5
#define AAAA 28
#define NXDOMAIN 3

// Records of the test's server: of that name and type; `to` answers a CNAME.
static const struct record {
	const char *name;
	unsigned type;
	uint32_t ttl;
	const char *data;
} zone[] = {
	{ "one.test", A, 300, "203.0.113.10" },
	{ "two.test", A, 60, "203.0.113.10" },
	{ "two.test", A, 70, "203.0.113.11" },
	{ "alias.test", CNAME, 20, "one.test" },
	{ "six.test", AAAA, 60, "2001:db8::1" },
	{ "empty.test", 16, 60, "" },
	{ "zero.test", A, 60, "0.0.0.0" },
	{ "some.test", A, 60, "127.0.0.1" },
	{ "some.test", A, 60, "203.0.113.12" },
	{ "many.test", A, 60, "203.0.113.29" },
	{ "many.test", A, 60, "203.0.113.28" },
	{ "many.test", A, 60, "203.0.113.27" },
	{ "many.test", A, 60, "203.0.113.26" },
	{ "many.test", A, 60, "203.0.113.25" },
	{ "many.test", A, 60, "203.0.113.24" },
	{ "many.test", A, 60, "203.0.113.23" },
	{ "many.test", A, 60, "203.0.113.22" },
	{ "many.test", A, 60, "203.0.113.21" },
	{ "many.test", A, 60, "203.0.113.20" },
};

static int server;
static char address[64];
static unsigned asked; // of the server

static size_t
put_name(uint8_t *at, const char *name)
{
	uint8_t *start = at;

	while (*name != 0) {
		size_t n = strcspn(name, ".");

		*at++ = (uint8_t)n;
		memcpy(at, name, n);
		at += n;
		name += n + (name[n] == '.');
	}
	*at++ = 0;
	return (size_t)(at - start);
}

static void
get_name(const uint8_t *at, char *name)
{
	name[0] = 0;
	for (; *at != 0; at += *at + 1)
		snprintf(name + strlen(name), 256 - strlen(name), "%s%.*s", name[0] != 0 ? "." : "",
			(int)*at, (const char *)at + 1);
}

static size_t
put_record(uint8_t *at, const struct record *r)
{
	uint32_t ttl = htonl(r->ttl);
	uint8_t *start = at;
	size_t len;

	at += put_name(at, r->name);
	memcpy(at, (uint8_t[]){ 0, (uint8_t)r->type, 0, 1 }, 4);
	memcpy(at + 4, &ttl, 4);
	at += 10;
	len = r->type == A      ? 4 * (size_t)inet_pton(AF_INET, r->data, at)
	      : r->type == AAAA ? 16 * (size_t)inet_pton(AF_INET6, r->data, at)
				: put_name(at, r->data);
	at[-2] = 0;
	at[-1] = (uint8_t)len;
	return (size_t)(at + len - start);
}

// Answers one question; silent.test's is not answered.
static void
serve(void)
{
	uint8_t in[512], out[1024] = { 0 };
	char name[256], wanted[256];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t len = recvfrom(server, in, sizeof(in), MSG_DONTWAIT, (void *)&from, &from_len);
	size_t question, n;
	bool known = false;

	if (len < 17)
		return;
	asked++;
	get_name(in + 12, name);
	if (strcmp(name, "silent.test") == 0)
		return;
	question = strlen(name) + 2 + 4;
	n = 12 + question;
	memcpy(out, in, n);
	out[2] |= 0x80;
	out[3] = 0x80;
	memset(out + 6, 0, 6);
	strcpy(wanted, name);
	for (unsigned i = 0; i < sizeof(zone) / sizeof(zone[0]); i++)
		if (zone[i].type == CNAME && strcmp(zone[i].name, wanted) == 0) {
			n += put_record(out + n, &zone[i]);
			out[7]++;
			known = true;
			strcpy(wanted, zone[i].data);
		}
	for (unsigned i = 0; i < sizeof(zone) / sizeof(zone[0]); i++) {
		if (strcmp(zone[i].name, wanted) != 0)
			continue;
		known = true;
		if (zone[i].type != in[12 + question - 3])
			continue;
		n += put_record(out + n, &zone[i]);
		out[7]++;
	}
	if (!known)
		out[3] |= strcmp(name, "refused.test") == 0 ? 5 : NXDOMAIN;
	sendto(server, out, n, 0, (void *)&from, from_len);
}

static struct resolver_answer got;
static char got_why[128], got_way[RESOLVER_WAY];
static unsigned n_got;

static void
heard(void *ctx, const struct resolver_answer *a)
{
	CU_ASSERT_PTR_EQUAL(ctx, &server);
	got = *a;
	snprintf(got_why, sizeof(got_why), "%s", a->why != NULL ? a->why : "");
	snprintf(got_way, sizeof(got_way), "%s", a->way);
	n_got++;
}

static struct resolver *
open_server(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t len = sizeof(at);
	struct resolver *r = resolver_create(heard, &server);

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_FATAL(server >= 0 && bind(server, (void *)&at, len) == 0);
	getsockname(server, (void *)&at, &len);
	snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(at.sin_port));
	n_got = asked = 0;
	return r;
}

// Asks, and waits for the answer.
static void
ask(struct resolver *r, const char *name)
{
	const struct resolver_question q = {
		.id = 77, .name = name, .servers = address, .device = "", .way = "the test's server"
	};
	unsigned before = n_got;

	memset(&got, 0, sizeof(got));
	CU_ASSERT_EQUAL(resolver_ask(r, &q), 0);
	CU_ASSERT_EQUAL(n_got, before); // never from inside
	for (unsigned i = 0; i < 20000 && n_got == before; i++) {
		serve();
		resolver_serve(r);
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	CU_ASSERT_EQUAL(n_got, before + 1);
	CU_ASSERT_EQUAL(got.id, 77);
	CU_ASSERT_STRING_EQUAL(got_way, "the test's server");
}

static bool
has(const char *text)
{
	uint8_t ip[4];

	inet_pton(AF_INET, text, ip);
	for (unsigned i = 0; i < got.n; i++)
		if (memcmp(got.ip[i], ip, 4) == 0)
			return true;
	return false;
}

static void
addresses(void)
{
	struct resolver *r = open_server();

	ask(r, "one.test");
	CU_ASSERT(got.n == 1 && has("203.0.113.10"));
	CU_ASSERT_EQUAL(got.ttl, 300);
	CU_ASSERT_PTR_NULL(got.why);
	ask(r, "two.test");
	CU_ASSERT(got.n == 2 && has("203.0.113.10") && has("203.0.113.11"));
	CU_ASSERT_EQUAL(got.ttl, 60);
	ask(r, "alias.test");
	CU_ASSERT(got.n == 1 && has("203.0.113.10"));
	CU_ASSERT_EQUAL(got.ttl, 20); // the alias'
	ask(r, "some.test");
	CU_ASSERT(got.n == 1 && has("203.0.113.12"));
	ask(r, "many.test"); // the same ones in whatever order they come
	CU_ASSERT(got.n == RESOLVER_ADDRESSES && has("203.0.113.20") && has("203.0.113.27"));
	CU_ASSERT(!has("203.0.113.28") && !has("203.0.113.29"));
	resolver_destroy(r);
	close(server);
}

static void
reasons(void)
{
	static const char *const rows[][2] = {
		{ "nothing.test", "NXDOMAIN" },
		{ "empty.test", "it has no IPv4 address" },
		{ "six.test", "it has IPv6 addresses only, which are not yet carried outside the "
			      "tunnel" },
		{ "zero.test", "it has no address that a host can have" },
	};
	struct resolver *r = open_server();

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask(r, rows[i][0]);
		CU_ASSERT_EQUAL(got.n, 0);
		CU_ASSERT_STRING_EQUAL(got_why, rows[i][1]);
	}
	// c-ares 1.18 does not say which
	ask(r, "refused.test");
	CU_ASSERT_EQUAL(got.n, 0);
	CU_ASSERT(strcmp(got_why, "REFUSED") == 0 ||
		  strcmp(got_why, "it fails, refuses or is not reached") == 0);
	resolver_destroy(r);
	close(server);
}

// A server that says nothing is asked twice; questions may be open when all ends.
static void
silence(void)
{
	const struct resolver_question q = {
		.name = "silent.test", .servers = address, .device = "", .way = ""
	};
	struct resolver *r = open_server();

	ask(r, "silent.test");
	CU_ASSERT_STRING_EQUAL(got_why, "no answer");
	CU_ASSERT_EQUAL(asked, 2);
	CU_ASSERT_EQUAL(resolver_ask(r, &q), 0);
	CU_ASSERT_EQUAL(resolver_ask(r, &q), 0);
	resolver_serve(r);
	resolver_destroy(r);
	CU_ASSERT_EQUAL(n_got, 1);
	close(server);
}

static void
write_text(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

static void
servers_of_the_machine(void)
{
	struct resolv_conf_server s[RESOLV_CONF_SERVERS];
	char dir[] = "/tmp/wanbond-test-XXXXXX", file[64], uplink[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/resolv.conf", dir);
	snprintf(uplink, sizeof(uplink), "%s/uplink", dir);
	CU_ASSERT_EQUAL(resolv_conf_read(file, uplink, s), 0);
	write_text(file, "# nameserver 1.2.3.4\nsearch lan\nnameserver 192.0.2.53 # modem\n"
			 "nameserver 2001:db8::53\nnameserver fe80::1%eth0\nnameserver x\n");
	CU_ASSERT_EQUAL_FATAL(resolv_conf_read(file, uplink, s), 2);
	CU_ASSERT(s[0].family == 4 && memcmp(s[0].ip, "\xc0\0\2\x35", 4) == 0);
	CU_ASSERT(s[1].family == 6 && s[1].ip[15] == 0x53);
	write_text(file, "nameserver 127.0.0.53\noptions edns0 trust-ad\n");
	CU_ASSERT_EQUAL(resolv_conf_read(file, uplink, s), 1); // better than nothing
	CU_ASSERT_EQUAL(s[0].ip[3], 53);
	write_text(uplink, "nameserver 192.168.12.1\nnameserver 192.168.1.1\n");
	CU_ASSERT_EQUAL(resolv_conf_read(file, uplink, s), 2);
	CU_ASSERT_EQUAL(s[0].ip[2], 12);
	write_text(file, "nameserver 127.0.0.1\n"); // an own one
	CU_ASSERT_EQUAL(resolv_conf_read(file, uplink, s), 1);
	unlink(file);
	unlink(uplink);
	rmdir(dir);
}

static const struct harness_test tests[] = {
	{ "addresses", addresses },
	{ "reasons", reasons },
	{ "silence", silence },
	{ "servers of the machine", servers_of_the_machine },
};

int
main(void)
{
	return HARNESS_RUN("resolver", tests);
}
