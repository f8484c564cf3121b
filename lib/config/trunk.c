// SPDX-License-Identifier: BSD-3-Clause
// Checks trunks and the ports that are VLANs on them.
#include <stdio.h>
#include <string.h>

#include "reader.h"
#include "wb_config.h"

#define TAP_NAME 15 // letters of an interface's name

static void
enter(struct config_reader *r, unsigned port, const char *key)
{
	config_enter_key(r, "ports");
	config_enter_index(r, port);
	config_enter_key(r, key);
}

static void
leave(struct config_reader *r)
{
	r->where.depth -= 3;
}

// Lists the trunks as "\"a\" or \"b\"".
static void
list_trunks(const struct wb_config *c, char *text, size_t len)
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < c->n_ports; i++)
		if (c->ports[i].use == WB_CONFIG_TRUNK && n + WB_CONFIG_NAME + 8 < len)
			n += (size_t)snprintf(text + n, len - n, "%s\"%s\"", n > 0 ? " or " : "",
				c->ports[i].name);
}

static void
no_trunk(struct config_reader *r, const struct wb_config *c, unsigned i)
{
	char trunks[256];

	list_trunks(c, trunks, sizeof(trunks));
	enter(r, i, "on");
	config_error(r, "\"%s\" is no trunk; allowed: %s", c->ports[i].on,
		trunks[0] != '\0' ? trunks
				  : "a port with \"use\": \"trunk\", of which there is none");
	leave(r);
}

// Finds the trunk of a port.
static void
find_trunk(struct config_reader *r, struct wb_config *c, unsigned i)
{
	struct wb_config_port *p = &c->ports[i];

	for (unsigned t = 0; t < c->n_ports; t++)
		if (c->ports[t].use == WB_CONFIG_TRUNK && strcmp(c->ports[t].name, p->on) == 0) {
			p->trunk = t;
			return;
		}
	no_trunk(r, c, i);
}

// Returns whether that is the name of an interface that the configuration has for something else than the port's TAP.
static bool
is_interface(const struct wb_config *c, const char *name)
{
	bool is = strcmp(name, c->role == WB_CONFIG_EDGE ? c->kernel.tap : c->egress.tap) == 0;

	for (unsigned i = 0; i < c->n_ports; i++)
		is |= strcmp(name, c->ports[i].kernel_if) == 0;
	return is;
}

static void
check_vlan(struct config_reader *r, struct wb_config *c, unsigned i)
{
	struct wb_config_port *p = &c->ports[i];

	find_trunk(r, c, i);
	if (p->kernel_if[0] != '\0') {
		enter(r, i, "interface");
		config_error(r, "\"%s\"; a port on a trunk has an interface of its own name, a TAP",
			p->kernel_if);
		leave(r);
	}
	if (strlen(p->name) > TAP_NAME) {
		enter(r, i, "name");
		config_error(r,
			"\"%s\" is also the name of the port's TAP; allowed on a trunk: at most %u "
			"characters",
			p->name, TAP_NAME);
		leave(r);
	}
	if (p->kernel_if[0] == '\0' && is_interface(c, p->name)) {
		enter(r, i, "name");
		config_error(r,
			"\"%s\" would be the name of the port's TAP, and is another interface's "
			"that "
			"is configured",
			p->name);
		leave(r);
	}
	for (unsigned j = 0; j < i && p->vlan != 0; j++)
		if (c->ports[j].vlan == p->vlan && strcmp(c->ports[j].on, p->on) == 0) {
			enter(r, i, "vlan");
			config_error(r, "%u on \"%s\" is ports[%u] already", p->vlan, p->on, j);
			leave(r);
			return;
		}
}

// Drivers that pass no tags on, or whose other end is this machine's kernel.
static bool
carries_tags(const char *dev)
{
	static const char *const drivers[] = { "net_af_packet", "eth_af_packet", "net_af_xdp",
		"net_pcap", "net_tap", "net_tun", "virtio_user", "net_virtio_user" };

	for (unsigned i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strncmp(dev, drivers[i], strlen(drivers[i])) == 0)
			return false;
	return true;
}

static void
check_trunk(struct config_reader *r, const struct wb_config *c, unsigned i)
{
	const struct wb_config_port *p = &c->ports[i];
	const char *interface = p->kernel_if[0] != '\0' ? p->kernel_if : "eth1";
	bool used = false;

	if (strncmp(p->dev, "packet", strlen("packet")) == 0 && p->kernel_if[0] == '\0') {
		enter(r, i, "dev");
		config_error(r, "\"%s\" names no interface; allowed: \"packet%u,iface=eth1\"",
			p->dev, i);
		leave(r);
	} else if (!carries_tags(p->dev)) {
		enter(r, i, "dev");
		config_error(r,
			"\"%.*s\" cannot be a trunk; allowed: \"packet%u,iface=%s\", a PCI "
			"address, "
			"memif or vhost",
			(int)strcspn(p->dev, ","), p->dev, i, interface);
		leave(r);
	}
	for (unsigned j = 0; j < c->n_ports; j++)
		used |= strcmp(c->ports[j].on, p->name) == 0;
	if (!used) {
		enter(r, i, "use");
		config_error(r, "\"trunk\", but no port has \"on\": \"%s\"", p->name);
		leave(r);
	}
}

void
config_check_trunks(struct config_reader *r, struct wb_config *c)
{
	for (unsigned i = 0; i < c->n_ports; i++) {
		if (c->ports[i].on[0] != '\0')
			check_vlan(r, c, i);
		else if (c->ports[i].use == WB_CONFIG_TRUNK)
			check_trunk(r, c, i);
	}
}
