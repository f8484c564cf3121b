// SPDX-License-Identifier: BSD-3-Clause
// Handshake messages inside a session: what wb_tunnel_say() brings to the other end.
#include <errno.h>
#include <string.h>

#include "harness.h"
#include "tunnel_pair.h"

#define EDGE WB_ROLE_EDGE
#define HUB WB_ROLE_HUB

static struct pair p;

static void
open_up(unsigned paths, uint32_t features)
{
	pair_open(&p, paths, NULL);
	pair_session(&p, features);
	for (unsigned i = 0; i < paths; i++)
		CU_ASSERT_TRUE(pair_wait(&p, EDGE, i, WB_PATH_UP, WB_SEC));
	pair_run(&p, 100 * WB_MS);
}

// A handshake message inside the session: on each path that lives, both ways, and to ends that know it only.
static void
both_ways(void)
{
	uint8_t data[WB_MESSAGE_MAX + 1];

	memset(data, 0x5a, sizeof(data));
	pair_open(&p, 3, NULL);
	CU_ASSERT_EQUAL(wb_tunnel_say(p.end[EDGE].t, data, 145, p.now), -ENOTCONN);
	pair_close(&p);
	open_up(3, WB_FEATURE_FRAGMENT);
	CU_ASSERT_EQUAL(wb_tunnel_say(p.end[EDGE].t, data, 145, p.now), -EOPNOTSUPP);
	pair_close(&p);
	open_up(3, WB_FEATURE_REKEY);
	CU_ASSERT_EQUAL(wb_tunnel_say(p.end[EDGE].t, data, sizeof(data), p.now), -EMSGSIZE);
	CU_ASSERT_EQUAL(wb_tunnel_say(p.end[EDGE].t, data, 0, p.now), -EMSGSIZE);
	wb_tunnel_path_enable(p.end[EDGE].t, 2, false, p.now);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(wb_tunnel_say(p.end[i].t, data, 145 + i, p.now), 0);
		pair_run(&p, 100 * WB_MS);
		CU_ASSERT_EQUAL(p.end[1 - i].messages, 2);
		CU_ASSERT_EQUAL(p.end[1 - i].message_len, 145 + i);
		CU_ASSERT(memcmp(p.end[1 - i].message, data, 145) == 0);
	}
	CU_ASSERT_EQUAL(wb_tunnel_say(p.end[EDGE].t, data, WB_MESSAGE_MAX, p.now), 0);
	pair_run(&p, 100 * WB_MS);
	CU_ASSERT_EQUAL(p.end[HUB].message_len, WB_MESSAGE_MAX);
	// no path to leave on: it is not kept, and no deadline stays in the past
	for (unsigned i = 0; i < 3; i++)
		wb_tunnel_path_enable(p.end[EDGE].t, i, false, p.now);
	pair_run(&p, WB_SEC);
	CU_ASSERT_EQUAL(wb_tunnel_say(p.end[EDGE].t, data, 145, p.now), 0);
	pair_run(&p, PAIR_TICK);
	CU_ASSERT(wb_tunnel_next_deadline(p.end[EDGE].t) > p.now);
	pair_close(&p);
}

static const struct harness_test tests[] = {
	{ "both ways", both_ways },
};

int
main(void)
{
	return HARNESS_RUN("message", tests);
}
