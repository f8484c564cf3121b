// SPDX-License-Identifier: BSD-3-Clause
// Checks that a backend computes what the portable one does. A library may have a bug, be used wrongly, or use other
// tables on another CPU. Then it would rebuild garbage, which nothing else would notice.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rs.h"

#define LONGEST 1700
#define STEP 8 // a pattern is solved for with every eighth length, the next one with others

struct proof {
	const struct wb_rs *rs, *portable;
	uint8_t source[WB_RS_ROWS][LONGEST + 1];
	// What both have made so far; used from the second byte on, unaligned.
	uint8_t first[WB_RS_ROWS][LONGEST + 1], second[WB_RS_ROWS][LONGEST + 1];
	uint8_t *a[WB_RS_ROWS], *b[WB_RS_ROWS];
	char *text;
};

// Below, at and above the widths of registers, and of a whole packet.
static const unsigned lengths[] = { 1, 7, 8, 12, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 95, 96,
	127, 128, 129, 191, 255, 256, 257, 511, 512, 1000, 1291, 1420, 1664, LONGEST };
#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static void
begin(struct proof *p)
{
	uint32_t x = 1;

	for (unsigned r = 0; r < WB_RS_ROWS; r++) {
		for (size_t i = 0; i <= LONGEST; i++) {
			x = x * 1103515245 + 12345;
			p->source[r][i] = (uint8_t)(x >> 16);
			p->first[r][i] = p->second[r][i] = (uint8_t)(x >> 24);
		}
		p->a[r] = p->first[r] + 1;
		p->b[r] = p->second[r] + 1;
	}
}

static bool
same(struct proof *p, const char *what, unsigned n, unsigned which, unsigned len)
{
	if (memcmp(p->first, p->second, sizeof(p->first)) == 0)
		return true;
	snprintf(p->text, WB_RS_TROUBLE, "wrong results %s: %u rows, case %u, %u bytes", what, n,
		which, len);
	return false;
}

static bool
adds(struct proof *p, unsigned rows, unsigned index)
{
	for (unsigned i = 0; i < LENGTHS; i++) {
		wb_rs_add(p->rs, p->a, rows, index, p->source[i % WB_RS_ROWS] + 1, lengths[i]);
		wb_rs_add(
			p->portable, p->b, rows, index, p->source[i % WB_RS_ROWS] + 1, lengths[i]);
		if (!same(p, "adding a source", rows, index, lengths[i]))
			return false;
	}
	return true;
}

static bool
solves(struct proof *p, const struct wb_rs_loss *loss, unsigned which)
{
	for (unsigned i = which % STEP; i < LENGTHS; i += STEP) {
		wb_rs_solve(p->rs, p->a, loss, lengths[i]);
		wb_rs_solve(p->portable, p->b, loss, lengths[i]);
		if (!same(p, "solving", loss->n, which, lengths[i]))
			return false;
	}
	return true;
}

// Tries each choice of rows, and for each some choices of what is missing.
static bool
solves_all(struct proof *p)
{
	for (unsigned rows = 1; rows < 1u << WB_RS_ROWS; rows++) {
		for (unsigned first = 0; first < WB_RS_SOURCES; first++) {
			struct wb_rs_loss loss = { .n = 0 };

			for (unsigned r = 0; r < WB_RS_ROWS; r++) {
				if (!(rows >> r & 1))
					continue;
				loss.missing[loss.n] = (first + 5 * loss.n) % WB_RS_SOURCES;
				loss.rows[loss.n++] = (uint8_t)r;
			}
			if (!solves(p, &loss, rows * WB_RS_SOURCES + first))
				return false;
		}
	}
	return true;
}

static bool
sums(struct proof *p)
{
	for (unsigned i = 0; i < LENGTHS; i++) {
		if (wb_rs_crc32c(p->rs, i, p->a[0], lengths[i]) ==
			wb_rs_crc32c(p->portable, i, p->a[0], lengths[i]))
			continue;
		snprintf(p->text, WB_RS_TROUBLE, "wrong CRC-32C of %u bytes", lengths[i]);
		return false;
	}
	return true;
}

bool
rs_proof(const struct wb_rs *rs, char text[WB_RS_TROUBLE])
{
	struct wb_rs *portable = rs_create(&rs_portable);
	struct proof *p = calloc(1, sizeof(*p));
	bool good = portable != NULL && p != NULL;

	if (!good) {
		snprintf(text, WB_RS_TROUBLE, "not checked: no memory");
	} else {
		p->rs = rs;
		p->portable = portable;
		p->text = text;
		begin(p);
	}
	for (unsigned rows = 1; rows <= WB_RS_ROWS; rows++)
		for (unsigned index = 0; good && index < WB_RS_SOURCES; index++)
			good = adds(p, rows, index);
	good = good && solves_all(p) && sums(p);
	wb_rs_destroy(portable);
	free(p);
	return good;
}
