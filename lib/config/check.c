// SPDX-License-Identifier: BSD-3-Clause
// Checks that involve several values. They also run after errors, so that all errors of a file are shown at once.
// Values that could not be read are left out: empty texts, `use` and `role` -1, family 0, key 0, worker UINT_MAX.
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "reader.h"
#include "wb_config.h"

static void
enter(struct config_reader *r, const char *list, unsigned index, const char *key)
{
	config_enter_key(r, list);
	config_enter_index(r, index);
	config_enter_key(r, key);
}

static void
leave(struct config_reader *r)
{
	r->where.depth -= 3;
}

static bool
same_text(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0;
}

// Writes the device of a port without its arguments, a PCI address with its domain.
static void
device_name(const char *dev, char *name, size_t len)
{
	int n = (int)strcspn(dev, ",");
	// 01:00.0 is 0000:01:00.0
	bool short_pci = n == 7 && dev[2] == ':' && dev[5] == '.';

	snprintf(name, len, "%s%.*s", short_pci ? "0000:" : "", n, dev);
}

// Returns the kernel interface of a port, by `interface` or its device's arguments.
static void
take_interface(struct config_reader *r, struct wb_config_port *port, unsigned i)
{
	const char *argument = strstr(port->dev, ",iface=");
	size_t n;

	if (port->kernel_if[0] != '\0' || argument == NULL)
		return;
	argument += strlen(",iface=");
	n = strcspn(argument, ",");
	if (n == 0 || n > 15) {
		enter(r, "ports", i, "dev");
		config_error(r, "\"iface=%.*s\" is not an interface's name (1 to 15 characters)",
			(int)n, argument);
		leave(r);
		return;
	}
	memcpy(port->kernel_if, argument, n);
	port->kernel_if[n] = '\0';
}

// Returns whether DPDK owns the port alone. Then a TAP with the port's name stands for it in the kernel.
static bool
has_mirror(const char *dev)
{
	static const char *const drivers[] = { "net_memif", "net_vhost", "eth_vhost", "pci:" };
	unsigned domain, bus, slot, function;

	for (unsigned i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strncmp(dev, drivers[i], strlen(drivers[i])) == 0)
			return true;
	return sscanf(dev, "%4x:%2x:%2x.%1x", &domain, &bus, &slot, &function) == 4 ||
	       sscanf(dev, "%2x:%2x.%1x", &bus, &slot, &function) == 3;
}

static void
check_port_twice(struct config_reader *r, const struct wb_config *c, unsigned i, unsigned j)
{
	const struct wb_config_port *a = &c->ports[i], *b = &c->ports[j];
	char dev_a[WB_CONFIG_TEXT + 8], dev_b[WB_CONFIG_TEXT + 8];

	if (same_text(a->name, b->name)) {
		enter(r, "ports", i, "name");
		config_error(
			r, "\"%s\" is ports[%u] already; each port needs its own name", a->name, j);
		leave(r);
	}
	device_name(a->dev, dev_a, sizeof(dev_a));
	device_name(b->dev, dev_b, sizeof(dev_b));
	if (same_text(dev_a, dev_b)) {
		enter(r, "ports", i, "dev");
		config_error(r,
			"device \"%s\" is ports[%u] already; each port needs a number of its own "
			"(packet0, packet1)",
			dev_a, j);
		leave(r);
	} else if (same_text(a->kernel_if, b->kernel_if)) {
		enter(r, "ports", i, "dev");
		config_error(r, "interface \"%s\" is ports[%u] already", a->kernel_if, j);
		leave(r);
	}
}

static void
check_ceiling(struct config_reader *r, const struct wb_config_port *port, unsigned i)
{
	const char *both = port->rate_up != 0 && port->max_up != 0       ? "up"
			   : port->rate_down != 0 && port->max_down != 0 ? "down"
									 : NULL;

	if (both == NULL)
		return;
	enter(r, "ports", i, "max_rate");
	config_error(r, "of a rate that \"rate\" fixes (%s); give one of them", both);
	leave(r);
}

static void
check_port(struct config_reader *r, struct wb_config *c, unsigned i)
{
	struct wb_config_port *port = &c->ports[i];
	bool hub_use = port->use == WB_CONFIG_UPLINK;
	const char *tap = c->role == WB_CONFIG_HUB ? c->egress.tap : c->kernel.tap;

	take_interface(r, port, i);
	if ((int)port->use >= 0 && (int)c->role >= 0 && port->use != WB_CONFIG_TRUNK &&
		hub_use != (c->role == WB_CONFIG_HUB)) {
		enter(r, "ports", i, "use");
		config_error(r, "%s",
			hub_use ? "\"uplink\" is a hub's; an edge's ports are \"lan\" or \"wan\""
				: "\"lan\" and \"wan\" are an edge's; a hub's ports are "
				  "\"uplink\"");
		leave(r);
	}
	if (port->use != WB_CONFIG_LAN && (int)port->use >= 0 && port->address.family == 6) {
		enter(r, "ports", i, "address");
		config_error(r, "is IPv6, which is carried inside the tunnel but not yet outside");
		leave(r);
	}
	if (same_text(port->kernel_if, tap)) {
		config_enter_key(r, c->role == WB_CONFIG_HUB ? "egress" : "kernel");
		config_enter_key(r, "tap");
		config_error(r, "\"%s\" is the interface of ports[%u]", tap, i);
		r->where.depth -= 2;
	}
	if (port->dev[0] != '\0' && port->kernel_if[0] == '\0' && !has_mirror(port->dev) &&
		port->use != WB_CONFIG_TRUNK &&
		(port->address.family == 0 ||
			(port->use != WB_CONFIG_LAN && port->gateway.family == 0))) {
		enter(r, "ports", i, "dev");
		config_warn(r,
			"no kernel interface to learn addresses from; give \"interface\", or "
			"\"address\" and \"gateway\"");
		leave(r);
	}
	check_ceiling(r, port, i);
	for (unsigned j = 0; j < i; j++)
		check_port_twice(r, c, i, j);
}

static void
check_uses(struct config_reader *r, const struct wb_config *c)
{
	unsigned n[4] = { 0, 0, 0, 0 };

	for (unsigned i = 0; i < c->n_ports; i++) {
		if ((int)c->ports[i].use < 0)
			return; // not known, and reported already
		n[c->ports[i].use]++;
	}
	config_enter_key(r, "ports");
	if (c->role == WB_CONFIG_EDGE && n[WB_CONFIG_LAN] == 0)
		config_error(r, "none with \"use\": \"lan\"; an edge needs at least one");
	if (c->role == WB_CONFIG_EDGE && n[WB_CONFIG_WAN] == 0)
		config_error(r, "none with \"use\": \"wan\"; an edge needs at least one");
	if (n[WB_CONFIG_WAN] > WB_CONFIG_WANS)
		config_error(r, "%u with \"use\": \"wan\"; a tunnel has at most %u paths",
			n[WB_CONFIG_WAN], WB_CONFIG_WANS);
	if (c->role == WB_CONFIG_HUB && n[WB_CONFIG_UPLINK] == 0)
		config_error(r, "none with \"use\": \"uplink\"; a hub needs at least one");
	config_leave(r);
}

static void
check_workers(struct config_reader *r, const struct wb_config *c)
{
	for (unsigned i = 0; i < c->n_workers; i++)
		for (unsigned j = 0; j < i; j++)
			if (c->workers[i] == c->workers[j] && c->workers[i] != UINT_MAX) {
				config_enter_key(r, "workers");
				config_enter_index(r, i);
				config_error(r, "%u is in the list already", c->workers[i]);
				r->where.depth -= 2;
			}
}

static void
check_class(struct config_reader *r, struct wb_config_rule *rule, unsigned i)
{
	if (rule->last_port != 0 && rule->last_port < rule->port) {
		enter(r, "classes", i, "last_port");
		config_error(r, "%u is before \"port\", %u", rule->last_port, rule->port);
		leave(r);
	} else if (rule->last_port != 0 && rule->port == 0) {
		enter(r, "classes", i, "last_port");
		config_error(r, "without \"port\", where the range begins");
		leave(r);
	}
	if (rule->last_port == 0)
		rule->last_port = rule->port;
	if (rule->network.family == 0 && rule->protocol == WB_CONFIG_ANY && rule->port == 0 &&
		rule->last_port == 0 && rule->dscp == 0 && r->errors == 0) {
		enter(r, "classes", i, "class");
		config_error(r,
			"of every packet; give a \"network\", \"protocol\", \"port\" or \"dscp\"");
		leave(r);
	}
}

void
config_check_whole(struct config_reader *r, struct wb_config *c)
{
	check_workers(r, c);
	for (unsigned i = 0; i < c->n_ports; i++)
		check_port(r, c, i);
	config_check_trunks(r, c);
	if (c->n_ports > 0)
		check_uses(r, c);
	config_check_edges(r, c);
	for (unsigned i = 0; i < c->n_classes; i++)
		check_class(r, &c->classes[i], i);
	if (r->errors == 0 && c->role == WB_CONFIG_HUB && c->n_edges == 0) {
		config_enter_key(r, "edges");
		config_warn(r, "empty: nobody can connect to this hub");
		config_leave(r);
	}
}
