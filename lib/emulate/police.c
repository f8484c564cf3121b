// SPDX-License-Identifier: BSD-3-Clause
// A token bucket, kept as the time at which it will be full again (GCRA). An item of b bytes moves that by b / rate, and
// passes if it then is no further away than the bucket takes to fill.
#include "link.h"

#define NS_PER_S 1000000000ULL

static wb_em_ns_t
time_of(const struct wb_em_conf *conf, uint64_t bytes)
{
	return bytes * (8 * NS_PER_S) / conf->police_rate;
}

bool
police_pass(struct wb_em_link *l, uint32_t bytes)
{
	wb_em_ns_t full;

	if (l->conf.police_rate == 0)
		return true;
	full = (l->police.full > l->now ? l->police.full : l->now) + time_of(&l->conf, bytes);
	if (full - l->now > time_of(&l->conf, l->conf.police_bytes))
		return false;
	l->police.full = full;
	return true;
}

void
police_restart(struct wb_em_link *l)
{
	l->police.full = l->now;
}
