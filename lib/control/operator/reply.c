// SPDX-License-Identifier: BSD-3-Clause
// Adds texts, numbers and objects to a reply of telemetry.
#include "reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_telemetry.h>

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
