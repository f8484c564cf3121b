/* SPDX-License-Identifier: BSD-3-Clause */
// A result for people: a line for each flow and each link.
#ifndef SUMMARY_H
#define SUMMARY_H

#include <jansson.h>
#include <stdio.h>

void summary_print(FILE *out, const json_t *result);

#endif
