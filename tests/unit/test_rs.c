// SPDX-License-Identifier: BSD-3-Clause
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "rs.h"

#define LEN_MAX 1500

static const struct rs_backend *const backends[] = {
	&rs_portable,
#ifdef WB_HAVE_ISAL
	&rs_isal,
#endif
};
#define BACKENDS (sizeof(backends) / sizeof(backends[0]))

static uint8_t sources[WB_RS_SOURCES][LEN_MAX];
static uint8_t repair[WB_RS_ROWS][LEN_MAX + 64], found[WB_RS_ROWS][LEN_MAX + 64];

static void
fill(void)
{
	srand(1);
	for (unsigned i = 0; i < WB_RS_SOURCES; i++)
		for (unsigned j = 0; j < LEN_MAX; j++)
			sources[i][j] = (uint8_t)rand();
}

// Sources have different lengths: len, len - 1, ...
static size_t
length(unsigned index, size_t len)
{
	return len > index ? len - index : 1;
}

static void
encode(const struct wb_rs *rs, unsigned k, unsigned rows, size_t len)
{
	uint8_t *symbols[WB_RS_ROWS] = { repair[0], repair[1], repair[2], repair[3] };

	memset(repair, 0, sizeof(repair));
	for (unsigned i = 0; i < k; i++)
		wb_rs_add(rs, symbols, rows, i, sources[i], length(i, len));
}

// Loses the sources of `lost`, receives the repair symbols of `rows`. True: all came back.
static bool
recovers(const struct wb_rs *rs, unsigned k, unsigned lost, unsigned rows, size_t len)
{
	struct wb_rs_loss loss = { .n = 0 };
	uint8_t *symbols[WB_RS_ROWS], *all[WB_RS_ROWS] = { found[0], found[1], found[2], found[3] };
	unsigned n = 0;
	bool ok = true;

	memset(found, 0, sizeof(found));
	for (unsigned i = 0; i < k; i++) {
		if (lost >> i & 1)
			loss.missing[loss.n++] = (uint8_t)i;
		else
			wb_rs_add(rs, all, WB_RS_ROWS, i, sources[i], length(i, len));
	}
	for (unsigned r = 0; r < WB_RS_ROWS; r++) {
		if (!(rows >> r & 1))
			continue;
		wb_rs_add_symbol(found[r], repair[r], len);
		symbols[n] = found[r];
		loss.rows[n++] = (uint8_t)r;
	}
	if (n != loss.n || wb_rs_solve(rs, symbols, &loss, len))
		return false;
	for (unsigned i = 0; i < n; i++) {
		size_t own = length(loss.missing[i], len);

		ok &= memcmp(symbols[i], sources[loss.missing[i]], own) == 0;
		for (size_t j = own; j < LEN_MAX + 64; j++)
			ok &= symbols[i][j] == 0; // padding, and nothing behind the end
	}
	return ok;
}

static void
field(void)
{
	unsigned zero = 0, ones = 0;

	CU_ASSERT_EQUAL(rs_multiply(0x80, 2), 0x1d);
	CU_ASSERT_EQUAL(rs_multiply(0x57, 0x13), rs_multiply(0x13, 0x57));
	for (unsigned r = 0; r < WB_RS_ROWS; r++)
		for (unsigned i = 0; i < WB_RS_SOURCES; i++) {
			zero += wb_rs_coefficient(r, i) == 0;
			ones += r == 0 && wb_rs_coefficient(r, i) == 1;
		}
	CU_ASSERT_EQUAL(zero, 0);
	CU_ASSERT_EQUAL(ones, WB_RS_SOURCES); // row 0 is plain parity
	// docs/protocol.md has these.
	CU_ASSERT_EQUAL(wb_rs_coefficient(1, 0), rs_multiply(wb_rs_coefficient(1, 0), 1));
	CU_ASSERT_EQUAL(rs_multiply(wb_rs_coefficient(1, 0), 17), 16);
	CU_ASSERT_EQUAL(rs_multiply(wb_rs_coefficient(3, 15), 19 ^ 15), 16 ^ 15);
}

// Every way to lose up to 4 of 16, with every choice of as many repair symbols.
static void
every_pattern(void)
{
	for (unsigned b = 0; b < BACKENDS; b++) {
		struct wb_rs *rs = rs_create(backends[b]);
		unsigned tried = 0, failed = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(rs);
		for (unsigned k = 1; k <= WB_RS_SOURCES; k++) {
			encode(rs, k, WB_RS_ROWS, 40);
			for (unsigned lost = 1; lost < 1u << k; lost++) {
				if (__builtin_popcount(lost) > WB_RS_ROWS)
					continue;
				for (unsigned rows = 1; rows < 1u << WB_RS_ROWS; rows++) {
					if (__builtin_popcount(rows) != __builtin_popcount(lost))
						continue;
					tried++;
					failed += !recovers(rs, k, lost, rows, 40);
				}
			}
		}
		CU_ASSERT_EQUAL(tried, 20332); // the sum over k of C(k + 4, 4) - 1
		CU_ASSERT_EQUAL(failed, 0);
		wb_rs_destroy(rs);
	}
}

static void
every_length(void)
{
	for (unsigned b = 0; b < BACKENDS; b++) {
		struct wb_rs *rs = rs_create(backends[b]);
		unsigned failed = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(rs);
		for (size_t len = 1; len <= LEN_MAX; len += len < 200 ? 1 : 13) {
			encode(rs, 5, WB_RS_ROWS, len);
			failed += !recovers(rs, 5, 0x0a, 0x03, len);
			failed += !recovers(rs, 5, 0x17, 0x0f, len);
			failed += !recovers(rs, 5, 0x01, 0x04, len);
		}
		CU_ASSERT_EQUAL(failed, 0);
		wb_rs_destroy(rs);
	}
}

// Both compute the same bytes: the two ends need not have the same.
static void
backends_agree(void)
{
	static uint8_t first[WB_RS_ROWS][LEN_MAX + 64];

	for (unsigned b = 0; b < BACKENDS; b++) {
		struct wb_rs *rs = rs_create(backends[b]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(rs);
		for (unsigned rows = 1; rows <= WB_RS_ROWS; rows++) {
			encode(rs, 16, rows, LEN_MAX);
			if (b == 0 && rows == WB_RS_ROWS)
				memcpy(first, repair, sizeof(first));
			if (b > 0)
				CU_ASSERT(memcmp(first, repair, rows * sizeof(first[0])) == 0);
		}
		wb_rs_destroy(rs);
	}
}

static void
nonsense(void)
{
	static const struct wb_rs_loss bad[] = {
		{ .n = 0 },
		{ .n = 5 },
		{ .n = 1, .rows = { 4 } },
		{ .n = 1, .missing = { 16 } },
		{ .n = 2, .rows = { 1, 1 }, .missing = { 0, 1 } },
		{ .n = 2, .rows = { 0, 1 }, .missing = { 3, 3 } },
	};
	uint8_t *symbols[WB_RS_ROWS] = { found[0], found[1], found[2], found[3] };
	struct wb_rs *rs = wb_rs_create();

	CU_ASSERT_PTR_NOT_NULL_FATAL(rs);
	memset(found, 7, sizeof(found));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(wb_rs_solve(rs, symbols, &bad[i], 10), -22);
	CU_ASSERT_EQUAL(found[0][0], 7);
	CU_ASSERT_PTR_NOT_NULL(wb_rs_backend(rs));
	wb_rs_destroy(rs);
}

// RFC 3720 B.4, and any cut of the bytes.
static void
checksum(void)
{
	for (unsigned b = 0; b < BACKENDS; b++) {
		struct wb_rs *rs = rs_create(backends[b]);
		uint8_t bytes[48] = { 0 };

		CU_ASSERT_EQUAL(wb_rs_crc32c(rs, 0, bytes, 32), 0x8a9136aa);
		memset(bytes, 0xff, sizeof(bytes));
		CU_ASSERT_EQUAL(wb_rs_crc32c(rs, 0, bytes, 32), 0x62a8ab43);
		for (uint8_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = i;
		for (unsigned cut = 0; cut <= 32; cut++)
			CU_ASSERT_EQUAL(wb_rs_crc32c(rs, wb_rs_crc32c(rs, 0, bytes, cut),
						bytes + cut, 32 - cut),
				0x46dd794e);
		wb_rs_destroy(rs);
	}
}

// ---- backends that are wrong

static void
broken_init(int k, int rows, const uint8_t *matrix, uint8_t *tables)
{
	// Other tables for another number of rows, as ISA-L has them with GFNI at another stride.
	rs_portable.init(k, rows, matrix, tables);
	if (rows == 3)
		memcpy(tables + 17 * RS_TABLE, tables + 16 * RS_TABLE, RS_TABLE);
}

static void
broken_update(size_t len, const struct rs_shape *shape, unsigned index, const uint8_t *src,
	uint8_t *const *dst)
{
	rs_portable.update(len, shape, index, src, dst);
	if (shape->rows == 4 && index == 15 && len == 65) // one register too few
		dst[2][64] ^= 1;
}

static void
broken_encode(size_t len, const struct rs_shape *shape, uint8_t *const *src, uint8_t *const *dst)
{
	rs_portable.encode(len, shape, src, dst);
	if (shape->k == 2)
		dst[1][0] ^= 1;
}

static uint32_t
broken_crc(const struct wb_rs *rs, uint32_t crc, const uint8_t *bytes, size_t len)
{
	return rs_portable.crc32c(rs, crc, bytes, len) ^ (len == 1420);
}

// What computes other bytes than the portable code is not used, and says what was wrong.
static void
proof(void)
{
	static const char *const says[] = { "adding a source: 3 rows, case 1,",
		"adding a source: 4 rows, case 15, 65 bytes", "solving: 2 rows,",
		"wrong CRC-32C of 1420 bytes" };
	struct wb_rs *rs = rs_create_proven(&rs_portable);

	CU_ASSERT_PTR_NULL(wb_rs_trouble(rs));
	wb_rs_destroy(rs);
	for (unsigned i = 0; i < 4; i++) {
		struct rs_backend broken = rs_portable;

		broken.init = i == 0 ? broken_init : broken.init;
		broken.update = i == 1 ? broken_update : broken.update;
		broken.encode = i == 2 ? broken_encode : broken.encode;
		broken.crc32c = i == 3 ? broken_crc : broken.crc32c;
		rs = rs_create_proven(&broken);
		CU_ASSERT_PTR_NOT_NULL_FATAL(rs);
		CU_ASSERT_PTR_EQUAL(rs->backend, &rs_portable);
		CU_ASSERT_PTR_NOT_NULL_FATAL(wb_rs_trouble(rs));
		CU_ASSERT_PTR_NOT_NULL(strstr(wb_rs_trouble(rs), says[i]));
		encode(rs, 5, WB_RS_ROWS, 100);
		CU_ASSERT(recovers(rs, 5, 0x17, 0x0f, 100));
		wb_rs_destroy(rs);
	}
	rs = wb_rs_create();
	CU_ASSERT_PTR_NULL(wb_rs_trouble(rs)); // this machine's library
	wb_rs_destroy(rs);
}

static const struct harness_test tests[] = {
	{ "checksum", checksum },
	{ "proof", proof },
	{ "the field and its matrix", field },
	{ "every pattern of losses", every_pattern },
	{ "every length", every_length },
	{ "the backends agree", backends_agree },
	{ "nonsense", nonsense },
};

int
main(void)
{
	fill();
	return HARNESS_RUN("rs", tests);
}
