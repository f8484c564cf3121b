// SPDX-License-Identifier: BSD-3-Clause
// What the EAL is started with, by machine, configuration and the user's own arguments.
#include <stdio.h>
#include <string.h>

#include "devargs.h"
#include "eal_args.h"
#include "harness.h"
#include "port_driver.h"

static struct wb_config conf;
static struct eal_args out;
static char why[256];

static struct machine
machine(unsigned n_cpus, unsigned huge_mib)
{
	struct machine m = { .n_cpus = n_cpus, .free_huge_mib = huge_mib };

	for (unsigned i = 0; i < n_cpus; i++)
		m.cpus[i] = i;
	m.worker_cpu = n_cpus - 1;
	return m;
}

static bool
has(const char *arg)
{
	for (int i = 0; i < out.argc; i++)
		if (strcmp(out.argv[i], arg) == 0)
			return true;
	return false;
}

static void
begin(void)
{
	memset(&conf, 0, sizeof(conf));
	snprintf(conf.name, sizeof(conf.name), "home");
	conf.n_ports = 1;
	snprintf(conf.ports[0].dev, sizeof(conf.ports[0].dev), "net_af_packet0,iface=lan0");
}

static int
build(const struct machine *m, int n_user, char *const *user)
{
	why[0] = 0;
	return eal_args_build(&conf, m, 200, n_user, user, &out, why, sizeof(why));
}

static void
defaults(void)
{
	struct machine m = machine(2, 0);

	begin();
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT(has("--lcores=0@0,1@1"));
	CU_ASSERT(has("--main-lcore=0"));
	CU_ASSERT(has("--file-prefix=home"));
	CU_ASSERT(has("--no-pci"));
	CU_ASSERT(has("--no-huge"));
	CU_ASSERT(has("200"));
	CU_ASSERT_EQUAL(out.n_workers, 1);
	CU_ASSERT_EQUAL(out.workers[0], 1);
	CU_ASSERT_PTR_NULL(out.argv[out.argc]);
}

static void
one_cpu(void)
{
	struct machine m = machine(1, 0);

	begin();
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT(has("--lcores=1@0,0@0")); // both on the one there is
	CU_ASSERT(has("--main-lcore=1"));
	CU_ASSERT_EQUAL(out.workers[0], 0);
}

static void
workers(void)
{
	struct machine m = machine(4, 0);

	begin();
	conf.n_workers = 2;
	conf.workers[0] = 0;
	conf.workers[1] = 2;
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT(has("--lcores=1@1,0@0,2@2")); // the control thread where no worker is
	conf.workers[1] = 4;
	CU_ASSERT(build(&m, 0, NULL) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "workers: 4"));
}

static void
hugepages(void)
{
	struct machine m = machine(2, 200);

	begin();
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT(has("--in-memory"));
	CU_ASSERT_FALSE(has("--no-huge"));
	m.free_huge_mib = 199; // too few are none
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT(has("--no-huge"));
	conf.memory_mib = 64;
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT(has("--in-memory"));
}

static void
the_user_wins(void)
{
	static char *const user[] = { "-l", "0,1", "--file-prefix=mine", "--socket-mem=512" };
	static char *in_file[] = { "--no-pci", "-m128" };
	struct machine m = machine(2, 0);

	begin();
	CU_ASSERT_EQUAL(build(&m, 4, user), 0);
	CU_ASSERT_FALSE(has("--file-prefix=home"));
	CU_ASSERT_FALSE(has("--no-huge"));
	CU_ASSERT_FALSE(has("--main-lcore=0"));
	CU_ASSERT_EQUAL(out.n_workers, 0);
	begin();
	conf.eal[0] = in_file[0];
	conf.eal[1] = in_file[1];
	conf.n_eal = 2;
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT_FALSE(has("--no-huge"));
	CU_ASSERT(has("--lcores=0@0,1@1"));
	conf.n_eal = 0;
}

static void
pci(void)
{
	struct machine m = machine(2, 0);

	begin();
	snprintf(conf.ports[0].dev, sizeof(conf.ports[0].dev), "0000:01:00.0");
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT_FALSE(has("--no-pci"));
	CU_ASSERT(has("-a"));
	CU_ASSERT(has("0000:01:00.0"));
	CU_ASSERT(has("--iova-mode=va")); // ordinary memory, behind an IOMMU
	m.free_huge_mib = 200;
	CU_ASSERT_EQUAL(build(&m, 0, NULL), 0);
	CU_ASSERT_FALSE(has("--iova-mode=va")); // the driver's choice
}

static void
device_strings(void)
{
	static const struct {
		const char *dev;
		enum dev_kind kind;
	} rows[] = {
		{ "0000:01:00.0", DEV_PCI },
		{ "01:00.1,arg=1", DEV_PCI },
		{ "net_af_xdp1,iface=wan1", DEV_AF_XDP },
		{ "net_af_packet0,iface=lan0", DEV_PACKET },
		{ "net_pcap0,iface=lan0", DEV_PACKET },
		{ "net_pcap0,rx_pcap=in.pcap", DEV_OTHER },
		{ "net_tap0,iface=tap0", DEV_TAP },
		{ "net_memif0,role=client", DEV_ALONE },
		{ "net_null0", DEV_OTHER },
		{ "net_af_xdpish,iface=x", DEV_OTHER },
		{ "", DEV_OTHER },
	};
	char value[8];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(port_driver_of(rows[i].dev)->kind, rows[i].kind);
	CU_ASSERT_EQUAL(devargs_value("a,iface=wan1,b=2", "iface", value, sizeof(value)), 0);
	CU_ASSERT_STRING_EQUAL(value, "wan1");
	CU_ASSERT(devargs_value("a,xiface=wan1", "iface", value, sizeof(value)) < 0);
	CU_ASSERT(devargs_value("a,iface=12345678", "iface", value, sizeof(value)) < 0);
	CU_ASSERT_EQUAL(devargs_name("net_x0,iface=1", value, sizeof(value)), 0);
	CU_ASSERT_STRING_EQUAL(value, "net_x0");
}

static const struct harness_test tests[] = {
	{ "defaults", defaults },
	{ "one CPU", one_cpu },
	{ "workers", workers },
	{ "hugepages", hugepages },
	{ "the user wins", the_user_wins },
	{ "PCI", pci },
	{ "device strings", device_strings },
};

int
main(void)
{
	return HARNESS_RUN("eal_args", tests);
}
