// SPDX-License-Identifier: BSD-3-Clause
// Checks a link's configuration and fills in its defaults.
#include <errno.h>

#include "link.h"

#define PPM 1000000

static bool
trace_valid(const struct wb_em_trace *t)
{
	if (t->n == 0 || t->opportunity_ms == NULL || t->period_ms == 0)
		return false;
	for (size_t i = 1; i < t->n; i++) {
		if (t->opportunity_ms[i] < t->opportunity_ms[i - 1])
			return false;
	}
	return t->opportunity_ms[t->n - 1] <= t->period_ms;
}

int
conf_check(const struct wb_em_conf *conf)
{
	if (conf->rate != 0 && conf->trace != NULL)
		return -EINVAL;
	if (conf->trace != NULL && !trace_valid(conf->trace))
		return -EINVAL;
	if (conf->loss_ppm > PPM || conf->ge_enter_ppm > PPM || conf->ge_leave_ppm > PPM ||
		conf->ge_loss_ppm > PPM)
		return -EINVAL;
	if (conf->jitter_kind > WB_EM_JITTER_REORDER)
		return -EINVAL;
	if (!pauses_valid(conf))
		return -EINVAL;
	// Sums of times must not wrap.
	if (conf->delay > INT64_MAX / 4 || conf->jitter > INT64_MAX / 64)
		return -EINVAL;
	return 0;
}

struct wb_em_conf
conf_defaults(const struct wb_em_conf *conf)
{
	struct wb_em_conf c = *conf;

	if (c.queue_bytes == 0)
		c.queue_bytes = 250000;
	if (c.police_bytes == 0)
		c.police_bytes = 125000;
	if (c.max_items == 0)
		c.max_items = 65536;
	if (c.ge_loss_ppm == 0)
		c.ge_loss_ppm = PPM;
	return c;
}
