// SPDX-License-Identifier: BSD-3-Clause
// Decides whether a path lives: silence, loss, probes (docs/design/path-life.md).
#include "path.h"

#include <string.h>

const char *
wb_path_state_name(enum wb_path_state state)
{
	static const char *const names[WB_PATH_STATES] = {
		"free",
		"disabled",
		"probing",
		"up",
		"degraded",
		"suspect",
		"down",
	};

	return (unsigned)state < WB_PATH_STATES ? names[state] : "?";
}

enum wb_path_state
wb_path_state_worse(enum wb_path_state a, enum wb_path_state b)
{
	enum wb_path_state less = a < b ? a : b, more = a < b ? b : a;

	return less < WB_PATH_UP ? less : more;
}

void
path_set_rate(struct path *p, uint64_t fixed, uint64_t ceiling, wb_ns_t now)
{
	p->conf.rate_up = fixed;
	p->conf.max_up = ceiling;
	cc_init(&p->cc, fixed ? "fixed" : "auto", fixed ? fixed : ceiling, now);
	pacer_set_rate(&p->pacer, p->cc.pacing);
}

void
path_restart(struct path *p, wb_ns_t now)
{
	rtt_init(&p->rtt);
	memset(&p->owd_tx, 0, sizeof(p->owd_tx));
	memset(&p->owd_rx, 0, sizeof(p->owd_rx));
	memset(&p->horizon, 0, sizeof(p->horizon));
	rate_init(&p->rate);
	memset(&p->wander, 0, sizeof(p->wander));
	path_set_rate(p, p->conf.rate_up, p->conf.max_up, now);
	p->pacer.next = now;
	replay_init(&p->replay);
	ack_init(&p->ack);
	p->loss_ppm = p->chance_ppm = 0;
	p->counted_at = 0;
	p->limited_at = now;
	p->tails = 0;
	p->acks_to_up = 1;
	p->n_replies = 0;
	p->replied_until = 0;
	p->probed_by = 0;
	p->told_until = 0;
	p->closes = 0;
	p->closed_by_peer = false;
	p->probe_at = now;
	p->progress_at = p->last_eliciting = p->probed_at = 0;
	p->last_heard = 0;
	p->told = (struct path_told){ 0 };
	p->rx_state = WB_PATH_PROBING;
}

wb_ns_t
path_silence(const struct path *p)
{
	wb_ns_t t = p->rtt.srtt + p->rtt.srtt / 4 + 4 * p->rtt.rttvar + ACK_DELAY;

	return t > PATH_SILENCE_MIN ? t : PATH_SILENCE_MIN;
}

wb_ns_t
path_tail_at(const struct path *p)
{
	unsigned doublings = p->tails < TAIL_DOUBLINGS ? p->tails : TAIL_DOUBLINGS;
	wb_ns_t at;

	if (!p->in_flight.first_unanswered || !WB_PATH_CARRIES(p))
		return WB_NEVER;
	at = p->in_flight.first_unanswered +
	     ((p->rtt.srtt + 4 * p->rtt.rttvar + ACK_DELAY) << doublings);
	// A PROBE_REPLY without an ACK may put it into the past: not at once, and at once again.
	return at > p->probed_at + ACK_DELAY ? at : p->probed_at + ACK_DELAY;
}

wb_ns_t
path_late_after(const struct path *p)
{
	wb_ns_t usual = p->rtt.srtt + 2 * p->rtt.rttvar, most = rtt_minimum(&p->rtt) + PATH_LATE_BY;

	// Where datagrams overtake each other, one may well be late.
	if (p->in_flight.overtaken || usual < most)
		most = usual;
	return most + p->in_flight.reo_wnd + ACK_DELAY;
}

bool
path_doubtful(const struct path *p, wb_ns_t now)
{
	wb_ns_t oldest = in_flight_oldest(&p->in_flight, 0);

	return p->loss_ppm >= PATH_DOUBTFUL_PPM || (oldest && now >= oldest + path_late_after(p));
}

wb_ns_t
path_overdue_at(const struct path *p)
{
	wb_ns_t oldest = WB_PATH_CARRIES(p) ? in_flight_oldest(&p->in_flight, p->overdue) : 0;

	return oldest ? oldest + path_late_after(p) : WB_NEVER;
}

static wb_ns_t
down_after(wb_ns_t silence)
{
	return DOWN_AFTER_ALL_SILENT * silence > DOWN_MIN ? DOWN_AFTER_ALL_SILENT * silence
							  : DOWN_MIN;
}

// Returns how long without an answer is silence. A few datagrams may all have been lost: then the tail probe must
// have gone unanswered too.
static wb_ns_t
silence_of(const struct path *p)
{
	wb_ns_t silence = path_silence(p);

	return p->in_flight.unacked < FEW_FOR_SILENCE ? silence + p->rtt.srtt + ACK_DELAY : silence;
}

// Returns whether what is overdue may have been lost one by one, on a path where many get lost.
static bool
by_chance(const struct path *p, wb_ns_t now)
{
	uint64_t ppb = 1000000000;
	uint32_t n;

	if (p->chance_ppm == 0)
		return false;
	n = in_flight_count_older(&p->in_flight, now - path_silence(p), CHANCE_MOST);
	if (n < FEW_FOR_SILENCE && p->in_flight.unacked >= FEW_FOR_SILENCE)
		n = FEW_FOR_SILENCE;
	for (; n > 0 && ppb >= 1000 * CHANCE_LEAST; n--)
		ppb = ppb * p->chance_ppm / 1000000;
	return ppb >= 1000 * CHANCE_LEAST;
}

wb_ns_t
path_probe_due(const struct path *p, bool active)
{
	wb_ns_t tail, due;

	if (!WB_PATH_LIVES(p))
		return WB_NEVER;
	if (p->move_probe)
		return 0;
	if (!WB_PATH_CARRIES(p))
		return p->probe_at;
	tail = path_tail_at(p);
	// Silent by chance, perhaps: more of them will tell.
	if (p->in_flight.first_unanswered && p->chance_ppm >= PATH_DEGRADED_PPM &&
		p->last_eliciting + PATH_PROBE_SUSPECT < tail)
		return p->last_eliciting + PATH_PROBE_SUSPECT;
	if (p->state == WB_PATH_DEGRADED && p->last_eliciting + PATH_PROBE_DEGRADED < tail)
		return p->last_eliciting + PATH_PROBE_DEGRADED;
	due = p->last_eliciting + (active ? PATH_PROBE_ACTIVE : PATH_PROBE_IDLE);
	return tail < due ? tail : due;
}

enum wb_path_state
path_answered(struct path *p, wb_ns_t now)
{
	p->progress_at = now;
	p->tails = 0;
	if (!WB_PATH_LIVES(p) || WB_PATH_CARRIES(p) || !p->remote.cur.valid)
		return p->state;
	if (p->acks_to_up > 0)
		p->acks_to_up--;
	if (p->acks_to_up)
		return p->state;
	// It lives: what got lost did so by chance. Of an outage that ended this is little. What probes found while nothing
	// was carried says nothing of the path that is back.
	if (p->state != WB_PATH_SUSPECT)
		p->loss_ppm = 0;
	else
		path_count_loss(p, 1,
			p->lost_silent < FEW_FOR_SILENCE ? p->lost_silent : FEW_FOR_SILENCE, now);
	return p->loss_ppm > PATH_DEGRADED_PPM ? WB_PATH_DEGRADED : WB_PATH_UP;
}

enum wb_path_state
path_aged(const struct path *p, bool other_answers, wb_ns_t now)
{
	wb_ns_t silent, limit;

	if (p->state == WB_PATH_SUSPECT)
		return now >= p->state_at + PATH_DOWN_AFTER ? WB_PATH_DOWN : p->state;
	if (!WB_PATH_CARRIES(p))
		return p->state;
	silent = p->in_flight.first_unanswered ? now - p->in_flight.first_unanswered : 0;
	limit = silence_of(p);
	if (other_answers && silent >= limit && (silent >= PATH_DOWN_AFTER || !by_chance(p, now)))
		return WB_PATH_SUSPECT;
	if (!other_answers && silent >= down_after(limit))
		return WB_PATH_DOWN;
	if (p->loss_ppm > PATH_DEGRADED_PPM)
		return WB_PATH_DEGRADED;
	if (p->loss_ppm < PATH_RECOVERED_PPM)
		return WB_PATH_UP;
	return p->state;
}

wb_ns_t
path_aging_at(const struct path *p, wb_ns_t now)
{
	wb_ns_t silence = silence_of(p), at;

	if (p->state == WB_PATH_SUSPECT)
		return p->state_at + PATH_DOWN_AFTER;
	if (!WB_PATH_CARRIES(p) || !p->in_flight.first_unanswered)
		return WB_NEVER;
	at = p->in_flight.first_unanswered + silence;
	if (at > now)
		return at;
	// Past that, it turns on whether another path answers: an event of its own.
	at = p->in_flight.first_unanswered + down_after(silence);
	return at > now || !p->chance_ppm ? at : p->in_flight.first_unanswered + PATH_DOWN_AFTER;
}

enum wb_path_state
path_rx_state(const struct path *p, bool tells, bool silent, wb_ns_t now)
{
	if (p->state == WB_PATH_DISABLED)
		return WB_PATH_DISABLED;
	if (tells && (!silent || p->told.state <= WB_PATH_PROBING))
		return p->told.state > WB_PATH_DISABLED ? p->told.state : WB_PATH_PROBING;
	if (p->last_heard == 0)
		return WB_PATH_PROBING;
	return silent || now >= p->last_heard + PATH_RX_SILENT ? WB_PATH_DOWN : WB_PATH_UP;
}

// Counts as path_count_loss() does, but what is long ago counts less, however little was sent since.
static void
count_chance(struct path *p, uint32_t share, uint32_t weight, wb_ns_t now)
{
	wb_ns_t since = p->counted_at ? (now - p->counted_at) * LOSS_MEMORY / CHANCE_MEMORY : 0;

	if (since > LOSS_MEMORY / 4)
		since = LOSS_MEMORY / 4;
	if (weight < since)
		weight = (uint32_t)since;
	p->chance_ppm = (uint32_t)(((uint64_t)p->chance_ppm * (LOSS_MEMORY - weight) +
					   (uint64_t)share * weight) /
				   LOSS_MEMORY);
}

void
path_count_loss(struct path *p, uint32_t acked, uint32_t lost, wb_ns_t now)
{
	uint32_t total = acked + lost, weight, share;
	bool alone = (p->state == WB_PATH_DEGRADED ||
			     (p->state == WB_PATH_SUSPECT && p->loss_ppm > PATH_DEGRADED_PPM)) &&
		     now >= p->counted_at + LOSS_ALONE;

	if (total == 0)
		return;
	share = (uint32_t)((uint64_t)lost * 1000000 / total);
	weight = total < LOSS_MEMORY / 4 ? total : LOSS_MEMORY / 4;
	count_chance(p, share, weight, now);
	p->counted_at = now;
	if (alone && weight < LOSS_MEMORY / 16)
		weight = LOSS_MEMORY / 16;
	p->loss_ppm = (uint32_t)(((uint64_t)p->loss_ppm * (LOSS_MEMORY - weight) +
					 (uint64_t)share * weight) /
				 LOSS_MEMORY);
}

void
path_uncount_loss(struct path *p, uint32_t spurious)
{
	uint64_t ppm = (uint64_t)spurious * 1000000 / LOSS_MEMORY;

	p->loss_ppm -= ppm < p->loss_ppm ? (uint32_t)ppm : p->loss_ppm;
}
