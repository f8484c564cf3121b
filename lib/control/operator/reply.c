// SPDX-License-Identifier: BSD-3-Clause
// Adds texts, numbers and objects to a reply of telemetry.
#include "reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_telemetry.h>

#include "wb_counter.h"

void
reply_text(struct rte_tel_data *d, const char *key, const char *value)
{
	rte_tel_data_add_dict_string(d, key, value);
}

void
reply_number(struct rte_tel_data *d, const char *key, uint64_t value)
{
	rte_tel_data_add_dict_uint(d, key, value);
}

void
reply_rows(
	struct rte_tel_data *d, const char *prefix, const struct wb_counter *rows, const void *from)
{
	char key[64];

	for (const struct wb_counter *r = rows; r->name != NULL; r++) {
		snprintf(key, sizeof(key), "%s%s", prefix, r->name);
		switch (r->unit) {
		case WB_UNIT_TEXT:
		case WB_UNIT_STRING:
			reply_text(d, key, wb_counter_text(r, from));
			break;
		case WB_UNIT_SIGNED:
		case WB_UNIT_SIGNED_US:
			rte_tel_data_add_dict_int(d, key, (int)wb_counter_shown(r, from));
			break;
		default:
			reply_number(d, key, (uint64_t)wb_counter_shown(r, from));
		}
	}
}

int
reply_start(const char *params, unsigned *start)
{
	unsigned long v = 0;
	char *end;

	*start = 0;
	if (params == NULL || params[0] == 0)
		return 0;
	if (params[0] < '0' || params[0] > '9')
		return -EINVAL;
	v = strtoul(params, &end, 10);
	if (*end != 0 || v > UINT32_MAX / 2)
		return -EINVAL;
	*start = (unsigned)v;
	return 0;
}

struct rte_tel_data *
reply_object(void)
{
	struct rte_tel_data *d = rte_tel_data_alloc();

	if (d != NULL)
		rte_tel_data_start_dict(d);
	return d;
}

void
reply_add(struct rte_tel_data *list, unsigned index, struct rte_tel_data *d)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", index);
	if (rte_tel_data_add_dict_container(list, key, d, 0) < 0)
		rte_tel_data_free(d);
}
