// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "port.h"

static int
complain(const char *who, const char *dev, const char *what, int rc)
{
	fprintf(stderr, "wanbond-emu: %s: %s: %s: %s\n", who, dev, what, strerror(-rc));
	return rc;
}

static int
probe(struct port *p, const char *dev)
{
	static const char rings[] = ",blocksz=65536,framesz=2048,framecnt=1024";
	char args[512], name[RTE_ETH_NAME_MAX_LEN];
	int rc;

	snprintf(args, sizeof(args), "%s%s", dev,
		strncmp(dev, "net_af_packet", 13) == 0 && strstr(dev, "framecnt=") == NULL ? rings
											   : "");
	rc = rte_dev_probe(args);
	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(dev, ","), dev);
	return rte_eth_dev_get_port_by_name(name, &p->id);
}

static int
configure(struct port *p, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	uint16_t rx = 1024, tx = 1024;
	int rc;

	rc = rte_eth_dev_info_get(p->id, &info);
	if (rc == 0)
		rc = rte_eth_dev_configure(p->id, 1, 1, &conf);
	if (rc == 0)
		rc = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rx, &tx);
	if (rc == 0)
		rc = rte_eth_rx_queue_setup(p->id, 0, rx, SOCKET_ID_ANY, NULL, pool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(p->id, 0, tx, SOCKET_ID_ANY, NULL);
	if (rc == 0)
		rc = rte_eth_dev_start(p->id);
	if (rc < 0)
		return rc;
	rte_eth_promiscuous_enable(p->id); // a driver that cannot gets all frames anyway (veth)
	if (info.if_index > 0)
		if_indextoname(info.if_index, p->kernel_if);
	return 0;
}

int
port_open(struct port *p, const char *dev, struct rte_mempool *pool, const char *who)
{
	int rc;

	memset(p, 0, sizeof(*p));
	rc = probe(p, dev);
	if (rc < 0)
		return complain(who, dev, "cannot make this port", rc);
	rc = configure(p, pool);
	if (rc < 0)
		return complain(who, dev, "cannot start this port", rc);
	return 0;
}

void
port_close(const struct port *p)
{
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
}
