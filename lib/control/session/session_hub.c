// SPDX-License-Identifier: BSD-3-Clause
// The hub's half of the handshake driver: it responds.
#include <errno.h>
#include <string.h>

#include "session_private.h"

static unsigned
source_of(const struct sessions *s, const struct wb_addr *from)
{
	uint64_t h = s->answers_secret;

	for (unsigned i = 0; i < (from->family == 4 ? 4 : 8); i++)
		h = (h ^ from->ip[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)(h >> 32) % HUB_SOURCES;
}

// Returns whether an INIT is within the limits: of all a second, and of its source. What is beyond its source's
// share does not count for the others.
static bool
within_limit(struct sessions *s, const struct wb_addr *from, wb_ns_t now)
{
	uint8_t *n;

	if (now - s->answers_since >= WB_SEC || s->answers_secret == 0) {
		s->answers_since = now;
		s->answers = 0;
		memset(s->answers_to, 0, sizeof(s->answers_to));
		s->answers_secret = session_random(s) | 1;
	}
	n = &s->answers_to[source_of(s, from)];
	if (*n == HUB_ANSWERS_PER_SOURCE)
		return false;
	++*n;
	return s->answers++ < HUB_ANSWERS_PER_S;
}

static struct peer *
find_peer(struct sessions *s, const uint8_t public_key[WB_KEY_LEN])
{
	for (unsigned i = 0; i < s->conf.n_peers; i++)
		if (memcmp(s->peers[i].conf.public_key, public_key, WB_KEY_LEN) == 0)
			return &s->peers[i];
	return NULL;
}

static bool
same(const struct message *m, const void *data, size_t len)
{
	return m->len == len && len != 0 && memcmp(m->data, data, len) == 0;
}

static void
refuse_unknown(struct sessions *s, const struct wb_addr *from, const uint8_t *key, wb_ns_t now)
{
	char text[WB_KEY_TEXT];

	if (s->told_unknown != 0 && now - s->told_unknown < TELL_EVERY / 6)
		return;
	s->told_unknown = now;
	wb_key_to_text(key, text);
	session_tell(s, true,
		"handshake from %u.%u.%u.%u:%u refused: public key %s is not an edge of this hub",
		from->ip[0], from->ip[1], from->ip[2], from->ip[3], from->udp_port, text);
}

static void
refuse(struct sessions *s, struct peer *p, int error, wb_ns_t now)
{
	p->refused++;
	// a copy that came late over a slow WAN is no news
	if (error == -EALREADY && p->last_keys != 0 && now - p->last_keys < 2 * REMAKE_AFTER)
		return;
	if (p->told != 0 && now - p->told < TELL_EVERY)
		return;
	p->told = now;
	session_tell(s, true, "%s: handshake refused: %s", p->conf.name,
		error == -EALREADY ? "its time stamp is not newer than the last one "
				     "(a replay, or the edge's clock was set back)"
		: error == -EPROTO ? "no version or cipher in common"
				   : strerror(-error));
}

static int
send_message(struct sessions *s, const struct message *m, const struct origin *to)
{
	const struct session_ops *ops = s->conf.ops;

	return to->inside ? ops->say(s->conf.ctx, to->peer, m->data, m->len)
			  : ops->send(s->conf.ctx, &to->from, m->data, m->len);
}

// Sends the answer, and tries again soon if that is not possible yet.
static void
send_answer(struct sessions *s, struct peer *p, const struct origin *to, wb_ns_t now)
{
	int r = send_message(s, &p->answer, to);

	p->answer_to = *to;
	p->answer_at = r < 0 && now - p->answer.made < ANSWER_FOR ? now + ANSWER_AGAIN : WB_NEVER;
}

void
hub_expire(struct sessions *s, struct peer *p, wb_ns_t now)
{
	struct origin to = p->answer_to;

	send_answer(s, p, &to, now);
}

static void
remember_replaced(struct peer *p, uint64_t session)
{
	p->replaced[p->n_replaced++ % REPLACED] = session;
}

// Finds out whether two boxes use one key: an INIT names a session that a newer one has replaced, while an edge
// only knows its newest. Logs that. Returns whether it was logged now or lately.
static bool
two_boxes(
	struct sessions *s, struct peer *p, uint64_t named, const struct wb_addr *from, wb_ns_t now)
{
	const uint8_t *a = p->taken_by.ip, *b = from->ip;
	bool known = false;

	for (unsigned i = 0; i < REPLACED; i++)
		known |= named != 0 && p->replaced[i] == named;
	if (p->told_two != 0 && now - p->told_two < TELL_EVERY)
		return true;
	if (!known)
		return false;
	p->told_two = now;
	session_tell(s, true,
		"%s: two boxes have one key, at %u.%u.%u.%u:%u and %u.%u.%u.%u:%u, and take the "
		"session from each "
		"other: give each its own key and its own entry in \"edges\"",
		p->conf.name, a[0], a[1], a[2], a[3], p->taken_by.udp_port, b[0], b[1], b[2], b[3],
		from->udp_port);
	return true;
}

static void
tell_challenged(struct sessions *s, struct peer *p, wb_ns_t now)
{
	// a copy that came late over a slow WAN is no news
	if ((p->last_keys != 0 && now - p->last_keys < 2 * REMAKE_AFTER) ||
		(p->told_clock != 0 && now - p->told_clock < TELL_EVERY))
		return;
	p->told_clock = now;
	session_tell(s, false,
		"%s: the time stamp of its handshake is not newer than its last one (the edge's "
		"clock is behind, or was ahead, or it is a replay): asked to show that it is new",
		p->conf.name);
}

// Answers a possible replay with a challenge that only a new INIT can contain. The challenge stays the same for
// a while, so that replays do not void the one that the true edge was told. False: the edge knows no challenges.
static bool
challenge(struct sessions *s, struct peer *p, const struct origin *o, const struct message *init,
	wb_ns_t now)
{
	struct wb_handshake_peer *h = &p->handshake;
	int len;

	if (!h->challenged || now - p->challenge_at >= CHALLENGE_LIFE) {
		s->conf.ops->random(s->conf.ctx, h->challenge, sizeof(h->challenge));
		h->challenged = true;
		p->challenge_at = now;
	}
	len = wb_handshake_refuse(s->responder, h, p->asking.data);
	if (len < 0)
		return false; // an edge of an older release
	p->asked = *init;
	p->asking.len = (size_t)len;
	p->asking.made = now;
	send_message(s, &p->asking, o);
	tell_challenged(s, p, now);
	return true;
}

static void
respond(struct sessions *s, struct peer *p, const struct origin *o, const struct message *init,
	wb_ns_t now)
{
	struct wb_handshake_result result;
	struct message answer = { .made = now };
	bool fresh = p->last_keys == 0, two;
	uint64_t before = p->session, asked;
	int len;

	// New keys pause the datapath. Only new INITs have counted: replays do not use up the limit.
	if (p->keys_until > now + (HUB_KEYS_BURST - 1) * HUB_KEYS_EVERY)
		return;
	if (now - p->challenge_at >= CHALLENGE_LIFE)
		p->handshake.challenged = false;
	len = wb_handshake_respond(s->responder, &p->handshake, session_new_index(s, p), p->session,
		session_random(s), answer.data, &result);
	if (len == -EALREADY && challenge(s, p, o, init, now))
		return;
	if (len < 0) {
		refuse(s, p, len, now);
		return;
	}
	answer.len = (size_t)len;
	p->keys_until = (p->keys_until > now ? p->keys_until : now) + HUB_KEYS_EVERY;
	fresh |= !result.resumed;
	asked = result.asked;
	// the keys first: what the edge sends after the answer must find them
	if (session_keys(s, p, &result, now) < 0)
		return;
	p->answered = *init;
	p->answer = answer;
	send_answer(s, p, o, now);
	two = fresh && !o->inside && two_boxes(s, p, asked, &o->from, now);
	if (fresh && before != 0)
		remember_replaced(p, before);
	if (fresh && !o->inside)
		p->taken_by = o->from;
	if (two)
		return; // else there would be a line each second
	if (fresh && o->inside)
		session_tell(s, false, "%s: new session, asked for inside the one before, %s",
			p->conf.name, wb_cipher_name(p->cipher));
	else if (fresh)
		session_tell(s, false, "%s: session with %u.%u.%u.%u:%u, %s", p->conf.name,
			o->from.ip[0], o->from.ip[1], o->from.ip[2], o->from.ip[3],
			o->from.udp_port, wb_cipher_name(p->cipher));
}

// Answers an INIT again that was answered before: it came over another WAN too, or the answer was lost. Returns
// false if it is a different one.
static bool
answered_before(
	struct sessions *s, const struct origin *o, const void *data, size_t len, wb_ns_t now)
{
	for (unsigned i = 0; i < s->conf.n_peers; i++) {
		struct peer *p = &s->peers[i];
		bool asked = same(&p->asked, data, len);

		if ((!asked && !same(&p->answered, data, len)) || (o->inside && i != o->peer))
			continue;
		// A copy costs no cryptography, but anybody who overheard it can repeat it: so not for
		// long, and not often.
		if (now - (asked ? p->asking : p->answer).made >= 2 * REMAKE_AFTER ||
			now - p->repeated < REPEAT_AFTER)
			return true;
		p->repeated = now;
		if (asked)
			send_message(s, &p->asking, o);
		else
			send_answer(s, p, o, now);
		return true;
	}
	return false;
}

void
hub_init(struct sessions *s, const struct origin *o, const void *data, size_t len, wb_ns_t now)
{
	uint8_t public_key[WB_KEY_LEN];
	struct message init = { .len = len };
	struct peer *p;

	if (len > WB_HANDSHAKE_MAX)
		return;
	if (answered_before(s, o, data, len, now))
		return;
	// The datapath has limited messages from inside a session and from proven addresses.
	if (!wb_handshake_is_for(&s->conf.local, data, len) ||
		(!o->inside && !o->proven && !within_limit(s, &o->from, now)))
		return;
	if (wb_handshake_open(s->responder, &s->conf.local, data, len, public_key) < 0)
		return; // forged: nothing to say about it
	p = find_peer(s, public_key);
	if (o->inside && p != &s->peers[o->peer])
		return; // who lends its session to another edge
	if (p == NULL) {
		refuse_unknown(s, &o->from, public_key, now);
		return;
	}
	memcpy(init.data, data, len);
	respond(s, p, o, &init, now);
}
