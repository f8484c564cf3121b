// SPDX-License-Identifier: BSD-3-Clause
// Which devices would lose what their interface hands over.
#include <stdio.h>
#include <string.h>

#include "frames.h"
#include "harness.h"
#include "wb_config.h"
#include "wb_control.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *dev;
	unsigned use;
	unsigned mtu;
	bool lost;
	bool no_xdp;
} rows[] = {
	{ "packet0,iface=lan0", WB_CONFIG_LAN, 1500, false, false },
	{ "packet0,iface=lan0", WB_CONFIG_LAN, 9000, false, false },
	{ "packet0,iface=eth0", WB_CONFIG_UPLINK, 9001, false, false },
	{ "net_af_packet0,iface=lan0", WB_CONFIG_LAN, 1500, true, false },
	{ "net_af_packet0,iface=lan0", WB_CONFIG_LAN, 0, true, false },
	{ "eth_af_packet0,iface=lan0", WB_CONFIG_LAN, 1500, true, false },
	{ "net_af_packet0,iface=wan1", WB_CONFIG_WAN, 1500, false, false },
	{ "net_af_packet0,iface=eth0", WB_CONFIG_UPLINK, 9001, false, false },
	{ "net_af_xdp0,iface=lan0", WB_CONFIG_LAN, 1500, false, false },
	{ "net_af_xdp0,iface=lan0", WB_CONFIG_LAN, 9000, true, false },
	{ "net_af_xdp0,iface=eth0", WB_CONFIG_UPLINK, 9001, true, false },
	{ "net_af_xdp0,iface=wwan0", WB_CONFIG_WAN, 0, false, false }, // not there yet
	{ "net_af_xdp0,iface=br0", WB_CONFIG_LAN, 1500, true, true },
	{ "net_af_xdp0,iface=br0", WB_CONFIG_WAN, 1500, false,
		.no_xdp = true }, // datagrams are not merged
	{ "packet0,iface=br0", WB_CONFIG_LAN, 1500, false, true },
	{ "net_tap0,iface=lan0", WB_CONFIG_LAN, 9000, false, false },
	{ "0000:06:13.0", WB_CONFIG_LAN, 9000, false, false },
};

static void
test_table(void)
{
	for (unsigned i = 0; i < N(rows); i++) {
		struct wb_config_port p = { .use = rows[i].use };
		struct frames_interface known = { .mtu = rows[i].mtu, .no_xdp = rows[i].no_xdp };
		char why[192] = "";

		snprintf(p.dev, sizeof(p.dev), "%s", rows[i].dev);
		snprintf(p.kernel_if, sizeof(p.kernel_if), "if0");
		if (frames_lost(&p, &known, why, sizeof(why)) != rows[i].lost) {
			printf(" row %u", i);
			CU_FAIL("verdict");
		}
		CU_ASSERT_EQUAL(why[0] != '\0', rows[i].lost);
	}
}

static void
test_replaced(void)
{
	static struct wb_config c = { .n_ports = 2 };
	char text[512];

	strcpy(c.ports[0].dev, "net_af_packet0,iface=nosuch0,qpairs=2");
	c.ports[0].use = WB_CONFIG_LAN;
	strcpy(c.ports[1].dev, "net_af_packet1,iface=nosuch1");
	c.ports[1].use = WB_CONFIG_WAN;
	wb_control_replace_devices(&c, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(c.ports[0].dev, "packet0,iface=nosuch0");
	CU_ASSERT_STRING_EQUAL(c.ports[1].dev, "net_af_packet1,iface=nosuch1");
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ports[0].dev: warning: "));
	CU_ASSERT_PTR_NULL(strstr(text, "ports[1]"));
	wb_control_replace_devices(&c, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "");
}

// A kernel that does not tell of XDP, as Debian 12's: a word of warning where it merges frames.
static void
test_doubtful(void)
{
	struct frames_interface known = { .mtu = 1500, .xdp_unknown = true, .gro = true };
	struct wb_config_port p = { .use = WB_CONFIG_LAN };
	char why[256] = "";

	strcpy(p.dev, "net_af_xdp0,iface=lan0");
	strcpy(p.kernel_if, "lan0");
	CU_ASSERT_FALSE(frames_lost(&p, &known, why, sizeof(why)));
	CU_ASSERT_TRUE(frames_doubtful(&p, &known, why, sizeof(why)));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "(ethtool -K lan0 gro off, or "));
	known.gro = false;
	CU_ASSERT_FALSE(frames_doubtful(&p, &known, why, sizeof(why)));
	known.gro = true;
	known.xdp_unknown = false;
	CU_ASSERT_FALSE(frames_doubtful(&p, &known, why, sizeof(why)));
	known.xdp_unknown = true;
	p.use = WB_CONFIG_WAN;
	CU_ASSERT_FALSE(frames_doubtful(&p, &known, why, sizeof(why)));
	p.use = WB_CONFIG_LAN;
	strcpy(p.dev, "packet0,iface=lan0");
	CU_ASSERT_FALSE(frames_doubtful(&p, &known, why, sizeof(why)));
}

static const struct harness_test tests[] = {
	{ "drivers and MTUs", test_table },
	{ "replaced", test_replaced },
	{ "doubtful", test_doubtful },
};

int
main(void)
{
	return HARNESS_RUN("frames", tests);
}
