/* SPDX-License-Identifier: BSD-3-Clause */
// Schedulers from object files (wb_sched_bpf.h): loaded, verified and compiled by DPDK's librte_bpf.
// Needs no EAL. Control thread only; the program it gives may run in any thread, in several at once.
#ifndef WB_BPF_H
#define WB_BPF_H

#include <stdbool.h>
#include <stddef.h>

#include "wb_sched_program.h"

struct wb_bpf_scheduler;

// Reads FILE. NULL: err says which file, what is wrong and where ("FILE: section \"scheduler\":
// instruction 12: ..."), nothing has changed. Its name is the file's, without folder and ".bpf.o".
struct wb_bpf_scheduler *wb_bpf_scheduler_load(const char *file, char *err, size_t err_len);
// No tunnel may use it any more. NULL is allowed.
void wb_bpf_scheduler_free(struct wb_bpf_scheduler *s);
const struct wb_sched_program *wb_bpf_scheduler_program(const struct wb_bpf_scheduler *s);
// False: this CPU's code cannot be made, the program is interpreted.
bool wb_bpf_scheduler_is_compiled(const struct wb_bpf_scheduler *s);

#endif
