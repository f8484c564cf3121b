// SPDX-License-Identifier: BSD-3-Clause
// Handshake messages on their way to the control thread: inside a session, and what strangers send.
#include <string.h>

#include "link.h"

static struct link l;

static unsigned
count(struct wb_dp *dp, enum wb_dp_notice_type type, struct wb_dp_notice *last)
{
	struct wb_dp_notice n;
	unsigned found = 0;

	while (wb_dp_notice(dp, &n)) {
		if (n.type != type)
			continue;
		*last = n;
		found++;
	}
	return found;
}

// Said inside the session, a message is with the other end's control thread, once a path.
static void
inside(void)
{
	struct wb_dp_notice n = { 0 };
	uint8_t data[145];

	memset(data, 0x77, sizeof(data));
	l.features = WB_FEATURE_REKEY;
	CU_ASSERT_FATAL(link_up(&l));
	count(l.hub, WB_DP_MESSAGE, &n);
	CU_ASSERT_EQUAL(wb_dp_tunnel_say(l.edge, 0, data, sizeof(data)), 0);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT_EQUAL(count(l.hub, WB_DP_MESSAGE, &n), 2);
	CU_ASSERT_EQUAL(n.tunnel, 0);
	CU_ASSERT_EQUAL(n.len, sizeof(data));
	CU_ASSERT(memcmp(n.data, data, sizeof(data)) == 0);
	CU_ASSERT_EQUAL(wb_dp_tunnel_say(l.hub, 0, data, 99), 0);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT_EQUAL(count(l.edge, WB_DP_MESSAGE, &n), 2);
	CU_ASSERT_EQUAL(n.len, 99);
	CU_ASSERT(wb_dp_tunnel_say(l.edge, 1, data, 99) < 0);
}

// One that says more and more costs the control thread a few a second, and the other notices their room nothing.
static void
talkative(void)
{
	struct wb_dp_notice n;
	uint8_t data[145] = { 1 };
	unsigned found = 0, said;

	count(l.hub, WB_DP_MESSAGE, &n);
	for (said = 0; said < 500; said++) {
		wb_dp_tunnel_say(l.edge, 0, data, sizeof(data));
		link_run(&l, 2 * WB_MS);
		found += count(l.hub, WB_DP_MESSAGE, &n);
	}
	CU_ASSERT(found > 8 && found < 80);
}

static const struct harness_test tests[] = {
	{ "inside", inside },
	{ "talkative", talkative },
};

int
main(void)
{
	return LINK_TEST(&l, "handshake", tests);
}
