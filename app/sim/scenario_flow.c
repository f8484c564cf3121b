// SPDX-License-Identifier: BSD-3-Clause
// The flows of a scenario.
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "scenario.h"
#include "split.h"

const char *const flow_kind_name[FLOW_KINDS + 1] = { "cubic", "bbr", "quic", "udp", "voip", "ping",
	"request", "web", NULL };

static uint8_t
flow_class(const json_t *j, const struct place *at)
{
	static const char *const names[] = { "realtime", "bulk", NULL };
	static const uint8_t classes[] = { WB_CLASS_REALTIME, WB_CLASS_BULK, WB_CLASS_DEFAULT };

	return classes[scenario_choice(j, at, "class", names, 2)];
}

static void
flow_defaults(struct scenario_flow *f, const json_t *j, const struct place *at)
{
	*f = (struct scenario_flow){ .stop = WB_NEVER, .window = 16 << 20, .start = WB_SEC };
	f->kind = scenario_choice(j, at, "kind", flow_kind_name, FLOW_KINDS);
	if (f->kind == FLOW_KINDS)
		place_fatal(at, NULL, "\"kind\" is missing");
	f->sclass = flow_class(j, at);
	f->rate = 10000000;
	f->split_bytes = SPLIT_BUFFER;
	f->think = f->kind == FLOW_WEB ? 2 * WB_SEC : 500 * WB_MS;
	f->request_bytes = 500;
	f->response_bytes = 20000;
	f->interval = f->kind == FLOW_PING ? 100 * WB_MS : 20 * WB_MS;
	f->direction = scenario_choice(j, at, "direction", direction_name, DIR_DOWN);
	snprintf(f->name, sizeof(f->name), "%s", flow_kind_name[f->kind]);
}

static bool
may_split(const struct scenario_flow *f)
{
	return f->kind == FLOW_CUBIC || f->kind == FLOW_BBR || f->kind == FLOW_REQUEST ||
	       f->kind == FLOW_WEB;
}

#define SIZE_MIN 120     // headers of the largest kind and something inside
#define SIZE_MIN_PING 28 // IPv4 and ICMP
#define SIZE_MAX_IP 9000
#define BYTES_MAX (1u << 30)

void
scenario_flow_read(struct scenario *s, const json_t *j, const struct place *at)
{
	const char *kind = json_string_value(json_object_get(j, "kind"));
	bool ping = kind != NULL && strcmp(kind, "ping") == 0;
	const double size_min = ping ? SIZE_MIN_PING : SIZE_MIN;
	struct scenario_flow f;
	uint32_t count = 1;
	const struct key keys[] = {
		{ "name", KEY_NAME, .target = f.name },
		{ "kind", .type = KEY_OTHER },
		{ "direction", .type = KEY_OTHER },
		{ "class", .type = KEY_OTHER },
		{ "count", KEY_U32, .target = &count, .min = 1, .max = FLOWS_MAX },
		{ "start", KEY_SECONDS, .target = &f.start },
		{ "stop", KEY_SECONDS, .target = &f.stop },
		{ "rate_mbit", KEY_MBIT, .target = &f.rate, .min = 0.001 },
		{ "bytes", KEY_U64, .target = &f.bytes },
		{ "size", KEY_U32, .target = &f.size, size_min, SIZE_MAX_IP, .or_zero = true },
		{ "window", KEY_U32, .target = &f.window, 65536, BYTES_MAX },
		{ "host", KEY_U32, .target = &f.host, 0, 65535 },
		{ "ports", KEY_U32, .target = &f.ports, 0, 65535 },
		{ "interval_ms", KEY_MS, .target = &f.interval, .min = 0.01 },
		{ "ecn", KEY_BOOL, .target = &f.ecn },
		{ "split", KEY_BOOL, .target = &f.split },
		{ "split_bytes", KEY_U32, .target = &f.split_bytes, 65536, SPLIT_BUFFER_MAX },
		{ "think_ms", KEY_MS, .target = &f.think, .max = 1e6 },
		{ "request_bytes", KEY_U32, .target = &f.request_bytes, 1, BYTES_MAX },
		{ "response_bytes", KEY_U32, .target = &f.response_bytes, 1, BYTES_MAX },
		{ "objects", KEY_U32, .target = &f.objects, 1, 10000, .or_zero = true },
		{ .type = KEY_END },
	};

	if (!json_is_object(j))
		place_value_fatal(at, NULL, "must be an object");
	flow_defaults(&f, j, at);
	keys_read(j, at, keys);
	if (f.stop <= f.start)
		place_fatal(at, "stop", "must be after \"start\"");
	if (f.split && (s->direct || !may_split(&f)))
		place_fatal(at, "split", "is for cubic, bbr, request and web, through the tunnel");
	for (uint32_t i = 0; i < count; i++) {
		if (s->n_flows == FLOWS_MAX)
			place_fatal(at, NULL, "more than %d flows", FLOWS_MAX);
		s->flows[s->n_flows++] = f;
	}
}
