/* SPDX-License-Identifier: BSD-3-Clause */
// The control plane's log: one line for each event, with the object's name. Workers never call it.
#ifndef CONTROL_LOG_H
#define CONTROL_LOG_H

#include <stdint.h>

#include <rte_log.h>

#define ctl_err(...) control_log(RTE_LOG_ERR, __VA_ARGS__)
#define ctl_warn(...) control_log(RTE_LOG_WARNING, __VA_ARGS__)
#define ctl_info(...) control_log(RTE_LOG_NOTICE, __VA_ARGS__)
#define ctl_debug(...) control_log(RTE_LOG_DEBUG, __VA_ARGS__)

extern int control_logtype; // RTE_LOG_REGISTER cannot make it static

// Sends DPDK's and our messages to standard error only. The EAL's own stream also writes to syslog, so that a
// service's journal would have each message twice. If standard error leads to the journal, each line begins
// with its level.
void control_log_open(void);
void control_log_close(void);

void control_log_lines(uint32_t level, char *text); // logs each line of text, which is modified
void control_log(uint32_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
