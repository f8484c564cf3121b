/* SPDX-License-Identifier: BSD-3-Clause */
// What a run gave, as one JSON object, and whether that is what the scenario expects.
#ifndef RESULT_H
#define RESULT_H

#include "world.h"

json_t *result_json(struct world *w);
// Compares with "expect" of the scenario: [{"value": "flows.0.goodput_mbit", "min": 260}, ...],
// a value being a path into the result. Adds "failed" to result; returns how many failed.
unsigned result_check(json_t *result, const json_t *expect);

#endif
