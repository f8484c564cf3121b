// SPDX-License-Identifier: BSD-3-Clause
// Finds the class of an inner packet: the first rule that fits, else its DSCP.
#include "classify.h"

#include <string.h>

#include <netinet/in.h>

// Returns whether the address is in the network, whose host bits are 0.
static bool
within(const struct wb_dp_prefix *net, const uint8_t *address)
{
	unsigned whole = net->len / 8, rest = net->len % 8;

	if (memcmp(net->ip, address, whole) != 0)
		return false;
	return rest == 0 || (address[whole] & (0xff00 >> rest)) == net->ip[whole];
}

static bool
port_within(const struct wb_dp_rule *r, unsigned port)
{
	return port >= r->port_low && port <= r->port_high;
}

// Returns whether a packet fits a rule. Network and port may be of the source or of the destination, so that a
// rule covers both directions.
static bool
fits(const struct wb_dp_rule *r, const struct inner *in)
{
	const uint8_t *l4 = in->ip + in->l4;

	if (r->dscp != 0 && in->tos >> 2 != r->dscp)
		return false;
	if (r->protocol != 0 && in->proto != r->protocol)
		return false;
	if (r->network.family != 0 &&
		(r->network.family != in->family ||
			(!within(&r->network, in->src) && !within(&r->network, in->dst))))
		return false;
	if (r->port_high == 0)
		return true;
	if ((in->proto != IPPROTO_TCP && in->proto != IPPROTO_UDP) || in->later_fragment ||
		in->l4 + 4u > in->len)
		return false;
	return port_within(r, (unsigned)l4[0] << 8 | l4[1]) ||
	       port_within(r, (unsigned)l4[2] << 8 | l4[3]);
}

enum wb_class
classify(const struct wb_dp_rule *rules, unsigned n, const struct inner *in, bool *set)
{
	enum wb_class class;

	*set = true;
	for (unsigned i = 0; i < n; i++)
		if (fits(&rules[i], in))
			return rules[i].sclass;
	class = wb_class_of_dscp(in->tos >> 2);
	*set = class != WB_CLASS_DEFAULT;
	return class;
}
