// SPDX-License-Identifier: BSD-3-Clause
// A hub's tunnel without cryptography for behaviour.py, in time that the requests give: a request a line
// on stdin, on stdout what happened, a line each, then "." alone. Numbers are decimal, times
// nanoseconds, bytes hexadecimal ("-": none). Addresses are 192.0.2.1 and the port given.
//
//   session NOW [FEATURES]                         a new session
//   rx NOW PATH WIRE_NUMBER UDP_PORT WIRE_LEN PLAIN   a datagram, opened
//   enqueue NOW HASH PACKET                        from the inner network
//   say NOW MESSAGE                                a handshake message inside the session
//   run NOW                                        expire and poll until NOW
//   deadline
// What happened:
//   refused ERROR | tx TIME PATH NUMBER UDP_PORT PLAIN | deliver PACKET | drop REASON
//   event TYPE PATH_SLOT VALUE | at TIME | message MESSAGE | unsaid ERROR
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/tunnel_end.h"
#include "bytes.h"
#include "end.h"

#define TX_MAX 64
#define WORDS_MAX 8

static struct record *
record_of(struct wb_pkt *pkt)
{
	return (struct record *)pkt;
}

static size_t
bytes(const char *word, uint8_t *out)
{
	return bytes_read(word, out, BYTES_MAX);
}

static void
print_bytes(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", p[i]);
}

static void
end_line(size_t printed)
{
	puts(printed == 0 ? "-" : "");
}

// ---- what the tunnel calls

static void
deliver(void *ctx, struct wb_pkt **pkts, unsigned n)
{
	(void)ctx;
	for (unsigned i = 0; i < n; i++) {
		printf("deliver ");
		print_bytes(record_of(pkts[i])->data + pkts[i]->rx.off, pkts[i]->len);
		end_line(pkts[i]->len);
		free(record_of(pkts[i]));
	}
}

static void
release(void *ctx, struct wb_pkt *pkt, enum wb_drop reason)
{
	(void)ctx;
	if (reason != WB_DROP_NONE)
		printf("drop %s\n", wb_drop_name(reason));
	free(record_of(pkt));
}

static void
mark_ce(void *ctx, struct wb_pkt *pkt)
{
	(void)ctx;
	(void)pkt;
}

static void
join(void *ctx, struct wb_pkt *head, struct wb_pkt *tail)
{
	(void)ctx;
	memcpy(record_of(head)->data + head->rx.off + head->len,
		record_of(tail)->data + tail->rx.off, tail->len);
	free(record_of(tail));
}

static void
event(void *ctx, const struct wb_event *e)
{
	static const char *const types[] = {
		[WB_EVENT_PATH_STATE] = "state",
		[WB_EVENT_PATH_ADDRESS] = "address",
		[WB_EVENT_PEER_CLOSED] = "closed",
		[WB_EVENT_SILENT] = "silent",
		[WB_EVENT_MTU] = "mtu",
		[WB_EVENT_PATH_RX_STATE] = "rx_state",
		[WB_EVENT_SCHEDULER] = "scheduler",
	};
	bool state = e->type == WB_EVENT_PATH_STATE || e->type == WB_EVENT_PATH_RX_STATE;

	(void)ctx;
	printf("event %s %u %u\n", types[e->type], e->path, state ? (unsigned)e->after : e->value);
}

static void
message(void *ctx, const uint8_t *data, size_t len)
{
	(void)ctx;
	printf("message ");
	print_bytes(data, len);
	end_line(len);
}

static const struct wb_tunnel_ops ops = {
	.deliver = deliver,
	.release = release,
	.mark_ce = mark_ce,
	.join = join,
	.event = event,
	.message = message,
};

// ---- requests

static uint64_t
number(const char *word)
{
	return strtoull(word, NULL, 10);
}

static void
receive(struct wb_tunnel *t, char **word)
{
	struct wb_addr from = { .ip = { 192, 0, 2, 1 }, .family = 4 };
	struct record *r = calloc(1, sizeof(*r));
	struct wb_rx rx = { .path = (uint8_t)number(word[1]), .from = &from };
	int err;

	if (r == NULL)
		exit(2);
	from.udp_port = (uint16_t)number(word[3]);
	rx.wire_len = (uint32_t)number(word[4]);
	rx.len = (uint32_t)bytes(word[5], r->data);
	rx.plain = r->data;
	rx.pkt = &r->pkt;
	err = wb_tunnel_rx_number(t, rx.path, number(word[2]), &rx.number);
	if (err < 0) {
		printf("refused %d\n", err);
		free(r);
		return;
	}
	wb_tunnel_received(t, &rx, number(word[0]));
}

static void
enqueue(struct wb_tunnel *t, char **word)
{
	struct record *r = calloc(1, sizeof(*r));
	struct wb_pkt *pkt = &r->pkt;

	if (r == NULL)
		exit(2);
	pkt->hash = (uint32_t)number(word[1]);
	pkt->len = (uint32_t)bytes(word[2], r->data);
	wb_tunnel_enqueue(t, &pkt, 1, number(word[0]));
}

static void
say(struct wb_tunnel *t, char **word)
{
	uint8_t data[BYTES_MAX];
	int r = wb_tunnel_say(t, data, bytes(word[1], data), number(word[0]));

	if (r < 0)
		printf("unsaid %d\n", r);
}

static void
send_all(struct wb_tunnel *t, wb_ns_t now)
{
	static const uint8_t zeroes[WB_PATH_MTU_MAX];
	static struct wb_tx tx[TX_MAX];
	unsigned n;

	while ((n = wb_tunnel_poll(t, tx, TX_MAX, now)) > 0)
		for (unsigned i = 0; i < n; i++) {
			printf("tx %" PRIu64 " %u %" PRIu64 " %u ", now, tx[i].path, tx[i].number,
				tx[i].to.udp_port);
			print_bytes(tx[i].head, tx[i].head_len);
			if (tx[i].pkt == NULL)
				print_bytes(zeroes, tx[i].pkt_len);
			else if (tx[i].pkt_len > 0)
				print_bytes(
					record_of(tx[i].pkt)->data + tx[i].pkt_off, tx[i].pkt_len);
			puts("");
		}
}

// As the caller's loop in wb_tunnel.h, with a clock that jumps from deadline to deadline.
static void
run(struct wb_tunnel *t, wb_ns_t *now, wb_ns_t until)
{
	for (unsigned i = 0; i < 1000000; i++) {
		wb_ns_t next;

		send_all(t, *now);
		next = wb_tunnel_next_deadline(t);
		if (next > until)
			break;
		*now = next > *now ? next : *now + WB_US;
		wb_tunnel_expire(t, *now);
	}
	*now = until;
}

static void
serve(struct wb_tunnel *t, wb_ns_t *now, char *line)
{
	char *word[WORDS_MAX] = { 0 }, *save;
	unsigned n = 0;

	for (char *w = strtok_r(line, " \n", &save); w != NULL && n < WORDS_MAX;
		w = strtok_r(NULL, " \n", &save))
		word[n++] = w;
	if ((n == 2 || n == 3) && !strcmp(word[0], "session"))
		wb_tunnel_session_started(t,
			n == 3 ? (uint32_t)number(word[2]) : WB_FEATURE_FRAGMENT, number(word[1]));
	else if (n == 7 && !strcmp(word[0], "rx"))
		receive(t, word + 1);
	else if (n == 4 && !strcmp(word[0], "enqueue"))
		enqueue(t, word + 1);
	else if (n == 3 && !strcmp(word[0], "say"))
		say(t, word + 1);
	else if (n == 2 && !strcmp(word[0], "run"))
		run(t, now, number(word[1]));
	else if (n == 1 && !strcmp(word[0], "deadline"))
		printf("at %" PRIu64 "\n", wb_tunnel_next_deadline(t));
	else
		exit(2);
	if (n > 1)
		*now = number(word[1]);
	puts(".");
	fflush(stdout);
}

int
main(void)
{
	struct tunnel_end memory = { .n_memory = 0 };
	struct wb_tunnel_conf conf = {
		.role = WB_ROLE_HUB,
		.ops = &ops,
		.ctx = &memory,
		.alloc = tunnel_end_alloc,
		.fec = &end_fec,
		.seed = { 1, 2 },
	};
	struct wb_tunnel *t = wb_tunnel_create(&conf, WB_SEC);
	wb_ns_t now = WB_SEC;
	char *line = NULL;
	size_t size = 0;

	if (t == NULL)
		return 2;
	while (getline(&line, &size, stdin) > 0)
		serve(t, &now, line);
	free(line);
	wb_tunnel_destroy(t);
	tunnel_end_free(&memory);
	return 0;
}
