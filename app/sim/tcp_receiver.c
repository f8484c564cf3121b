// SPDX-License-Identifier: BSD-3-Clause
// The receiving end: reassembly, SACK and DSACK blocks, delayed ACKs. The application reads at once.
#include <string.h>

#include "bits.h"
#include "tcp.h"

#define ACK_LEN 64 // IPv4, TCP with timestamps, room for SACK
#define DELAYED (40 * WB_MS)
#define GRO_SEGMENTS 44 // 64 KiB
#define QUICK 16        // segments that are acknowledged at once at the start

static void
send_ack(struct tcp *t, const struct seg_range *dsack)
{
	struct tcp_receiver *r = &t->r;
	struct packet *p = world_packet(t->flow.w, &t->flow, t->flow.from, ACK_LEN);

	p->ack = r->next;
	p->ts = tcp_ms(t->flow.w->sim.now);
	p->ecr = r->ts_recent;
	p->edge = r->told = r->edge;
	if (r->ece)
		p->tcp_flags |= TCP_ECE;
	if (dsack != NULL) {
		p->tcp_flags |= TCP_DSACK;
		p->sack[p->n_sack++] = *dsack;
	}
	for (uint32_t i = 0; i < r->n_blocks && p->n_sack < SACK_BLOCKS; i++)
		p->sack[p->n_sack++] = r->blocks[i];
	r->unacked = 0;
	r->acks++;
	r->merging = 0;
	sim_timer_stop(&t->flow.w->sim, &r->merged);
	sim_timer_stop(&t->flow.w->sim, &r->delayed);
	world_send(t->flow.w, p);
}

// What arrives at one instant and in order is one packet to the kernel (GRO): one ACK.
static void
merged(void *arg, wb_ns_t now)
{
	(void)now;
	send_ack(arg, NULL);
}

static void
delayed(void *arg, wb_ns_t now)
{
	(void)now;
	send_ack(arg, NULL);
}

void
tcp_receiver_init(struct tcp *t)
{
	struct tcp_receiver *r = &t->r;

	for (r->size = 1024; r->size < t->flow.conf->window / t->mss + 64;)
		r->size *= 2;
	r->bitmap = sim_alloc(r->size / 8);
	r->quick = QUICK;
	gaps_add(&r->gaps, t->flow.w->sim.now);
	r->delay = sim_alloc(sizeof(*r->delay));
	sim_timer_init(&r->delayed, delayed, t);
	sim_timer_init(&r->merged, merged, t);
}

// What has been told holds, even when there is less room by now. As Linux: twice the room that the
// sender knows of is told at once, else with the next ACK.
void
tcp_room(struct tcp *t, uint64_t edge)
{
	struct tcp_receiver *r = &t->r;

	if (edge <= r->edge)
		return;
	r->edge = edge;
	if (r->told > 0 && edge >= r->told + 2 && edge - r->next >= 2 * (r->told - r->next))
		send_ack(t, NULL);
}

// The block that seq belongs to comes first; what it meets is merged into it (RFC 2018 4).
static void
add_block(struct tcp_receiver *r, uint64_t seq)
{
	struct seg_range whole = { seq, seq + 1 }, kept[SACK_BLOCKS + 1];
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n_blocks; i++) {
		struct seg_range b = r->blocks[i];

		if (b.start <= whole.end && b.end >= whole.start) {
			whole.start = b.start < whole.start ? b.start : whole.start;
			whole.end = b.end > whole.end ? b.end : whole.end;
		} else if (n < SACK_BLOCKS) {
			kept[n++] = b;
		}
	}
	// A block that was forgotten may be met again: the bitmap knows how far it goes.
	while (whole.start > r->next + 1 && bits_has(r->bitmap, r->size, whole.start - 1))
		whole.start--;
	while (bits_has(r->bitmap, r->size, whole.end))
		whole.end++;
	r->blocks[0] = whole;
	memcpy(&r->blocks[1], kept, n * sizeof(kept[0]));
	r->n_blocks = n + 1;
}

static void
trim_blocks(struct tcp_receiver *r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < r->n_blocks; i++)
		if (r->blocks[i].end > r->next)
			r->blocks[n++] = r->blocks[i];
	r->n_blocks = n;
}

// In order: hands on all that is complete now. Returns whether it filled a gap.
static bool
advance(struct tcp *t, wb_ns_t now)
{
	struct tcp_receiver *r = &t->r;
	bool gap = r->n_blocks > 0;
	uint64_t before = r->next++;

	for (; bits_has(r->bitmap, r->size, r->next); r->next++)
		bits_put(r->bitmap, r->size, r->next, false);
	r->delivered += r->next - before;
	gaps_add(&r->gaps, now);
	series_add(&r->series, now, (r->next - before) * t->mss);
	if (r->next >= t->s.end && r->done == 0 && t->arrived == NULL)
		r->done = now;
	trim_blocks(r);
	return gap;
}

static void
acknowledge(struct tcp *t, wb_ns_t now)
{
	if (++t->r.merging >= GRO_SEGMENTS)
		send_ack(t, NULL);
	else
		sim_timer_sooner(&t->flow.w->sim, &t->r.merged, now);
}

void
tcp_data_received(struct tcp *t, const struct packet *p, wb_ns_t now)
{
	struct tcp_receiver *r = &t->r;
	struct seg_range dsack = { p->seq, p->seq + 1 };

	histogram_add(r->delay, now - p->made);
	if (r->merging > 0 && p->seq != r->newest + 1)
		send_ack(t, NULL);
	r->newest = p->seq;
	if (p->tcp_flags & TCP_CWR)
		r->ece = false;
	if (p->wb.ecn == 3)
		r->ece = true;
	if (p->seq < r->next || bits_has(r->bitmap, r->size, p->seq)) {
		r->duplicates++;
		send_ack(t, &dsack);
	} else if (p->seq > r->next) {
		if (p->seq - r->next >= r->size)
			sim_fatal("tcp: segment beyond the window");
		r->out_of_order++;
		bits_put(r->bitmap, r->size, p->seq, true);
		add_block(r, p->seq);
		acknowledge(t, now);
	} else {
		r->ts_recent = p->ts;
		r->unacked++;
		if (r->quick > 0)
			r->quick--;
		if (advance(t, now) || r->unacked >= 2 || r->quick > 0 || r->ece)
			acknowledge(t, now);
		else
			sim_timer_sooner(&t->flow.w->sim, &r->delayed, now + DELAYED);
		if (t->progressed != NULL)
			t->progressed(t->arg, now);
		if (t->arrived != NULL && r->next == t->s.end)
			t->arrived(t->arg, now);
	}
}
