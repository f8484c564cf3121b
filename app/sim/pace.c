// SPDX-License-Identifier: BSD-3-Clause
#include "pace.h"

#define PER_SECOND 1000
#define MIN_PACKETS 2
#define MAX_BYTES 65536

bool
pace_packet(struct pace *p, uint64_t rate, uint32_t len, wb_ns_t now)
{
	uint64_t burst = rate / PER_SECOND;
	wb_ns_t credit;

	if (rate == 0)
		return true;
	if (now < p->next)
		return false;
	if (burst > MAX_BYTES)
		burst = MAX_BYTES;
	if (p->left == 0)
		p->left = burst > MIN_PACKETS * len ? burst / len : MIN_PACKETS;
	p->owed += len * WB_SEC / rate;
	if (--p->left > 0)
		return true;
	credit = now - p->next < p->owed / 2 ? now - p->next : p->owed / 2;
	p->next = now + p->owed - credit;
	p->owed = 0;
	return true;
}
