// SPDX-License-Identifier: BSD-3-Clause
// What --check says of a machine, given as a folder in sysfs' place.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver_name.h"
#include "eal_args.h"
#include "harness.h"
#include "memory.h"
#include "site.h"
#include "wb_control.h"

#define KEY "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define NEED 272

static char root[] = "/tmp/wb-test-site-XXXXXX";
static struct machine here;

static void __attribute__((format(printf, 1, 2))) shell(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	CU_ASSERT_EQUAL(system(command), 0);
}

static void
hugepages(unsigned kib, unsigned free, unsigned promised)
{
	shell("d=%s/kernel/mm/hugepages/hugepages-%ukB; mkdir -p $d; echo %u >$d/free_hugepages; "
	      "echo %u >$d/resv_hugepages",
		root, kib, free, promised);
}

// A PCI device with that driver ("": none), in that IOMMU group ("": none).
static void
card(const char *address, const char *driver, const char *group)
{
	shell("d=%s/bus/pci/devices/%s; mkdir -p $d %s/bus/pci/drivers/x%s", root, address, root,
		driver);
	if (driver[0] != 0)
		shell("ln -sfn ../../drivers/%s %s/bus/pci/devices/%s/driver", driver, root,
			address);
	if (group[0] != 0)
		shell("g=%s/kernel/iommu_groups/%s; mkdir -p $g; ln -sfn ../../../../kernel/"
		      "iommu_groups/%s %s/bus/pci/devices/%s/iommu_group",
			root, group, group, root, address);
}

static void
empty(void)
{
	shell("rm -rf %s/kernel %s/bus %s/class", root, root, root);
}

static bool
interface(const char *name)
{
	return strncmp(name, "lan", 3) == 0;
}

static unsigned
check(const char *dev, const char *more, bool errors_only, char *err, size_t len)
{
	struct site s = { .machine = &here,
		.sysfs = root,
		.sysctls = root,
		.need_mib = NEED,
		.errors_only = errors_only,
		.interface = interface,
		.driver = driver_name_known };
	char text[1000];
	struct wb_config_report *r;
	struct wb_config *c;
	unsigned n;

	snprintf(text, sizeof(text),
		"{\"role\": \"edge\", \"name\": \"home\", \"private_key_file\": \"k\", %s\n"
		"\"ports\": [{\"name\": \"lan\", \"use\": \"lan\", \"dev\": "
		"\"packet0,iface=lan9\"},\n"
		"{\"name\": \"w\", \"use\": \"wan\", \"dev\": \"%s\"}],\n"
		"\"hub\": {\"address\": \"192.0.2.1\", \"public_key\": \"" KEY "\"}}",
		more, dev);
	c = wb_config_parse(text, "e.json", "/", err, len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(err, ""); // a PCI port needs no interface
	r = wb_config_report_open(c, err, len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	here.n_cpus = 2;
	here.cpus[1] = 1;
	machine_read(&here, root);
	here.n_cpus = 2;
	here.cpus[0] = 0;
	here.cpus[1] = 1;
	site_check(c, &s, r);
	n = wb_config_report_close(r);
	wb_config_free(c);
	return n;
}

// One line with this in it, or none for "".
static void
says(const char *dev, const char *more, unsigned errors, const char *part)
{
	char err[4000];

	CU_ASSERT_EQUAL(check(dev, more, false, err, sizeof(err)), errors);
	CU_ASSERT_PTR_NULL(strchr(err, '\n'));
	if (part[0] == 0)
		CU_ASSERT_STRING_EQUAL(err, "");
	if (strstr(err, part) == NULL) {
		printf("\n%s: %s\n", dev, err);
		CU_FAIL("not said");
	}
}

static void
pages(void)
{
	empty();
	machine_read(&here, root);
	CU_ASSERT_EQUAL(here.free_huge_mib, 0);
	hugepages(2048, 136, 0);
	machine_read(&here, root);
	CU_ASSERT_EQUAL(here.free_huge_mib, 272);
	hugepages(2048, 136, 130); // promised to another process
	machine_read(&here, root);
	CU_ASSERT_EQUAL(here.free_huge_mib, 12);
	hugepages(2048, 4, 8);
	machine_read(&here, root);
	CU_ASSERT_EQUAL(here.free_huge_mib, 0);
	hugepages(1048576, 2, 1);
	machine_read(&here, root);
	CU_ASSERT_EQUAL(here.free_huge_mib, 1024);
}

static void
drivers(void)
{
	static const char *const good[] = { "net_af_packet1,iface=lan0", "net_af_xdp1,iface=lan0",
		"eth_af_packet1,iface=lan0", "net_tap1,iface=x", "net_memif0,role=client",
		"net_pcap0,iface=lan0", "net_virtio_user0,path=/dev/vhost-net,iface=x",
		"packet1,iface=lan0", "net_null0" };
	char err[1000];

	empty();
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char nearest[64];

		CU_ASSERT(driver_name_known(good[i], nearest, sizeof(nearest)));
	}
	says("net_af_paket1,iface=lan0", "", 1,
		"e.json:3: ports[1].dev: no driver of DPDK is called \"net_af_paket1\"; did you "
		"mean \"net_af_packet\"?");
	says("tap3,iface=x", "", 1, "\"net_tap\"?");
	says("paket3,iface=lan0", "", 1, "\"packet\"?");
	says("net_packet3,iface=lan0", "", 1, "\"packet\"?");
	says("lan0\", \"interface\": \"lan0", "", 1,
		"\"lan0\" is an interface; did you mean \"packet1,iface=lan0\"?");
	says("completely_different0,iface=lan0", "", 1, "(drivers-cfg/README.md has them)");
	says("net_af_xdp1,iface=wan7", "", 0,
		"e.json:3: ports[1].dev: warning: there is no network interface \"wan7\"");
	says("net_af_xdp1,iface=lan0", "\"workers\": [1, 7],", 1,
		"e.json:1: workers[1]: 7 is not a CPU that this process may use here; allowed: 0 "
		"to 1");
	says("net_tap1,iface=x", "\"workers\": [7], \"eal\": [\"-l\", \"0,7\"],", 0, "");
	says("net_tap1,iface=x", "\"control_group\": \"wb-nobodies\",", 0, "no group");
	CU_ASSERT_EQUAL(check("net_af_xdp1,iface=wan7", "", true, err, sizeof(err)), 0);
	CU_ASSERT_STRING_EQUAL(err, ""); // a start has its own word on that
}

static void
pci(void)
{
	empty();
	hugepages(2048, 136, 0);
	says("0000:06:12.0", "", 1, "ports[1].dev: there is no PCI device 0000:06:12.0 here");
	card("0000:06:12.0", "virtio-pci", "");
	says("0000:06:12.0", "", 1,
		"by its driver virtio-pci: driverctl set-override ADDRESS "
		"uio_pci_generic (vfio-pci needs an IOMMU");
	shell("mkdir -p %s/bus/pci/devices/0000:06:12.0/net/ens18", root);
	says("06:12.0,x=1", "", 1, "\"packet0,iface=ens18\"");
	// virtio's interface is one step further down
	card("0000:06:11.0", "virtio-pci", "");
	shell("mkdir -p %s/bus/pci/devices/0000:06:11.0/virtio3/net/ens19", root);
	says("0000:06:11.0", "", 1, "\"packet0,iface=ens19\"");
	card("0000:06:13.0", "", "");
	says("0000:06:13.0", "", 0, "warning: 0000:06:13.0 has no driver");
	card("0000:06:14.0", "uio_pci_generic", "");
	says("0000:06:14.0", "", 0, "");
	says("0000:06:14.0", "\"eal\": [\"--no-pci\"],", 1, "eal[0]: \"--no-pci\" hides ports[1]");
	hugepages(2048, 136, 1);
	says("0000:06:14.0", "", 1,
		"hugepages only: 272 MiB are needed, 270 are free (wanbond-hugepages 272)");
	card("0000:01:00.0", "mlx5_core", "");
	says("0000:01:00.0", "", 0, "");
	// with an IOMMU
	card("0000:06:15.0", "vfio-pci", "7");
	says("0000:06:15.0", "", 0, "");
	says("0000:06:12.0", "", 1, "driverctl set-override ADDRESS vfio-pci, or");
	// vfio's mode without one
	shell("echo vfio-noiommu >%s/kernel/iommu_groups/7/name", root);
	says("0000:06:15.0", "", 1, "has no IOMMU before it");
	empty();
}

static void
forwarding(void)
{
	shell("mkdir -p %s/net/ipv4; echo 0 >%s/net/ipv4/ip_forward", root, root);
	says("net_tap0,iface=lan1", "", 0, "ports: warning: net.ipv4.ip_forward is 0");
	shell("echo 1 >%s/net/ipv4/ip_forward", root);
	says("net_tap0,iface=lan1", "", 0, "");
	shell("rm -r %s/net", root);
}

// The figure that the guide gives.
static void
memory(void)
{
	char err[1000];
	struct wb_config *c =
		wb_config_load(WB_SOURCE_ROOT "/config/edge-proxmox-vm.json", err, sizeof(err));

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	for (unsigned i = 0; i < c->n_ports; i++) {
		snprintf(c->ports[i].dev, sizeof(c->ports[i].dev), "0000:06:1%u.0", i);
		c->ports[i].kernel_if[0] = 0;
	}
	CU_ASSERT_EQUAL(memory_need(c), NEED);
	c->n_workers = 4;
	CU_ASSERT(memory_need(c) > NEED);
	CU_ASSERT_EQUAL(wb_control_memory_mib(c), memory_need(c));
	c->memory_mib = 300;
	CU_ASSERT_EQUAL(wb_control_memory_mib(c), 300);
	wb_config_free(c);
}

static const struct harness_test tests[] = {
	{ "hugepages", pages },
	{ "drivers, interfaces, CPUs", drivers },
	{ "PCI", pci },
	{ "forwarding", forwarding },
	{ "memory", memory },
};

int
main(void)
{
	int r;

	if (mkdtemp(root) == NULL)
		return 1;
	r = HARNESS_RUN("site", tests);
	rmdir(root);
	return r;
}
