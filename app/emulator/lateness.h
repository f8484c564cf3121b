/* SPDX-License-Identifier: BSD-3-Clause */
// A histogram of times around 0, in steps of 10 us.
#ifndef LATENESS_H
#define LATENESS_H

#include <stdint.h>

#define LATENESS_STEP_NS 10000
#define LATENESS_MIN_STEP (-500) // -5 ms
#define LATENESS_STEPS 5500      // up to 50 ms; the first and the last take what lies beyond

struct lateness {
	uint64_t n;
	int64_t min, max;
	uint64_t step[LATENESS_STEPS];
};

void lateness_clear(struct lateness *l);
void lateness_add(struct lateness *l, int64_t ns);
void lateness_join(struct lateness *l, const struct lateness *more);
// In ns, rounded up to the step; permille 500 is the median. 0 when empty.
int64_t lateness_quantile(const struct lateness *l, unsigned permille);

#endif
