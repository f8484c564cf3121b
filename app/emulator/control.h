/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_H
#define CONTROL_H

#include "loop.h"

// Registers the telemetry commands /emu/...; the loop must stay as long as the process.
int control_register(struct loop *l);

#endif
