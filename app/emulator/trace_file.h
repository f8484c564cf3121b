/* SPDX-License-Identifier: BSD-3-Clause */
// Recorded link capacities from files, as struct wb_em_trace. Libc and lib/emulate's header only:
// the simulator compiles this file too.
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include "wb_emulate.h"

struct trace_file {
	struct wb_em_trace trace;
	uint32_t *opportunity_ms; // the trace's; freed by trace_file_free
};

// column NULL: a Mahimahi file (a millisecond a line, repeats after the last one). Else a CSV file
// with a header line and a column t_s; the named column is the rate in Mbit/s from t_s on, a missing
// step holds the value before.
// 0; -errno of open or read; -EINVAL: not such a file (why is then in `error`); -ENOMEM.
int trace_file_load(
	struct trace_file *t, const char *path, const char *column, char *error, size_t size);
void trace_file_free(struct trace_file *t);

#endif
