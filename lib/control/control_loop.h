/* SPDX-License-Identifier: BSD-3-Clause */
// The control thread's main loop.
#ifndef CONTROL_CONTROL_LOOP_H
#define CONTROL_CONTROL_LOOP_H

struct control;

// Serves the kernel, the workers, signals, telemetry and the prompt until ctl->quit is set.
void control_loop(struct control *ctl);

#endif
