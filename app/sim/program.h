/* SPDX-License-Identifier: BSD-3-Clause */
// Schedulers from object files (lib/bond/wb_sched_bpf.h), where the simulator was built with DPDK.
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>

struct wb_bpf_scheduler;
struct wb_tunnel;

// FILE.o, not a scheduler's name.
bool program_is_file(const char *scheduler);
// Loads the file for a tunnel; ends the program with a message when that is not possible.
struct wb_bpf_scheduler *program_set(struct wb_tunnel *t, const char *file);
void program_free(struct wb_bpf_scheduler *program); // after the tunnel

#endif
