// SPDX-License-Identifier: BSD-3-Clause
// Makes the handshake driver's configuration out of key files and the gateway's configuration.
#include "keyring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "wb_secret.h"
#include "wb_wire.h"

_Static_assert(WB_HANDSHAKE_CHALLENGE == WB_FEATURE_CHALLENGE, "one bit, two layers");
_Static_assert(WB_HANDSHAKE_MAX == WB_MESSAGE_MAX, "a message fits a HANDSHAKE frame");

static int
read_key(const char *what, const char *file, uint8_t key[WB_KEY_LEN])
{
	char why[512] = "";
	int r;

	if (file[0] == 0)
		return 0;
	r = wb_key_read_file(file, key, why, sizeof(why));
	if (r < 0)
		ctl_err("%s: %s", what, why[0] != 0 ? why : strerror(-r));
	return r;
}

static int
choose_ciphers(const struct wb_config *c, uint8_t ciphers[4])
{
	enum wb_cipher best = wb_aead_best();
	static const uint8_t all[] = { WB_CIPHER_AES_128_GCM, WB_CIPHER_AES_256_GCM,
		WB_CIPHER_CHACHA20_POLY1305 };
	unsigned n = 0;
	int one;

	memset(ciphers, 0, 4);
	if (c->cipher[0] != 0 && strcmp(c->cipher, "auto") != 0) {
		one = wb_cipher_from_name(c->cipher);
		if (one < 0) {
			ctl_err("cipher: \"%s\" is not known", c->cipher);
			return -EINVAL;
		}
		ciphers[0] = (uint8_t)one;
		return 0;
	}
	ciphers[n++] = (uint8_t)best;
	for (unsigned i = 0; i < sizeof(all); i++)
		if (all[i] != best && n < 3)
			ciphers[n++] = all[i];
	return 0;
}

static int
fill_peers(const struct wb_config *c, struct session_peer *peers)
{
	if (c->role == WB_CONFIG_EDGE) {
		snprintf(peers[0].name, sizeof(peers[0].name), "hub");
		memcpy(peers[0].public_key, c->hub.public_key, WB_KEY_LEN);
		return read_key("hub: psk_file", c->hub.psk_file, peers[0].psk);
	}
	for (unsigned i = 0; i < c->n_edges; i++) {
		const struct wb_config_edge *e = &c->edges[i];
		int r;

		snprintf(peers[i].name, sizeof(peers[i].name), "%s", e->name);
		memcpy(peers[i].public_key, e->public_key, WB_KEY_LEN);
		r = read_key(e->name, e->psk_file, peers[i].psk);
		if (r < 0)
			return r;
	}
	return 0;
}

static void
fill_hub(const struct wb_config *c, struct session_conf *conf)
{
	conf->hub.udp_port = c->hub.port != 0 ? c->hub.port : WB_UDP_PORT;
	for (unsigned i = 0; i < c->n_ports; i++)
		if (c->ports[i].use == WB_CONFIG_WAN)
			snprintf(conf->wans[i], sizeof(conf->wans[i]), "%s", c->ports[i].name);
}

struct sessions *
keyring_sessions(const struct wb_config *c, const struct session_ops *ops, void *ctx)
{
	unsigned n = c->role == WB_CONFIG_EDGE ? 1 : c->n_edges;
	struct session_peer *peers = wb_secret_alloc(n * sizeof(*peers));
	struct session_conf conf = {
		.role = c->role == WB_CONFIG_EDGE ? WB_ROLE_EDGE : WB_ROLE_HUB,
		.local = {
			.version_min = WB_VERSION_MIN,
			.version_max = WB_VERSION_MAX,
			.features = WB_FEATURE_FRAGMENT | WB_FEATURE_FEC | WB_FEATURE_REKEY |
				    WB_FEATURE_CHALLENGE | WB_FEATURE_HOLD,
		},
		.peers = peers,
		.n_peers = n,
		.ops = ops,
		.ctx = ctx,
	};
	struct sessions *s = NULL;

	if (peers == NULL)
		return NULL;
	if (read_key("private_key_file", c->private_key_file, conf.local.private_key) == 0 &&
		choose_ciphers(c, conf.local.ciphers) == 0 && fill_peers(c, peers) == 0) {
		wb_key_public(conf.local.private_key, conf.local.public_key);
		fill_hub(c, &conf);
		s = sessions_create(&conf);
	}
	wb_wipe(&conf, sizeof(conf));
	wb_secret_free(peers);
	wb_secret_clear_stack();
	return s;
}
