/* SPDX-License-Identifier: BSD-3-Clause */
// SIGHUP: the file is read and checked again, and what a restart would change is told. A running
// gateway keeps the configuration it has.
#ifndef CONTROL_REREAD_H
#define CONTROL_REREAD_H

#include "wb_config.h"

// Logs what a restart would change of `running`, or what is wrong with the file now.
void reread(const struct wb_config *running);

#endif
