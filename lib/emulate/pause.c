// SPDX-License-Identifier: BSD-3-Clause
// Pauses of the service. The k-th one is in the k-th `every` of the clock. Its length and place depend on k and the
// seed only, so that any time can be looked up in any order.
#include "link.h"

struct pause {
	wb_em_ns_t begin, end;
};

// Returns the pause of the period that t is in.
static struct pause
pause_at(const struct wb_em_conf *conf, wb_em_ns_t t)
{
	const struct wb_em_pauses *p = &conf->pauses;
	wb_em_ns_t period = t / p->every, length;
	struct wb_em_random r;
	struct pause pause;

	wb_em_random_seed(&r, conf->seed ^ (period + 1) * 0xd1342543de82ef95);
	length = p->min + wb_em_random_next(&r) % (p->max - p->min + 1);
	pause.begin = period * p->every + wb_em_random_next(&r) % (p->every - length + 1);
	pause.end = pause.begin + length;
	return pause;
}

wb_em_ns_t
pause_finish(const struct wb_em_conf *conf, wb_em_ns_t *start, wb_em_ns_t air)
{
	wb_em_ns_t t = *start, next;
	struct pause p;
	bool begun = false;

	for (;;) {
		p = pause_at(conf, t);
		if (t >= p.begin && t < p.end)
			t = p.end;
		if (!begun)
			*start = t;
		begun = true;
		next = t < p.begin ? p.begin : (t / conf->pauses.every + 1) * conf->pauses.every;
		if (air <= next - t)
			return t + air;
		air -= next - t;
		t = next;
	}
}

wb_em_ns_t
wb_em_open_time(const struct wb_em_conf *conf, wb_em_ns_t from, wb_em_ns_t to)
{
	wb_em_ns_t open = to - from, every = conf->pauses.every;

	for (wb_em_ns_t t = from; every != 0 && t < to; t = (t / every + 1) * every) {
		struct pause p = pause_at(conf, t);
		wb_em_ns_t begin = p.begin > from ? p.begin : from, end = p.end < to ? p.end : to;

		open -= end > begin ? end - begin : 0;
	}
	return open;
}

bool
pauses_valid(const struct wb_em_conf *conf)
{
	const struct wb_em_pauses *p = &conf->pauses;

	if (p->every == 0)
		return p->min == 0 && p->max == 0;
	return p->min <= p->max && p->max < p->every && p->every < INT64_MAX / 4 &&
	       conf->trace == NULL;
}
