// SPDX-License-Identifier: BSD-3-Clause
// The part of the handshake driver that both roles share: keys, their lives, dispatch.
#include "session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "session_private.h"
#include "wb_secret.h"
#include "wb_wire.h"

const char *
session_state_name(enum session_state s)
{
	static const char *const names[] = { "stopped", "none", "trying", "up", "rekeying" };

	return (unsigned)s < sizeof(names) / sizeof(names[0]) ? names[s] : "?";
}

void
session_tell(struct sessions *s, bool warning, const char *format, ...)
{
	char sentence[384];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	s->conf.ops->tell(s->conf.ctx, warning, sentence);
}

uint64_t
session_random(struct sessions *s)
{
	uint64_t v;

	do
		s->conf.ops->random(s->conf.ctx, &v, sizeof(v));
	while (v == 0);
	return v;
}

static bool
index_in_use(const struct sessions *s, uint32_t index)
{
	for (unsigned i = 0; i < s->conf.n_peers; i++)
		for (unsigned j = 0; j < INDEXES; j++)
			if (s->peers[i].indexes[j] == index)
				return true;
	return index == 0;
}

uint32_t
session_new_index(struct sessions *s, struct peer *p)
{
	uint32_t index;

	do
		s->conf.ops->random(s->conf.ctx, &index, sizeof(index));
	while (index_in_use(s, index));
	p->indexes[p->next_index++ % INDEXES] = index;
	return index;
}

struct sessions *
sessions_create(const struct session_conf *conf)
{
	struct sessions *s = wb_secret_alloc(sizeof(*s));

	if (s == NULL)
		return NULL;
	s->conf = *conf;
	s->conf.peers = NULL; // copied below
	s->peers = wb_secret_alloc(conf->n_peers * sizeof(*s->peers));
	s->responder = wb_handshake_create();
	if (s->peers == NULL || s->responder == NULL) {
		sessions_destroy(s);
		return NULL;
	}
	for (unsigned i = 0; i < conf->n_peers; i++) {
		struct peer *p = &s->peers[i];

		p->conf = conf->peers[i];
		memcpy(p->handshake.public_key, p->conf.public_key, WB_KEY_LEN);
		memcpy(p->handshake.psk, p->conf.psk, WB_KEY_LEN);
		p->retire_at = p->expire_at = p->try_at = p->rekey_at = WB_NEVER;
		p->answer_at = WB_NEVER;
		p->initiator = wb_handshake_create();
		if (p->initiator == NULL) {
			sessions_destroy(s);
			return NULL;
		}
	}
	return s;
}

void
sessions_destroy(struct sessions *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; s->peers != NULL && i < s->conf.n_peers; i++)
		wb_handshake_destroy(s->peers[i].initiator);
	wb_handshake_destroy(s->responder);
	wb_secret_free(s->peers);
	wb_secret_free(s);
}

int
session_keys(struct sessions *s, struct peer *p, struct wb_handshake_result *result, wb_ns_t now)
{
	struct wb_dp_keys keys = {
		.tx = wb_aead_create(result->cipher, result->tx_key, -1),
		.rx = wb_aead_create(result->cipher, result->rx_key, -1),
		.local_index = result->local_index,
		.remote_index = result->remote_index,
		.confirm_first = s->conf.role == WB_ROLE_HUB,
		.new_session = !result->resumed,
		.features = result->features,
		.expires = now + WB_KEY_EXPIRES,
	};
	const struct wb_aead_limits *limits = wb_aead_limits(result->cipher);
	int r;

	if (limits != NULL)
		keys.limits = *limits;
	if (keys.tx == NULL || keys.rx == NULL) {
		wb_aead_destroy(keys.tx);
		wb_aead_destroy(keys.rx);
		r = -ENOMEM;
	} else {
		r = s->conf.ops->install(s->conf.ctx, (unsigned)(p - s->peers), &keys);
	}
	if (r == 0) {
		if (!result->resumed || p->since == 0)
			p->since = now;
		p->session = result->session;
		p->cipher = result->cipher;
		p->version = result->version;
		p->features = result->features;
		p->last_keys = now;
		p->retire_at = now + RETIRE_AFTER;
		p->keys = keys.local_index;
		p->keys_expire = keys.expires;
		// What the edge has not confirmed does not make the keys before it any younger.
		if (s->conf.role == WB_ROLE_EDGE || p->expire_at == WB_NEVER)
			p->expire_at = keys.expires;
		p->handshakes++;
	} else {
		session_tell(s, true, "%s: new keys could not be installed: %s", p->conf.name,
			strerror(-r));
	}
	wb_wipe(result, sizeof(*result));
	return r;
}

static void
session_over(struct sessions *s, struct peer *p)
{
	if (p->last_keys != 0)
		s->conf.ops->clear(s->conf.ctx, (unsigned)(p - s->peers));
	p->session = 0;
	p->since = p->last_keys = 0;
	p->cipher = 0;
	p->retire_at = p->expire_at = p->rekey_at = p->answer_at = WB_NEVER;
	wb_wipe(&p->init, sizeof(p->init)); // it names a session that is over
	p->inside = false;
	wb_wipe(&p->answered, sizeof(p->answered));
	wb_wipe(&p->answer, sizeof(p->answer));
	wb_wipe(&p->asked, sizeof(p->asked));
	wb_wipe(&p->asking, sizeof(p->asking));
}

void
sessions_start(struct sessions *s, wb_ns_t now)
{
	s->running = true;
	for (unsigned i = 0; s->conf.role == WB_ROLE_EDGE && i < s->conf.n_peers; i++)
		edge_begin(s, &s->peers[i], now);
}

void
sessions_stop(struct sessions *s)
{
	s->running = false;
	for (unsigned i = 0; i < s->conf.n_peers; i++) {
		session_over(s, &s->peers[i]);
		s->peers[i].trying = false;
		s->peers[i].try_at = WB_NEVER;
	}
}

static void
received(struct sessions *s, const struct origin *o, const void *data, size_t len, wb_ns_t now)
{
	uint8_t type = len > 0 ? *(const uint8_t *)data : 0;

	if (!s->running)
		return;
	if (type == WB_DG_HANDSHAKE_INIT && s->conf.role == WB_ROLE_HUB)
		hub_init(s, o, data, len, now);
	else if (type == WB_DG_HANDSHAKE_RESPONSE && s->conf.role == WB_ROLE_EDGE)
		edge_response(s, o, data, len, now);
	else if (type == WB_DG_COOKIE && s->conf.role == WB_ROLE_EDGE && !o->inside)
		edge_cookie(s, o->from.port, data, len, now);
}

void
sessions_received(
	struct sessions *s, const struct wb_addr *from, const void *data, size_t len, wb_ns_t now)
{
	const struct origin o = { .from = *from };

	received(s, &o, data, len, now);
}

void
sessions_proven(
	struct sessions *s, const struct wb_addr *from, const void *data, size_t len, wb_ns_t now)
{
	const struct origin o = { .from = *from, .proven = true };

	received(s, &o, data, len, now);
}

void
sessions_heard(struct sessions *s, unsigned peer, const void *data, size_t len, wb_ns_t now)
{
	const struct origin o = { .inside = true, .peer = peer };

	// The notice may be of a session that has ended meanwhile.
	if (peer < s->conf.n_peers && s->peers[peer].last_keys != 0)
		received(s, &o, data, len, now);
}

void
sessions_confirmed(struct sessions *s, unsigned peer, uint32_t index)
{
	if (peer < s->conf.n_peers && s->peers[peer].last_keys != 0 && s->peers[peer].keys == index)
		s->peers[peer].expire_at = s->peers[peer].keys_expire;
}

void
sessions_worn(struct sessions *s, unsigned peer, uint32_t index, bool out, wb_ns_t now)
{
	bool edge = s->conf.role == WB_ROLE_EDGE;
	wb_ns_t at;
	struct peer *p;

	if (peer >= s->conf.n_peers || !s->running)
		return;
	p = &s->peers[peer];
	if (p->last_keys == 0 ||
		(index != p->keys && (edge || !out || p->expire_at == p->keys_expire)))
		return; // renewed meanwhile
	if (index != p->keys && p->retire_at != WB_NEVER) {
		p->expire_at = p->retire_at; // the newest keys may yet be confirmed
	} else if (out) {
		session_tell(s, true, "%s: keys have been used as often as they may be, no session",
			p->conf.name);
		session_over(s, p);
		if (edge && !p->trying)
			edge_begin(s, p, now);
	} else if (edge && !p->trying) {
		at = p->last_keys + WB_HANDSHAKE_RETRY;
		p->rekey_at = at > now ? at : now;
	}
}

void
sessions_peer_closed(struct sessions *s, unsigned peer, wb_ns_t now)
{
	if (peer >= s->conf.n_peers || !s->running || s->peers[peer].last_keys == 0)
		return; // it says so on every path
	session_tell(s, false, "%s: closed by the other end", s->peers[peer].conf.name);
	session_over(s, &s->peers[peer]);
	if (s->conf.role == WB_ROLE_EDGE)
		edge_begin(s, &s->peers[peer], now);
}

void
sessions_silent(struct sessions *s, unsigned peer, wb_ns_t now)
{
	struct peer *p;

	if (peer >= s->conf.n_peers || !s->running)
		return;
	p = &s->peers[peer];
	if (s->conf.role != WB_ROLE_EDGE || p->last_keys == 0 || (p->trying && p->outside))
		return;
	session_tell(s, true, "%s: silent on all paths, new handshake", p->conf.name);
	if (p->trying) { // inside, where the hub may not hear it any more
		p->outside = true;
		edge_try(s, p, now);
		return;
	}
	// not sooner than a second after the last one
	p->silent = true;
	if (now < p->last_keys + WB_HANDSHAKE_RETRY)
		p->rekey_at = p->last_keys + WB_HANDSHAKE_RETRY;
	else
		edge_begin(s, p, now);
}

wb_ns_t
sessions_next_deadline(const struct sessions *s)
{
	wb_ns_t next = WB_NEVER;

	for (unsigned i = 0; i < s->conf.n_peers; i++) {
		const struct peer *p = &s->peers[i];
		wb_ns_t at = p->retire_at < p->expire_at ? p->retire_at : p->expire_at;

		if (p->answer_at < at)
			at = p->answer_at;
		if (s->conf.role == WB_ROLE_EDGE && edge_next_deadline(p) < at)
			at = edge_next_deadline(p);
		if (at < next)
			next = at;
	}
	return next;
}

void
sessions_expire(struct sessions *s, wb_ns_t now)
{
	for (unsigned i = 0; i < s->conf.n_peers; i++) {
		struct peer *p = &s->peers[i];

		if (now >= p->retire_at) {
			s->conf.ops->retire(s->conf.ctx, i);
			p->retire_at = WB_NEVER;
		}
		// The newest keys may yet be confirmed; the others the datapath does not use any more.
		if (now >= p->expire_at && p->retire_at != WB_NEVER && now < p->keys_expire)
			p->expire_at = p->retire_at;
		if (now >= p->expire_at) {
			session_tell(s, true, "%s: keys expired, no session", p->conf.name);
			session_over(s, p);
			// An edge that was suspended has not tried to renew them in time.
			if (s->conf.role == WB_ROLE_EDGE && s->running && !p->trying)
				edge_begin(s, p, now);
		}
		if (s->conf.role == WB_ROLE_EDGE && s->running)
			edge_expire(s, p, now);
		if (now >= p->answer_at)
			hub_expire(s, p, now);
	}
}

const uint8_t *
sessions_public_key(const struct sessions *s)
{
	return s->conf.local.public_key;
}

void
sessions_info(const struct sessions *s, unsigned peer, struct session_info *info)
{
	const struct peer *p = &s->peers[peer];

	*info = (struct session_info){
		.name = p->conf.name,
		.since = p->since,
		.last_handshake = p->last_keys,
		.handshakes = p->handshakes,
		.failures = p->failures,
		.refused = p->refused,
		.cipher = p->cipher,
		.version = p->version,
	};
	if (!s->running)
		info->state = SESSION_STOPPED;
	else if (p->last_keys != 0)
		info->state = p->trying ? SESSION_REKEYING : SESSION_UP;
	else
		info->state = p->trying ? SESSION_TRYING : SESSION_NONE;
	info->outside = p->trying && p->outside;
	info->trying_since = p->trying_since;
	info->inside_answered = p->inside_answered;
}
