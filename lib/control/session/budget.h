/* SPDX-License-Identifier: BSD-3-Clause */
// Metered WANs of an edge: what they have carried this month, and the price that follows from it.
#ifndef CONTROL_BUDGET_H
#define CONTROL_BUDGET_H

#include "tunnels.h"
#include "usage.h"

struct budget {
	struct usage_entry usage; // of the month
	uint64_t carried;         // the path's counter when it was last read
};

struct budgets {
	const struct wb_config *conf;
	struct tunnels *tunnels;
	struct budget ports[WB_CONFIG_PORTS];
	wb_ns_t look_at, saved;
	bool changed, failed; // since the file was written; the last write failed
};

// Reads what was carried, and sets the prices. Call it before the tunnels start.
void budgets_start(struct budgets *b);
void budgets_upkeep(struct budgets *b, wb_ns_t now);
// Saves what was carried. Call it before the tunnels go.
void budgets_stop(struct budgets *b);
// Returns the port of an edge's path if its bytes are counted. -ENOENT.
int budget_find(const struct budgets *b, unsigned slot);

#endif
