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

#include "wb_emulate.h"

struct trace_list;

struct trace_list *trace_list_create(void);
void trace_list_free(struct trace_list *list);
const struct wb_em_trace *trace_load(struct trace_list *list, const char *dir, const json_t *j);

#endif
