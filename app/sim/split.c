// SPDX-License-Identifier: BSD-3-Clause
// The near end of the tunnel holds what it has taken from the sender until the tunnel has it
// acknowledged: that much, and no more, is its buffer. The flow queue takes from it as much as leaves it
// again in WAIT. CoDel has nothing to say there (packets are ECN-capable, and the marks go nowhere),
// since it is the buffer's room that the sender is told. What the tunnel gives up is given to it again, and what the far end
// misses and asks for, ahead of what waits. The far end puts the stream together and hands it on in order.
//
//   down: server --leg: TCP beyond the hub--> [hub: buffer] ==tunnel==> [edge] --at once--> LAN host
//   up:   LAN host --at once--> [edge: buffer] ==tunnel==> [hub] --leg--> server
//
// The LAN's legs take no time. Packets are of the size that they have unsplit.
#include "split.h"

#include <stdlib.h>

#include "bits.h"

#define LEAST (1u << 20)         // of one, however slow the tunnel is
#define MEASURE (500 * WB_MS)    // what the tunnel takes in twice that is the buffer, else
#define WAIT (80 * WB_MS)        // in the flow queue: less than what it takes for a flood
#define QUEUE_LEAST 16           // segments
#define AGAIN_AFTER (10 * WB_MS) // given up: given to the tunnel again
#define ASK_AFTER (10 * WB_MS)   // far end: the tunnel has given up the order
#define ASK_AGAIN (200 * WB_MS)
#define ASK_MOST 64 // segments
#define ASK_LEN 64  // bytes

struct split {
	struct flow flow;
	struct tcp *leg;
	struct scenario_flow leg_conf;
	uint32_t mss;
	bool opened;                             // carries what is written
	void (*arrived)(void *arg, wb_ns_t now); // of a channel
	void *arg;
	uint64_t end,
		last; // segments in all (UINT64_MAX: no end); that of the newest message's end
	uint32_t last_len;
	// near end, in segments
	uint64_t ready, next;       // may be sent, is next
	uint64_t inside;            // the tunnel has them
	uint64_t queued;            // of these, in the flow queue
	uint64_t left, left_before; // it in this window, in the one before
	wb_ns_t window;             // began
	uint64_t most, room;        // the buffer, and how much of it is in use at most now
	uint64_t taken, taken_before;
	wb_ns_t measured;
	uint64_t *again;
	uint32_t n_again;
	struct sim_timer pump_timer;
	// far end
	uint64_t got;
	uint64_t *bitmap;
	uint32_t size;
	uint64_t highest; // that came
	struct sim_timer ask_timer;
	wb_ns_t done;
	struct series series;
	struct gaps gaps;
	struct histogram delay;
	// counters
	uint64_t given_up, asked, duplicates, out_of_order, near_most, far_most;
};

static bool
down(const struct split *p)
{
	return p->flow.from == SIDE_HUB;
}

static uint32_t
length(const struct split *p, uint64_t seq)
{
	const struct tcp *t = p->leg;

	if (down(p))
		return seq == t->message_last ? t->message_len : p->mss;
	return seq == p->last ? p->last_len : p->mss;
}

// first: it has been sent before, and the stream waits for it.
static void
send(struct split *p, uint64_t seq, bool first)
{
	struct world *w = p->flow.w;
	struct packet *k = world_packet(w, &p->flow, !p->flow.from, length(p, seq) + TCP_HEADERS);

	k->seq = seq;
	k->split = true;
	k->wb.ecn = 2;
	k->wb.hash += first ? SIDES : 0; // another bucket: a sparse flow
	p->inside++;
	p->queued++;
	host_inner(&w->hosts[p->flow.from], k);
}

static void
tell_room(struct split *p)
{
	uint64_t held = p->inside + p->n_again + (down(p) ? p->ready - p->next : 0);

	if (held > p->near_most)
		p->near_most = held;
	if (down(p) && held < p->room)
		tcp_room(p->leg, p->leg->r.next + p->room - held);
}

// Room in the flow queue: for as much as leaves it in WAIT.
static bool
takes(const struct split *p)
{
	uint64_t most = p->left > p->left_before ? p->left : p->left_before;

	return p->queued < (most > QUEUE_LEAST ? most : QUEUE_LEAST);
}

void
split_left(struct flow *f, struct packet *k, wb_ns_t now)
{
	struct split *p = (struct split *)f;

	k->left = true;
	p->queued--;
	if (now >= p->window + WAIT) {
		p->left_before = now < p->window + 2 * WAIT ? p->left : 0;
		p->left = 0;
		p->window = now;
	}
	p->left++;
	sim_timer_sooner(&f->w->sim, &p->pump_timer, now);
}

static void
pump(struct split *p, wb_ns_t now)
{
	for (uint32_t i = 0; i < p->n_again; i++)
		send(p, p->again[i], true);
	p->n_again = 0;
	if (!down(p) && now >= p->flow.conf->stop)
		p->ready = p->next;
	while (p->next < p->ready && p->inside < p->room && takes(p))
		send(p, p->next++, false);
	tell_room(p);
}

static void
pump_due(void *p, wb_ns_t now)
{
	pump(p, now);
}

// As much as the tunnel takes in a second, if it is slow: what waits longer is of no use to it.
static void
measure(struct split *p, wb_ns_t now)
{
	uint64_t room, least = LEAST / p->mss;

	p->taken++;
	if (now < p->measured + MEASURE)
		return;
	room = 2 * (p->taken > p->taken_before ? p->taken : p->taken_before);
	room = room > least ? room : least;
	p->room = room < p->most ? room : p->most;
	p->taken_before = p->taken;
	p->taken = 0;
	p->measured = now;
}

void
split_released(struct flow *f, const struct packet *k, bool lost, wb_ns_t now)
{
	struct split *p = (struct split *)f;
	wb_ns_t when = now;

	p->inside--;
	p->queued -= !k->left;
	if (lost) {
		p->given_up++;
		p->again[p->n_again++] = k->seq;
		when += AGAIN_AFTER;
	} else {
		measure(p, now);
	}
	sim_timer_sooner(&f->w->sim, &p->pump_timer, when);
}

// ---- the leg between hub and server

// Down: the hub has more in order.
static void
leg_progressed(void *arg, wb_ns_t now)
{
	struct split *p = arg;

	p->ready = p->leg->r.next;
	pump(p, now);
}

// Up: the server has all that the hub has.
static void
leg_arrived(void *arg, wb_ns_t now)
{
	struct split *p = arg;

	if (p->leg->r.next < p->end || down(p))
		return;
	if (p->opened)
		p->arrived(p->arg, now);
	else if (p->done == 0)
		p->done = now;
}

static void
leg_open(struct split *p, wb_ns_t now)
{
	struct tcp *t = p->leg;

	t->progressed = down(p) ? leg_progressed : NULL;
	tcp_open(t, leg_arrived, p, now);
	t->s.edge = down(p) ? p->room : 0;
}

// ---- the far end

static void
hand_on(struct split *p, uint64_t from, wb_ns_t now)
{
	gaps_add(&p->gaps, now);
	if (down(p)) {
		series_add(&p->series, now, (p->got - from) * p->mss);
		if (p->got < p->leg->s.end)
			return;
		if (p->opened)
			p->arrived(p->arg, now);
		else if (p->done == 0)
			p->done = now;
		return;
	}
	tcp_write(p->leg, (uint32_t)(p->got - 1 - from) * p->mss + length(p, p->got - 1), now);
	if (p->leg->s.end - p->leg->s.una > p->far_most)
		p->far_most = p->leg->s.end - p->leg->s.una;
}

static void
ask(void *arg, wb_ns_t now)
{
	struct split *p = arg;
	struct world *w = p->flow.w;
	struct packet *k;
	uint64_t end = p->got + 1;

	if (p->highest <= p->got)
		return;
	while (end - p->got < ASK_MOST && end < p->highest && !bits_has(p->bitmap, p->size, end))
		end++;
	k = world_packet(w, &p->flow, p->flow.from, ASK_LEN);
	k->seq = p->got;
	k->ack = end;
	p->asked++;
	host_inner(&w->hosts[!p->flow.from], k);
	sim_timer_set(&w->sim, &p->ask_timer, now + ASK_AGAIN);
}

static void
asked(struct split *p, const struct packet *k)
{
	for (uint64_t seq = k->seq; seq < k->ack; seq++)
		send(p, seq, true);
}

static void
receive(struct flow *f, const struct packet *k, enum side at, wb_ns_t now)
{
	struct split *p = (struct split *)f;
	uint64_t from = p->got;

	if (at == f->from) {
		asked(p, k);
		return;
	}
	histogram_add(&p->delay, now - k->made);
	if (k->seq < p->got || bits_has(p->bitmap, p->size, k->seq)) {
		p->duplicates++;
		return;
	}
	p->out_of_order += k->seq > p->got;
	bits_put(p->bitmap, p->size, k->seq, true);
	if (k->seq > p->highest)
		p->highest = k->seq;
	for (; bits_has(p->bitmap, p->size, p->got); p->got++)
		bits_put(p->bitmap, p->size, p->got, false);
	if (p->got > from) {
		sim_timer_stop(&f->w->sim, &p->ask_timer);
		hand_on(p, from, now);
	}
	if (p->highest > p->got)
		sim_timer_sooner(&f->w->sim, &p->ask_timer, now + ASK_AFTER);
}

// ---- a flow

static struct flow *
create(struct world *w, const struct scenario_flow *conf, uint32_t index)
{
	struct split *p = sim_alloc(sizeof(*p));

	(void)conf;
	(void)index;
	series_init(&p->series, w->scenario->duration);
	return &p->flow;
}

static void
prepare(struct split *p, wb_ns_t now)
{
	const struct scenario_flow *conf = p->flow.conf;
	struct world *w = p->flow.w;
	uint32_t size = conf->size, n = 0;

	p->mss = (size ? size : world_mtu(w)) - TCP_HEADERS;
	for (uint32_t i = 0; i < w->scenario->n_flows; i++)
		n += w->scenario->flows[i].split;
	p->most = p->room = (conf->split_bytes < SPLIT_BUFFER_MAX / n ? conf->split_bytes
								      : SPLIT_BUFFER_MAX / n) /
			    p->mss;
	if (p->room > LEAST / p->mss)
		p->room = LEAST / p->mss;
	for (p->size = 1024; p->size < 2 * p->most + 64;)
		p->size *= 2;
	p->bitmap = sim_alloc(p->size / 8);
	p->again = sim_alloc(p->size * sizeof(*p->again));
	p->last = UINT64_MAX;
	gaps_add(&p->gaps, now);
	sim_timer_init(&p->pump_timer, pump_due, p);
	sim_timer_init(&p->ask_timer, ask, p);
	p->leg_conf = *conf;
	p->leg_conf.split = false;
	p->leg_conf.window = (uint32_t)p->most * p->mss;
	p->leg = (struct tcp *)world_flow_add(w, &p->leg_conf, p->flow.hash);
	p->leg->flow.leg = true;
	leg_open(p, now);
}

static void
start(struct flow *f, wb_ns_t now)
{
	struct split *p = (struct split *)f;

	prepare(p, now);
	p->end = f->conf->bytes ? (f->conf->bytes + p->mss - 1) / p->mss : UINT64_MAX;
	if (down(p)) {
		p->leg->s.end = p->end;
		tcp_output(p->leg, now);
	} else {
		p->leg_conf.stop = WB_NEVER;
		p->ready = p->end;
		pump(p, now);
	}
}

void
split_open(struct split *p, void (*arrived)(void *arg, wb_ns_t now), void *arg, wb_ns_t now)
{
	p->opened = true;
	p->arrived = arrived;
	p->arg = arg;
	prepare(p, now);
}

void
split_write(struct split *p, uint32_t bytes, wb_ns_t now)
{
	if (down(p)) {
		tcp_write(p->leg, bytes, now);
		return;
	}
	p->end += (bytes + p->mss - 1) / p->mss;
	p->last = p->end - 1;
	p->last_len = (bytes - 1) % p->mss + 1;
	p->ready = p->end;
	pump(p, now);
}

void
split_renew(struct split *p)
{
	tcp_renew(p->leg);
}

static json_t *
result(const struct flow *f)
{
	const struct split *p = (const struct split *)f;
	const struct series *series = down(p) ? &p->series : &p->leg->r.series;
	uint64_t delivered = down(p) ? p->got : p->leg->r.delivered;
	json_t *j = json_object();

	transfer_json(j, series, f->conf->start, f->conf->stop, p->done);
	gaps_json(j, down(p) ? &p->gaps : &p->leg->r.gaps);
	json_object_set_new(j, "bytes", json_integer((json_int_t)(delivered * p->mss)));
	json_object_set_new(
		j, "inner_per_byte", json_real((double)(p->mss + TCP_HEADERS) / p->mss));
	json_object_set_new(j, "retransmits", json_integer((json_int_t)p->given_up));
	json_object_set_new(j, "asked", json_integer((json_int_t)p->asked));
	json_object_set_new(j, "out_of_order", json_integer((json_int_t)p->out_of_order));
	json_object_set_new(j, "duplicates", json_integer((json_int_t)p->duplicates));
	json_object_set_new(j, "near_bytes", json_integer((json_int_t)(p->near_most * p->mss)));
	json_object_set_new(j, "far_bytes", json_integer((json_int_t)(p->far_most * p->mss)));
	json_object_set_new(j, "delay_ms", histogram_json(&p->delay));
	return j;
}

static void
destroy(struct flow *f)
{
	struct split *p = (struct split *)f;

	series_free(&p->series);
	free(p->bitmap);
	free(p->again);
	free(p);
}

const struct flow_ops split_flow = {
	.create = create,
	.start = start,
	.receive = receive,
	.result = result,
	.destroy = destroy,
};
