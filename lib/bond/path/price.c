// SPDX-License-Identifier: BSD-3-Clause
// Works out what a path costs from its budget (docs/design/metered-paths.md).
#include "wb_price.h"

#define SHARE (1u << 20) // of a whole: budgets and periods fit into 64 bits times this

static uint64_t
share(uint64_t part, uint64_t whole)
{
	if (part >= whole)
		return SHARE;
	// both smaller than 2^44 here: 17 TB; above, the low bits do not matter
	while (whole >> 43) {
		whole >>= 1;
		part >>= 1;
	}
	return part * SHARE / whole;
}

wb_ns_t
wb_price(const struct wb_price *p)
{
	wb_ns_t base = 0;
	uint64_t time, bytes, price;

	if (p->backup)
		base += WB_PRICE_BASE;
	if (p->metered || p->budget)
		base += WB_PRICE_BASE;
	if (p->budget == 0)
		return base;
	time = share(p->left, p->period);
	bytes = p->used < p->budget ? share(p->budget - p->used, p->budget) : 0;
	if (bytes == 0)
		return WB_PRICE_MAX;
	price = bytes < time ? base * time / bytes : base;
	return price < WB_PRICE_MAX ? price : WB_PRICE_MAX;
}
