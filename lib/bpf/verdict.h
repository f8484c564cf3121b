/* SPDX-License-Identifier: BSD-3-Clause */
// librte_bpf says why it refuses a program by rte_log() only. This listens in.
#ifndef BPF_VERDICT_H
#define BPF_VERDICT_H

#include <stddef.h>
#include <stdio.h>

struct verdict {
	FILE *before, *stream;
	char text[256]; // the last line of librte_bpf, "": none
};

// Between the two, nothing is logged. No other thread may change the log's stream meanwhile, and none
// writes to it: workers never log, and the control thread is the one that loads.
void verdict_begin(struct verdict *v);
void verdict_end(struct verdict *v);

#endif
