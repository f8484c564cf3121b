/* SPDX-License-Identifier: BSD-3-Clause */
// The control plane's log: one line an event, with the object's name. Never called by workers.
#ifndef CONTROL_LOG_H
#define CONTROL_LOG_H

#include <stdint.h>

#include <rte_log.h>

#define ctl_err(...) control_log(RTE_LOG_ERR, __VA_ARGS__)
#define ctl_warn(...) control_log(RTE_LOG_WARNING, __VA_ARGS__)
#define ctl_info(...) control_log(RTE_LOG_NOTICE, __VA_ARGS__)
#define ctl_debug(...) control_log(RTE_LOG_DEBUG, __VA_ARGS__)

extern int control_logtype; // RTE_LOG_REGISTER cannot make it static

// From here on DPDK's and our messages go to standard error, and nowhere else: the EAL's own stream
// writes each to syslog too, so that a service's journal would have it twice. Where standard error is
// the journal's, each line begins with its level.
void control_log_open(void);
void control_log_close(void);

void control_log_lines(uint32_t level, char *text); // one a line; text is taken apart
void control_log(uint32_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
