// SPDX-License-Identifier: BSD-3-Clause
// Checks what a configuration wants of this machine: devices, drivers, CPUs, memory.
#include "site.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "devargs.h"
#include "driver_name.h"
#include "memory.h"
#include "port_driver.h"
#include "sysctl.h"
#include "wb_control.h"

#define NAMES_LEN 160
#define ERR WB_CONFIG_ERROR
#define WARN WB_CONFIG_WARNING

struct check {
	const struct wb_config *c;
	const struct site *s;
	struct wb_config_report *r;
	unsigned port; // being looked at
};

#define complain(k, grade, ...)                                                                    \
	do {                                                                                       \
		if ((grade) == ERR || !(k)->s->errors_only)                                        \
			wb_config_complain((k)->r, grade, __VA_ARGS__);                            \
	} while (0)
#define complain_dev(k, grade, ...) complain(k, grade, "ports", (int)(k)->port, "dev", __VA_ARGS__)

static bool
exists(const char *sysfs, const char *path)
{
	char full[PATH_MAX];

	return (size_t)snprintf(full, sizeof(full), "%s/%s", sysfs, path) < sizeof(full) &&
	       access(full, F_OK) == 0;
}

// Writes the first entries of a folder as "a, b". Returns how many there are.
static unsigned
names_in(const char *sysfs, const char *path, char names[NAMES_LEN])
{
	char full[PATH_MAX];
	struct dirent *e;
	size_t n = 0;
	unsigned count = 0;
	DIR *dir;

	names[0] = 0;
	snprintf(full, sizeof(full), "%s/%s", sysfs, path);
	dir = opendir(full);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (n + strlen(e->d_name) + 8 < NAMES_LEN)
			n += (size_t)snprintf(
				names + n, NAMES_LEN - n, "%s%s", count > 0 ? ", " : "", e->d_name);
		count++;
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}

// Writes the last part of the target of a PCI device's link: "vfio-pci" for "driver". "": there is no link.
static void
pci_link(const char *sysfs, const char *address, const char *link, char name[NAME_MAX])
{
	char path[PATH_MAX], to[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/%s", sysfs, address, link);
	n = readlink(path, to, sizeof(to) - 1);
	to[n > 0 ? n : 0] = 0;
	snprintf(name, NAME_MAX, "%.200s", n > 0 ? basename(to) : "");
}

// Writes a PCI address with its domain and without arguments: "0000:06:12.0".
static void
pci_address(const char *dev, char *address, size_t len)
{
	int n;

	if (strncmp(dev, "pci:", 4) == 0)
		dev += 4;
	n = (int)strcspn(dev, ",");
	snprintf(address, len, "%s%.*s", n == 7 ? "0000:" : "", n, dev);
}

// Returns whether the device is in a group of vfio's mode without an IOMMU.
static bool
in_noiommu_group(const char *sysfs, const char *address)
{
	char group[NAME_MAX], path[PATH_MAX], name[32] = "";
	FILE *f;

	pci_link(sysfs, address, "iommu_group", group);
	snprintf(path, sizeof(path), "%s/kernel/iommu_groups/%s/name", sysfs, group);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	if (fgets(name, sizeof(name), f) == NULL)
		name[0] = 0;
	fclose(f);
	return strncmp(name, "vfio-noiommu", strlen("vfio-noiommu")) == 0;
}

// Returns whether a PCI device's driver needs physical addresses, as there is no IOMMU.
static bool
pci_physical(const char *sysfs, const char *dev)
{
	char address[32], driver[NAME_MAX];

	pci_address(dev, address, sizeof(address));
	pci_link(sysfs, address, "driver", driver);
	return strcmp(driver, "uio_pci_generic") == 0 || strcmp(driver, "igb_uio") == 0 ||
	       (strcmp(driver, "vfio-pci") == 0 && in_noiommu_group(sysfs, address));
}

// Returns the command that gives a device to DPDK permanently.
static const char *
binding(const char *sysfs)
{
	char names[NAMES_LEN];

	return names_in(sysfs, "kernel/iommu_groups", names) > 0
		       ? "driverctl set-override ADDRESS vfio-pci"
		       : "driverctl set-override ADDRESS uio_pci_generic (vfio-pci needs an IOMMU, "
			 "which this machine does not show: a VM has to be given one)";
}

// Lists the interfaces of a PCI device. Those of virtio belong to a device below it.
static void
pci_interfaces(const char *sysfs, const char *address, char names[NAMES_LEN])
{
	char pattern[PATH_MAX];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "bus/pci/devices/%s/net", address);
	if (names_in(sysfs, pattern, names) > 0)
		return;
	snprintf(pattern, sizeof(pattern), "%s/bus/pci/devices/%s/virtio*/net", sysfs, address);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	names_in(sysfs, found.gl_pathv[0] + strlen(sysfs) + 1, names);
	globfree(&found);
}

static void
check_pci_driver(struct check *k, const char *address)
{
	static const char *const good[] = { "vfio-pci", "uio_pci_generic", "igb_uio", "mlx4_core",
		"mlx5_core", "mana" };
	char driver[NAME_MAX], interface[NAMES_LEN];

	pci_link(k->s->sysfs, address, "driver", driver);
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (strcmp(driver, good[i]) == 0)
			return;
	if (driver[0] == 0) {
		complain_dev(k, WARN, "%s has no driver: %s", address, binding(k->s->sysfs));
		return;
	}
	pci_interfaces(k->s->sysfs, address, interface);
	complain_dev(k, ERR,
		"%s is the kernel's, by its driver %s: %s, or leave it there with "
		"\"packet0,iface=%s\"",
		address, driver, binding(k->s->sysfs), interface[0] != 0 ? interface : "NAME");
}

static void
check_pci(struct check *k, const char *dev)
{
	char address[32], path[64];

	pci_address(dev, address, sizeof(address));
	snprintf(path, sizeof(path), "bus/pci/devices/%s", address);
	if (!exists(k->s->sysfs, path)) {
		complain_dev(k, ERR, "there is no PCI device %s here (see: lspci -D)", address);
		return;
	}
	check_pci_driver(k, address);
	if (pci_physical(k->s->sysfs, dev) && k->s->machine->free_huge_mib < k->s->need_mib)
		complain_dev(k, ERR,
			"%s has no IOMMU before it and takes hugepages only: %u MiB are "
			"needed, %u are free (wanbond-hugepages %u)",
			address, k->s->need_mib, k->s->machine->free_huge_mib, k->s->need_mib);
}

// Lists all interfaces as "eth0, wan1". Not from sysfs, which may show another network namespace.
static void
interfaces(char names[NAMES_LEN])
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0;

	names[0] = 0;
	for (unsigned i = 0; all != NULL && all[i].if_index != 0; i++)
		if (strcmp(all[i].if_name, "lo") != 0 && n + IF_NAMESIZE + 2 < NAMES_LEN)
			n += (size_t)snprintf(names + n, NAMES_LEN - n, "%s%s", n > 0 ? ", " : "",
				all[i].if_name);
	if (all != NULL)
		if_freenameindex(all);
}

static void
check_interface(struct check *k, const struct wb_config_port *p)
{
	char names[NAMES_LEN];

	if (p->kernel_if[0] == 0 || k->s->interface(p->kernel_if))
		return;
	interfaces(names);
	complain_dev(k, WARN, "there is no network interface \"%s\" here now; there is: %s",
		p->kernel_if, names[0] != 0 ? names : "none");
}

static void
check_port(struct check *k)
{
	const struct wb_config_port *p = &k->c->ports[k->port];
	enum dev_kind kind = port_driver_of(p->dev)->kind;
	char nearest[64];

	if (p->vlan != 0)
		return; // its trunk has the device
	if (k->s->driver != NULL && !k->s->driver(p->dev, nearest, sizeof(nearest))) {
		if (k->s->interface(p->dev)) {
			complain_dev(k, ERR,
				"\"%s\" is an interface; did you mean \"packet%u,iface=%s\"?",
				p->dev, k->port, p->dev);
			return;
		}
		complain_dev(k, ERR, "no driver of DPDK is called \"%.*s\"%s%s%s",
			(int)strcspn(p->dev, ","), p->dev,
			nearest[0] != 0 ? "; did you mean \"" : "", nearest,
			nearest[0] != 0 ? "\"?" : " (drivers-cfg/README.md has them)");
		return;
	}
	if (kind == DEV_PCI)
		check_pci(k, p->dev);
	if (kind != DEV_TAP && kind != DEV_ALONE)
		check_interface(k, p);
}

// Complains of EAL options that contradict the ports: the user's win over ours.
static void
check_eal(struct check *k)
{
	for (unsigned i = 0; i < k->c->n_eal; i++)
		for (unsigned p = 0; p < k->c->n_ports; p++)
			if (strcmp(k->c->eal[i], "--no-pci") == 0 &&
				devargs_is_pci(k->c->ports[p].dev)) {
				complain(k, ERR, "eal", (int)i, NULL,
					"\"--no-pci\" hides ports[%u], a PCI device; leave it out: "
					"wanbond gives it where no port is one",
					p);
				return;
			}
}

static bool
lcores_given(const struct wb_config *c)
{
	for (unsigned i = 0; i < c->n_eal; i++)
		if (strncmp(c->eal[i], "--lcores", 8) == 0 ||
			(c->eal[i][0] == '-' && strchr("lcsS", c->eal[i][1]) != NULL))
			return true;
	return false;
}

static void
check_workers(struct check *k)
{
	const struct machine *m = k->s->machine;

	for (unsigned i = 0; i < k->c->n_workers && !lcores_given(k->c); i++) {
		unsigned n = 0;

		while (n < m->n_cpus && m->cpus[n] != k->c->workers[i])
			n++;
		if (n == m->n_cpus)
			complain(k, ERR, "workers", (int)i, NULL,
				"%u is not a CPU that this process may use here; allowed: %u to %u",
				k->c->workers[i], m->cpus[0], m->cpus[m->n_cpus - 1]);
	}
}

// Warns if the kernel does not forward what is not for the tunnel.
static void
check_forwarding(struct check *k)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/net/ipv4/ip_forward", k->s->sysctls);
	if (k->c->role == WB_CONFIG_EDGE && sysctl_is_zero(path))
		complain(k, WARN, "ports", -1, NULL,
			"net.ipv4.ip_forward is 0: the kernel forwards nothing from one LAN to "
			"another, nor to a modem's page (sysctl -w net.ipv4.ip_forward=1)");
}

void
site_check(const struct wb_config *c, const struct site *s, struct wb_config_report *r)
{
	struct check k = { .c = c, .s = s, .r = r };

	check_forwarding(&k);
	check_eal(&k);
	check_workers(&k);
	for (k.port = 0; k.port < c->n_ports; k.port++)
		check_port(&k);
	if (c->control_group[0] != 0 && getgrnam(c->control_group) == NULL)
		complain(&k, WARN, "control_group", -1, NULL,
			"there is no group \"%s\": `wanbond ctl` will be root's alone",
			c->control_group);
}

unsigned
wb_control_memory_mib(const struct wb_config *c)
{
	return c->memory_mib != 0 ? c->memory_mib : memory_need(c);
}

static bool
interface_exists(const char *name)
{
	return if_nametoindex(name) != 0;
}

static int
check_here(const struct wb_config *c, bool start, char *err, size_t err_len)
{
	struct machine m;
	struct site s = { .machine = &m,
		.sysfs = "/sys",
		.sysctls = "/proc/sys",
		.need_mib = wb_control_memory_mib(c),
		.errors_only = start,
		.interface = interface_exists,
		.driver = start ? NULL : driver_name_known };
	struct wb_config_report *r = wb_config_report_open(c, err, err_len);

	if (r == NULL)
		return -ENOMEM;
	machine_read(&m, s.sysfs);
	site_check(c, &s, r);
	return wb_config_report_close(r) > 0 ? -EINVAL : 0;
}

int
wb_control_check(const struct wb_config *c, char *err, size_t err_len)
{
	return check_here(c, false, err, err_len);
}

int
site_check_start(const struct wb_config *c, char *err, size_t err_len)
{
	return check_here(c, true, err, err_len);
}
