// SPDX-License-Identifier: BSD-3-Clause
#include "own_key.h"

#include <errno.h>
#include <string.h>

#include "wb_key.h"
#include "wb_secret.h"

// Complains of the other end's key, that of edge `i` on a hub.
static void
compare(struct wb_config_report *r, const struct wb_config *c, unsigned i,
	const uint8_t private_key[WB_KEY_LEN], const uint8_t public_key[WB_KEY_LEN])
{
	bool edge = c->role == WB_CONFIG_EDGE;
	const uint8_t *other = edge ? c->hub.public_key : c->edges[i].public_key;
	const char *list = edge ? "hub" : "edges";
	int index = edge ? -1 : (int)i;

	if (memcmp(other, private_key, WB_KEY_LEN) == 0)
		wb_config_complain(r, WB_CONFIG_ERROR, list, index, "public_key",
			"is the key in private_key_file; allowed: the %s public key. If it is this "
			"end's private key and others can read this file, make a new one",
			edge ? "hub's" : "edge's");
	if (memcmp(other, public_key, WB_KEY_LEN) == 0)
		wb_config_complain(r, WB_CONFIG_ERROR, list, index, "public_key",
			"is this %s own; allowed: the %s", edge ? "edge's" : "hub's",
			edge ? "hub's" : "edge's");
}

int
own_key_check(const struct wb_config *c, char *err, size_t err_len)
{
	unsigned others = c->role == WB_CONFIG_EDGE ? 1 : c->n_edges;
	uint8_t private_key[WB_KEY_LEN], public_key[WB_KEY_LEN];
	struct wb_config_report *r = wb_config_report_open(c, err, err_len);
	char why[256];

	if (r == NULL)
		return -ENOMEM;
	if (wb_key_read_file(c->private_key_file, private_key, why, sizeof(why)) != 0) {
		wb_config_complain(r, WB_CONFIG_ERROR, "private_key_file", -1, NULL, "%s", why);
	} else {
		wb_key_public(private_key, public_key);
		for (unsigned i = 0; i < others; i++)
			compare(r, c, i, private_key, public_key);
		wb_wipe(private_key, sizeof(private_key));
	}
	return wb_config_report_close(r) > 0 ? -EINVAL : 0;
}
