/* SPDX-License-Identifier: BSD-3-Clause */
// Loads, verifies and compiles schedulers from object files (wb_sched_bpf.h) by DPDK's librte_bpf. It needs no EAL.
// Only the control thread may load; the program may run in several threads at once.
#ifndef WB_BPF_H
#define WB_BPF_H

#include <stdbool.h>
#include <stddef.h>

#include "wb_sched_program.h"

struct wb_bpf_scheduler;

// Loads a file. The scheduler has the file's name without folder and ".bpf.o". NULL: err says what is wrong and where
// ("FILE: section \"scheduler\": instruction 12: ...").
struct wb_bpf_scheduler *wb_bpf_scheduler_load(const char *file, char *err, size_t err_len);
// Frees a scheduler that no tunnel uses any more. NULL is allowed.
void wb_bpf_scheduler_free(struct wb_bpf_scheduler *s);
const struct wb_sched_program *wb_bpf_scheduler_program(const struct wb_bpf_scheduler *s);
// Returns whether it was compiled. Else it is interpreted, as librte_bpf has no compiler for this CPU.
bool wb_bpf_scheduler_is_compiled(const struct wb_bpf_scheduler *s);

#endif
