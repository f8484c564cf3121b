/* SPDX-License-Identifier: BSD-3-Clause */
// The commands /wanbond/... for dpdk-telemetry.py. They run in the EAL's telemetry thread and have
// the control thread do their work (mailbox.h).
#ifndef CONTROL_TELEMETRY_H
#define CONTROL_TELEMETRY_H

struct control;

void telemetry_start(struct control *ctl);
// i-th command and what it is for; NULL past the end.
const char *telemetry_command(unsigned i, const char **help);
void telemetry_stop(void); // later calls answer with an error

#endif
