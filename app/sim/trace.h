/* SPDX-License-Identifier: BSD-3-Clause */
// Recorded links as Mahimahi opportunities, from a Mahimahi file or from a column of Mbit/s by
// second in a CSV file:
//   "trace": "file"
//   "trace": {"file": "x.down", "scale": 2}
//   "trace": {"csv": "x.csv", "column": "tmobile_mbps", "from": 100, "seconds": 60, "scale": 1}
// Names are relative to the scenario's folder; $WB_TRACES in a name is the environment's.
#ifndef TRACE_H
#define TRACE_H

#include <jansson.h>

#include "place.h"
#include "wb_emulate.h"
#include "wb_time.h"

struct trace_list;

struct trace_list *trace_list_create(void);
void trace_list_free(struct trace_list *list);
// at: of the object that has the key "trace". What is wrong ends the program with file and line.
const struct wb_em_trace *trace_load(
	struct trace_list *list, const char *dir, const json_t *j, const struct place *at);

// One-way delays, one for each DELAY_STEP; the first follows the last.
#define DELAY_STEP (10 * WB_MS)
struct delay_trace {
	wb_ns_t *delay;
	uint32_t n;
};
// From a file of milliseconds, one a line.
const struct delay_trace *delay_trace_load(
	struct trace_list *list, const char *dir, const json_t *name, const struct place *at);

#endif
