// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "lateness.h"

void
lateness_clear(struct lateness *l)
{
	memset(l, 0, sizeof(*l));
}

void
lateness_add(struct lateness *l, int64_t ns)
{
	int64_t i = ns / LATENESS_STEP_NS - (ns < 0) - LATENESS_MIN_STEP;

	if (i < 0)
		i = 0;
	if (i >= LATENESS_STEPS)
		i = LATENESS_STEPS - 1;
	l->step[i]++;
	if (l->n == 0 || ns < l->min)
		l->min = ns;
	if (l->n == 0 || ns > l->max)
		l->max = ns;
	l->n++;
}

void
lateness_join(struct lateness *l, const struct lateness *more)
{
	if (more->n == 0)
		return;
	if (l->n == 0 || more->min < l->min)
		l->min = more->min;
	if (l->n == 0 || more->max > l->max)
		l->max = more->max;
	l->n += more->n;
	for (int i = 0; i < LATENESS_STEPS; i++)
		l->step[i] += more->step[i];
}

int64_t
lateness_quantile(const struct lateness *l, unsigned permille)
{
	uint64_t rank = (l->n * permille + 999) / 1000, seen = 0;

	for (int64_t i = 0; i < LATENESS_STEPS - 1; i++) {
		seen += l->step[i];
		if (seen >= rank)
			return l->n > 0 ? (i + 1 + LATENESS_MIN_STEP) * LATENESS_STEP_NS : 0;
	}
	return l->max;
}
