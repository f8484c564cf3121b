/* SPDX-License-Identifier: BSD-3-Clause */
// The commands /wanbond/... for dpdk-telemetry.py. The EAL's telemetry thread runs them, and lets the control
// thread do their work (mailbox.h).
#ifndef CONTROL_TELEMETRY_H
#define CONTROL_TELEMETRY_H

struct control;
struct reply_part;

void telemetry_start(struct control *ctl);
// Returns the i-th command and its help. NULL: past the end.
const char *telemetry_command(unsigned i, const char **help);
// Returns the i-th part of the answers' rows. NULL: past the end.
const struct reply_part *telemetry_part(unsigned i);
void telemetry_stop(void); // later requests get an error

#endif
