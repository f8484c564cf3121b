// SPDX-License-Identifier: BSD-3-Clause
// ISA-L picks the widest instructions the machine has, and the layout of its tables by them: 32 bytes a
// coefficient up to AVX-512, 8 with GFNI (from 2.31 on). It declares its inputs without const.
#include <isa-l/crc.h>
#include <isa-l/erasure_code.h>

#include "rs.h"

static void
init(int k, int rows, const uint8_t *matrix, uint8_t *tables)
{
	ec_init_tables(k, rows, (uint8_t *)(uintptr_t)matrix, tables);
}

static void
update(size_t len, const struct rs_shape *shape, unsigned index, const uint8_t *src,
	uint8_t *const *dst)
{
	ec_encode_data_update((int)len, shape->k, shape->rows, (int)index,
		(uint8_t *)(uintptr_t)shape->tables, (uint8_t *)(uintptr_t)src,
		(uint8_t **)(uintptr_t)dst);
}

static void
encode(size_t len, const struct rs_shape *shape, uint8_t *const *src, uint8_t *const *dst)
{
	ec_encode_data((int)len, shape->k, shape->rows, (uint8_t *)(uintptr_t)shape->tables,
		(uint8_t **)(uintptr_t)src, (uint8_t **)(uintptr_t)dst);
}

// Computes the sum with ISA-L, which leaves the inversions at both ends to its caller.
static uint32_t
crc(const struct wb_rs *rs, uint32_t before, const uint8_t *bytes, size_t len)
{
	(void)rs;
	return ~crc32_iscsi((uint8_t *)(uintptr_t)bytes, (int)len, ~before);
}

const struct rs_backend rs_isal = {
	.name = "isa-l",
	.init = init,
	.update = update,
	.encode = encode,
	.crc32c = crc,
};
