// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>

#include "quic.h"

static struct flow *
create(struct world *w, const struct scenario_flow *conf, uint32_t index)
{
	struct quic *q = sim_alloc(sizeof(*q));

	(void)conf;
	(void)index;
	series_init(&q->r.series, w->scenario->duration);
	return &q->flow;
}

static void
start(struct flow *f, wb_ns_t now)
{
	struct quic *q = (struct quic *)f;

	q->len = f->conf->size ? f->conf->size : QUIC_SIZE;
	if (q->len > world_mtu(f->w))
		q->len = world_mtu(f->w);
	q->payload = q->len - QUIC_OVERHEAD;
	quic_sender_init(q);
	quic_receiver_init(q);
	quic_output(q, now);
}

static void
receive(struct flow *f, const struct packet *p, enum side at, wb_ns_t now)
{
	struct quic *q = (struct quic *)f;

	if (at == f->from)
		quic_ack_received(q, p, now);
	else
		quic_data_received(q, p, now);
}

static void
count(json_t *j, const char *name, uint64_t value)
{
	json_object_set_new(j, name, json_integer((json_int_t)value));
}

static void
milliseconds(json_t *j, const char *name, wb_ns_t value)
{
	json_object_set_new(j, name, json_rounded(value == WB_NEVER ? 0 : (double)value / 1e6));
}

static json_t *
result(const struct flow *f)
{
	const struct quic *q = (const struct quic *)f;
	json_t *j = json_object();

	transfer_json(j, &q->r.series, f->conf->start, f->conf->stop, q->r.done);
	gaps_json(j, &q->r.gaps);
	count(j, "bytes", q->r.next_chunk * q->payload);
	if (q->payload > 0) // it has begun
		json_object_set_new(
			j, "inner_per_byte", json_real((double)q->len / (double)q->payload));
	count(j, "sent", q->s.next);
	count(j, "retransmits", q->s.again_sent);
	count(j, "lost", q->s.lost);
	count(j, "spurious", q->s.spurious);
	count(j, "ptos", q->s.ptos);
	count(j, "persistent", q->s.persistent);
	count(j, "out_of_order", q->r.reordered);
	count(j, "three_later", q->r.three_later);
	count(j, "duplicates", q->r.duplicates);
	count(j, "acks", q->r.acks);
	count(j, "cwnd_bytes", bbr_window(&q->s.bbr));
	json_object_set_new(
		j, "bandwidth_mbit", json_rounded((double)bbr_bandwidth(&q->s.bbr) * 8e-6));
	milliseconds(j, "srtt_ms", q->s.srtt);
	milliseconds(j, "min_rtt_ms", q->s.min_rtt);
	json_object_set_new(j, "delay_ms", histogram_json(&q->r.delay));
	return j;
}

static void
line(const struct flow *f, FILE *out)
{
	static const char *const mode[] = { "startup", "drain", "probe_bw", "probe_rtt" };
	static const char *const recovery[] = { "no", "conservation", "growth" };
	const struct quic *q = (const struct quic *)f;
	const struct bbr *b = &q->s.bbr;

	fprintf(out,
		"\"state\":\"%s\",\"recovery\":\"%s\",\"cwnd\":%llu,\"in_flight\":%llu,"
		"\"rate\":%.3f,\"pacing\":%.3f,\"srtt_ms\":%.3f,\"delivered\":%llu,"
		"\"bytes\":%llu,\"lost\":%llu,\"spurious\":%llu,\"three_later\":%llu",
		mode[b->mode], recovery[b->recovery], (unsigned long long)bbr_window(b),
		(unsigned long long)q->s.in_flight, (double)bbr_bandwidth(b) * 8e-6,
		(double)b->pacing * 8e-6, (double)q->s.srtt / 1e6,
		(unsigned long long)q->r.next_chunk,
		(unsigned long long)(q->r.next_chunk * q->payload), (unsigned long long)q->s.lost,
		(unsigned long long)q->s.spurious, (unsigned long long)q->r.three_later);
}

static void
destroy(struct flow *f)
{
	struct quic *q = (struct quic *)f;

	series_free(&q->r.series);
	free(q->r.seen);
	free(q->r.chunks);
	free(q->r.log);
	free(q->s.packets);
	free(q->s.again);
	free(q->s.acked);
	free(q);
}

const struct flow_ops quic_flow = {
	.create = create,
	.start = start,
	.receive = receive,
	.result = result,
	.line = line,
	.destroy = destroy,
};
