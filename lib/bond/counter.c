// SPDX-License-Identifier: BSD-3-Clause
// The tables of wb_counter.h as lists of rows, and how a row's figure is read.
#include "wb_counter.h"

#include <stddef.h>
#include <string.h>

#include "wb_tunnel.h"

#define PATH(...) WB_COUNTER_ROW(struct wb_path_stats, __VA_ARGS__),
#define CLASS(...) WB_COUNTER_ROW(struct wb_class_stats, __VA_ARGS__),
#define TUNNEL(...) WB_COUNTER_ROW(struct wb_tunnel_stats, __VA_ARGS__),
#define FLOW(...) WB_COUNTER_ROW(struct wb_flow_stats, __VA_ARGS__),
#define END WB_COUNTER_END

// clang-format off
const struct wb_counter wb_path_counters[] = {
	WB_PATH_COUNTERS(PATH)
	PATH(classes[WB_CLASS_DEFAULT], "tx_default", DATAGRAMS, "sent with packets of class default")
	PATH(classes[WB_CLASS_REALTIME], "tx_realtime", DATAGRAMS, "sent with packets of class realtime")
	PATH(classes[WB_CLASS_BULK], "tx_bulk", DATAGRAMS, "sent with packets of class bulk")
	END
};
const struct wb_counter wb_path_gauges[] = { WB_PATH_GAUGES(PATH) END };
const struct wb_counter wb_class_counters[] = { WB_CLASS_COUNTERS(CLASS) WB_CLASS_GAUGES(CLASS) END };
const struct wb_counter wb_tunnel_counters[] = { WB_TUNNEL_COUNTERS(TUNNEL) END };
const struct wb_counter wb_fec_counters[] = { WB_FEC_COUNTERS(TUNNEL) END };
const struct wb_counter wb_tunnel_gauges[] = { WB_TUNNEL_GAUGES(TUNNEL) END };
const struct wb_counter wb_flow_counters[] = { WB_FLOW_COUNTERS(FLOW) WB_FLOW_GAUGES(FLOW) END };
// clang-format on

uint64_t
wb_counter_read(const struct wb_counter *row, const void *stats)
{
	const char *at = (const char *)stats + row->offset;
	uint32_t small;
	uint16_t port;
	uint64_t v;

	switch (row->size) {
	case sizeof(uint8_t):
		return *(const uint8_t *)at;
	case sizeof(port):
		memcpy(&port, at, sizeof(port));
		return port;
	case sizeof(small):
		memcpy(&small, at, sizeof(small));
		return row->unit == WB_UNIT_SIGNED ? (uint64_t)(int32_t)small : small;
	default:
		memcpy(&v, at, sizeof(v));
		return v;
	}
}

int64_t
wb_counter_shown(const struct wb_counter *row, const void *stats)
{
	uint64_t v = wb_counter_read(row, stats);

	switch (row->unit) {
	case WB_UNIT_SIGNED_US:
		return (int64_t)v / (int64_t)WB_US;
	case WB_UNIT_US:
		return v == WB_NEVER ? 0 : (int64_t)(v / WB_US);
	case WB_UNIT_MS:
		return (int64_t)(v / WB_MS);
	case WB_UNIT_S:
		return (int64_t)(v / WB_SEC);
	default:
		return (int64_t)v;
	}
}

const char *
wb_counter_text(const struct wb_counter *row, const void *stats)
{
	const char *at = (const char *)stats + row->offset, *text;

	if (row->unit == WB_UNIT_TEXT)
		return at;
	memcpy(&text, at, sizeof(text));
	return text;
}

const char *
wb_unit_name(enum wb_unit unit)
{
	static const char *const names[WB_UNITS] = {
		[WB_UNIT_NUMBER] = "",
		[WB_UNIT_PACKETS] = "packets",
		[WB_UNIT_DATAGRAMS] = "datagrams",
		[WB_UNIT_BYTES] = "bytes",
		[WB_UNIT_BPS] = "bit/s",
		[WB_UNIT_PPM] = "ppm",
		[WB_UNIT_PERCENT] = "%",
		[WB_UNIT_US] = "us",
		[WB_UNIT_SIGNED_US] = "us",
		[WB_UNIT_MS] = "ms",
		[WB_UNIT_S] = "s",
		[WB_UNIT_CYCLES] = "cycles",
		[WB_UNIT_SIGNED] = "",
		[WB_UNIT_TEXT] = "text",
		[WB_UNIT_STRING] = "text",
	};

	return unit < WB_UNITS ? names[unit] : "?";
}
