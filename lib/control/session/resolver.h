/* SPDX-License-Identifier: BSD-3-Clause */
// Asks DNS servers for the IPv4 addresses of a name, through one interface, by c-ares. It never blocks: the
// caller serves it while questions are open.
#ifndef CONTROL_RESOLVER_H
#define CONTROL_RESOLVER_H

#include <stdint.h>

#define RESOLVER_ADDRESSES 8
#define RESOLVER_WAY 160
#define RESOLVER_SERVERS 400

struct resolver;

struct resolver_question {
	unsigned id;         // comes back in the answer
	const char *name;    // complete: nothing is appended
	const char *servers; // "192.0.2.53,[2001:db8::53]:5353"
	const char *device;  // that it leaves by; "": the kernel's routes decide
	uint8_t source[4];   // all 0: the kernel chooses
	const char *way;     // words for these, which come back, too
};

struct resolver_answer {
	unsigned id;
	const char *way;
	uint8_t ip[RESOLVER_ADDRESSES][4];
	unsigned n;
	uint32_t ttl;    // s, the least of all records that led there
	const char *why; // there is no address; NULL if n > 0
};
typedef void resolver_heard(void *ctx, const struct resolver_answer *a);

struct resolver *resolver_create(resolver_heard *heard, void *ctx); // NULL: no memory
void resolver_destroy(struct resolver *r); // open questions have no answer; NULL is allowed
// Asks. Each question has one answer, which resolver_serve() gives. -errno: it has none.
int resolver_ask(struct resolver *r, const struct resolver_question *q);
// Reads what has come, asks again what was not answered in time, and calls heard.
void resolver_serve(struct resolver *r);

#endif
