/* SPDX-License-Identifier: BSD-3-Clause */
// Reads the configuration file again upon SIGHUP. A running gateway keeps its configuration.
#ifndef CONTROL_REREAD_H
#define CONTROL_REREAD_H

#include "wb_config.h"

// Logs what a restart would change in `running`, or what is wrong with the file.
void reread(const struct wb_config *running);

#endif
