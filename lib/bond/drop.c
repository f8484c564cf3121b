// SPDX-License-Identifier: BSD-3-Clause
// The names and descriptions of drops.
#include "wb_drop.h"

static const struct {
	const char *name, *text;
} drops[] = {
#define X(id, name, text) { name, text },
	WB_DROPS(X)
#undef X
};

const char *
wb_drop_name(enum wb_drop reason)
{
	return reason < WB_DROP_COUNT ? drops[reason].name : "?";
}

const char *
wb_drop_text(enum wb_drop reason)
{
	return reason < WB_DROP_COUNT ? drops[reason].text : "?";
}
