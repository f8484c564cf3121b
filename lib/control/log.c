// SPDX-License-Identifier: BSD-3-Clause
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

RTE_LOG_REGISTER(control_logtype, wanbond.control, NOTICE);

void
control_log(uint32_t level, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	rte_log(level, (uint32_t)control_logtype, "wanbond: %s\n", line);
}
