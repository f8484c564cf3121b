/* SPDX-License-Identifier: BSD-3-Clause */
// Collects the reason for which librte_bpf refuses a program, which it only logs by rte_log().
#ifndef BPF_VERDICT_H
#define BPF_VERDICT_H

#include <stddef.h>
#include <stdio.h>

struct verdict {
	FILE *before, *stream;
	char text[256]; // the last line of librte_bpf, "": none
};

// Begin and end collecting the verifier's messages; nothing reaches the log in between. No other thread may change
// the log's stream or log meanwhile: workers never log, and the control thread is the one that loads.
void verdict_begin(struct verdict *v);
void verdict_end(struct verdict *v);

#endif
