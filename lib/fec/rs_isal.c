// SPDX-License-Identifier: BSD-3-Clause
// ISA-L picks the widest instructions the machine has. It declares its inputs without const.
#include <isa-l/erasure_code.h>

#include "rs.h"

static void
init(uint8_t table[RS_TABLE], uint8_t c)
{
	ec_init_tables(1, 1, &c, table);
}

static void
update(const struct wb_rs *rs, uint8_t *const *dst, unsigned rows, unsigned index,
	const uint8_t *src, size_t len)
{
	ec_encode_data_update((int)len, WB_RS_SOURCES, (int)rows, (int)index,
		(uint8_t *)(uintptr_t)rs->tables, (uint8_t *)(uintptr_t)src,
		(uint8_t **)(uintptr_t)dst);
}

static void
mad(uint8_t table[RS_TABLE], uint8_t *dst, const uint8_t *src, size_t len)
{
	ec_encode_data_update((int)len, 1, 1, 0, table, (uint8_t *)(uintptr_t)src, &dst);
}

const struct rs_backend rs_isal = {
	.name = "isa-l",
	.init = init,
	.update = update,
	.mad = mad,
};
