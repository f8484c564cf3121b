// SPDX-License-Identifier: BSD-3-Clause
// The edge's half of the handshake driver: it initiates.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "session_private.h"
#include "wb_wire.h"

static wb_ns_t
jittered(struct sessions *s, wb_ns_t interval)
{
	return interval - interval / 8 + session_random(s) % (interval / 4);
}

// Sends the INIT on a port. Returns false if that port cannot send now.
static bool
send_on(struct sessions *s, struct peer *p, unsigned port, wb_ns_t now)
{
	struct wb_addr to = s->conf.hub;
	uint8_t proof[WB_PROOF_MAX];
	const uint8_t *msg = p->init.data;
	int len = (int)p->init.len;

	to.port = port;
	if (p->cookies[port].heard != 0 && now - p->cookies[port].heard < WB_COOKIE_LIFE) {
		len = wb_cookie_prove(p->cookies[port].cookie, p->init.data, p->init.len, proof);
		msg = proof;
	}
	if (len < 0 || s->conf.ops->send(s->conf.ctx, &to, msg, (size_t)len) < 0)
		return false;
	p->sent_on |= 1ull << port;
	return true;
}

static int
make_init(struct sessions *s, struct peer *p, wb_ns_t now)
{
	uint64_t stamp = s->conf.ops->stamp(s->conf.ctx);
	int len;

	if (stamp <= p->last_stamp) // the clock was set back
		stamp = p->last_stamp + 1;
	p->last_stamp = stamp;
	if (p->handshake.challenged && now - p->challenge_at >= CHALLENGE_LIFE)
		p->handshake.challenged = false;
	p->index = session_new_index(s, p);
	p->named = p->session;
	len = wb_handshake_initiate(p->initiator, &s->conf.local, &p->handshake, p->index,
		p->session, stamp, p->init.data);
	if (len < 0) {
		p->init.len = 0;
		return len;
	}
	p->init.len = (size_t)len;
	p->init.made = now;
	return 0;
}

static void
tell_no_answer(struct sessions *s, struct peer *p, wb_ns_t now)
{
	const uint8_t *ip = s->conf.hub.ip;
	bool any = false;

	if (!p->outside || s->conf.hub.family == 0 || now - p->trying_since < TELL_FIRST ||
		(p->told != 0 && now - p->told < TELL_EVERY))
		return;
	p->told = now;
	for (unsigned port = 0; port < WB_DP_PORTS_MAX; port++) {
		if (s->conf.wans[port][0] == 0 || (p->sent_on & (1ull << port)) == 0)
			continue;
		any = true;
		session_tell(s, true,
			"hub %u.%u.%u.%u:%u does not answer on wan %s "
			"(is the port open? right keys at both ends?)",
			ip[0], ip[1], ip[2], ip[3], s->conf.hub.udp_port, s->conf.wans[port]);
	}
	if (!any)
		session_tell(s, true, "hub %u.%u.%u.%u: no wan can reach it now", ip[0], ip[1],
			ip[2], ip[3]);
}

void
edge_try(struct sessions *s, struct peer *p, wb_ns_t now)
{
	static const unsigned first[] = { 4, 2, 1 }; // T/4, T/2, T: 0, 0.25, 0.75, 1.75 s
	unsigned sent = 0;
	int r = 0;

	if (p->init.len == 0 || now - p->init.made >= REMAKE_AFTER) {
		p->outside |= p->init.len != 0; // inside it was not answered
		r = make_init(s, p, now);
	}
	if (r < 0) {
		p->failures++;
		session_tell(s, true, "%s: no handshake can be made: %s", p->conf.name,
			r == -EINVAL ? "the hub's public key is not valid" : strerror(-r));
		p->try_at = now + TELL_EVERY;
		return;
	}
	p->cookie_answered = 0;
	if (p->inside && s->conf.ops->say(s->conf.ctx, (unsigned)(p - s->peers), p->init.data,
				 p->init.len) == 0)
		sent++;
	else
		p->outside = true;
	for (unsigned port = 0; p->outside && port < WB_DP_PORTS_MAX; port++)
		if (s->conf.wans[port][0] != 0 && send_on(s, p, port, now))
			sent++;
	if (sent == 0) // next hops are being resolved
		p->try_at = now + WB_HANDSHAKE_RETRY / 10;
	else if (p->tries < sizeof(first) / sizeof(first[0]))
		p->try_at = now + WB_HANDSHAKE_RETRY / first[p->tries++];
	else
		p->try_at = now + jittered(s, WB_HANDSHAKE_RETRY);
	tell_no_answer(s, p, now);
}

static void
begin(struct sessions *s, struct peer *p, bool inside, bool outside, wb_ns_t now)
{
	p->trying = true;
	// Inside the session no stranger can use up the hub's limits.
	p->inside = inside && p->last_keys != 0 && (p->features & WB_FEATURE_REKEY);
	p->outside = outside;
	p->silent = false;
	p->trying_since = now;
	p->init.len = 0;
	p->tries = 0;
	p->sent_on = 0;
	p->told = 0;
	p->challenges = 0;
	p->rekey_at = WB_NEVER;
	edge_try(s, p, now);
}

void
edge_begin(struct sessions *s, struct peer *p, wb_ns_t now)
{
	begin(s, p, true, true, now);
}

void
sessions_hub(struct sessions *s, const uint8_t ip[4], bool inside, wb_ns_t now)
{
	struct peer *p = &s->peers[0];

	if (memcmp(s->conf.hub.ip, ip, 4) != 0)
		memset(p->cookies, 0, sizeof(p->cookies)); // another hub's
	s->conf.hub.family = 4;
	memcpy(s->conf.hub.ip, ip, 4);
	if (s->running)
		begin(s, p, inside, true, now);
}

// Begins a rekey: inside the session, if that is possible.
static void
rekey(struct sessions *s, struct peer *p, wb_ns_t now)
{
	begin(s, p, true, p->silent, now);
}

void
sessions_wan_usable(struct sessions *s, unsigned port, wb_ns_t now)
{
	if (!s->running || s->conf.role != WB_ROLE_EDGE || port >= WB_DP_PORTS_MAX ||
		s->conf.wans[port][0] == 0)
		return;
	for (unsigned i = 0; i < s->conf.n_peers; i++) {
		struct peer *p = &s->peers[i];

		if (!p->trying || !p->outside)
			continue;
		if (p->sent_on == 0 || p->init.len == 0)
			edge_try(s, p, now);
		else if ((p->sent_on & (1ull << port)) == 0)
			send_on(s, p, port, now);
	}
}

// Counts that the hub no longer had our session, and warns when that happens often: another box may have the
// same key. Returns whether that was logged lately.
static bool
lost_again(struct sessions *s, struct peer *p, wb_ns_t now)
{
	wb_ns_t oldest = p->lost[p->n_lost % LOST_FEW];

	p->lost[p->n_lost++ % LOST_FEW] = now;
	if (p->told_two != 0 && now - p->told_two < TELL_EVERY)
		return true;
	if (p->n_lost <= LOST_FEW || now - oldest > TELL_EVERY)
		return false;
	p->told_two = now;
	session_tell(s, true,
		"%s: the session was taken away %u times within %u s: does another box use this "
		"one's key, or is the "
		"hub restarted all the time?",
		p->conf.name, LOST_FEW + 1, (unsigned)(TELL_EVERY / WB_SEC));
	return true;
}

// Answers the COOKIE of a busy hub, which wants a proof of our address: sends the same INIT with it. Only once
// in each try, so that a hub that asks each time is not answered for ever.
void
edge_cookie(struct sessions *s, unsigned port, const void *data, size_t len, wb_ns_t now)
{
	uint8_t cookie[WB_COOKIE_LEN];
	struct peer *p = &s->peers[0];

	if (!p->trying || p->init.len == 0 || port >= WB_DP_PORTS_MAX ||
		s->conf.wans[port][0] == 0 || p->cookie_answered & 1ull << port ||
		wb_cookie_read(p->conf.public_key, p->init.data, p->init.len, data, len, cookie) <
			0)
		return;
	memcpy(p->cookies[port].cookie, cookie, sizeof(cookie));
	p->cookies[port].heard = now;
	p->cookie_answered |= 1ull << port;
	send_on(s, p, port, now);
}

static void
tell_clock(struct sessions *s, struct peer *p, wb_ns_t now)
{
	time_t seconds = (time_t)(p->last_stamp / WB_SEC);
	char date[32];
	struct tm tm;

	if (p->told_clock != 0 && now - p->told_clock < TELL_EVERY)
		return;
	p->told_clock = now;
	strftime(date, sizeof(date), "%F %T", gmtime_r(&seconds, &tm));
	session_tell(s, true,
		"%s: this box's clock (%s UTC) is behind a time that it has told the hub before: "
		"is "
		"it wrong, or was it? The hub has asked for another proof, the handshake goes on",
		p->conf.name, date);
}

// Answers a hub that has seen a time stamp as high as ours and cannot tell us from a replay: sends a new INIT
// with the challenge that it chose.
static void
challenged(struct sessions *s, struct peer *p, struct wb_handshake_result *result, wb_ns_t now)
{
	memcpy(p->handshake.challenge, result->challenge, WB_CHALLENGE_LEN);
	p->handshake.challenged = true;
	p->challenge_at = now;
	wb_wipe(result, sizeof(*result));
	p->init.len = 0; // has had its answer
	tell_clock(s, p, now);
	if (p->challenges++ < CHALLENGES)
		edge_try(s, p, now);
}

void
edge_response(struct sessions *s, const struct origin *o, const void *data, size_t len, wb_ns_t now)
{
	struct wb_handshake_result result;
	struct peer *p = &s->peers[0];
	bool first = p->last_keys == 0;
	int r;

	// the same answer over another WAN, or an answer to an earlier message
	if (!p->trying || p->init.len == 0 || !wb_handshake_is_answer(p->initiator, data, len))
		return;
	r = wb_handshake_finish(p->initiator, data, len, &result);
	if (r == -EAGAIN) {
		challenged(s, p, &result, now);
		return;
	}
	if (r < 0) {
		p->failures++;
		if (p->told == 0 || now - p->told >= TELL_EVERY)
			session_tell(s, true, "%s: answer of the hub not accepted: %s",
				p->conf.name,
				r == -EPROTO ? "no version or cipher in common"
					     : "not authentic (wrong hub key or psk?)");
		p->told = now;
		return;
	}
	p->trying = false;
	p->inside_answered = o->inside;
	p->handshake.challenged = false;
	p->try_at = WB_NEVER;
	wb_wipe(&p->init, sizeof(p->init));
	r = result.resumed;
	if (session_keys(s, p, &result, now) < 0) {
		p->trying = true;
		p->try_at = now + WB_HANDSHAKE_RETRY;
		return;
	}
	p->rekey_at = now + WB_REKEY_AFTER - session_random(s) % REKEY_JITTER;
	if (!r && p->named != 0 && lost_again(s, p, now))
		return;
	if (first || !r)
		session_tell(
			s, false, "%s: session up, %s", p->conf.name, wb_cipher_name(p->cipher));
}

void
edge_expire(struct sessions *s, struct peer *p, wb_ns_t now)
{
	if (now >= p->rekey_at)
		rekey(s, p, now);
	if (p->trying && now >= p->try_at)
		edge_try(s, p, now);
}

wb_ns_t
edge_next_deadline(const struct peer *p)
{
	wb_ns_t at = p->rekey_at;

	return p->trying && p->try_at < at ? p->try_at : at;
}
