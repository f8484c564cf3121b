// SPDX-License-Identifier: BSD-3-Clause
// Handshake messages on their way to the control thread: inside a session, and what strangers send.
#include <string.h>

#include "link.h"
#include "wb_handshake.h"

static struct link l;

static unsigned
count(struct wb_dp *dp, enum wb_dp_notice_type type, struct wb_dp_notice *last)
{
	struct wb_dp_notice n;
	unsigned found = 0;

	while (wb_dp_notice(dp, &n)) {
		if (n.type != type)
			continue;
		*last = n;
		found++;
	}
	return found;
}

// Said inside the session, a message is with the other end's control thread, once a path.
static void
inside(void)
{
	struct wb_dp_notice n = { 0 };
	uint8_t data[145];

	memset(data, 0x77, sizeof(data));
	l.features = WB_FEATURE_REKEY;
	CU_ASSERT_FATAL(link_up(&l));
	count(l.hub, WB_DP_MESSAGE, &n);
	CU_ASSERT_EQUAL(wb_dp_tunnel_say(l.edge, 0, data, sizeof(data)), 0);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT_EQUAL(count(l.hub, WB_DP_MESSAGE, &n), 2);
	CU_ASSERT_EQUAL(n.tunnel, 0);
	CU_ASSERT_EQUAL(n.len, sizeof(data));
	CU_ASSERT(memcmp(n.data, data, sizeof(data)) == 0);
	CU_ASSERT_EQUAL(wb_dp_tunnel_say(l.hub, 0, data, 99), 0);
	link_run(&l, 20 * WB_MS);
	CU_ASSERT_EQUAL(count(l.edge, WB_DP_MESSAGE, &n), 2);
	CU_ASSERT_EQUAL(n.len, 99);
	CU_ASSERT(wb_dp_tunnel_say(l.edge, 1, data, 99) < 0);
}

// One that says more and more costs the control thread a few a second, and the other notices their room nothing.
static void
talkative(void)
{
	struct wb_dp_notice n;
	uint8_t data[145] = { 1 };
	unsigned found = 0, said;

	count(l.hub, WB_DP_MESSAGE, &n);
	for (said = 0; said < 500; said++) {
		wb_dp_tunnel_say(l.edge, 0, data, sizeof(data));
		link_run(&l, 2 * WB_MS);
		found += count(l.hub, WB_DP_MESSAGE, &n);
	}
	CU_ASSERT(found > 8 && found < 80);
}

// ---- the gate, before the control thread

static struct wb_handshake_local local = { .version_min = 1, .version_max = 1, .ciphers = { 1 } };
static struct wb_handshake_peer hub_peer;
static struct wb_cookie_keys keys;
static struct gate gate;
static struct gate_known known;
static uint8_t init[WB_HANDSHAKE_MAX];
static size_t init_len;

static void
gate_open(void)
{
	static const uint8_t random[32] = { 1, 2, 3 };
	struct wb_handshake *h = wb_handshake_create();
	uint8_t hub_private[WB_KEY_LEN];

	wb_key_generate(hub_private);
	wb_key_public(hub_private, hub_peer.public_key);
	wb_key_generate(local.private_key);
	wb_key_public(local.private_key, local.public_key);
	init_len = (size_t)wb_handshake_initiate(h, &local, &hub_peer, 77, 0, 1, init);
	wb_handshake_destroy(h);
	wb_cookie_keys(&keys, hub_peer.public_key);
	gate_init(&gate, random);
}

static enum gate_answer
arrives(uint32_t ip, uint16_t port, const uint8_t *data, size_t len, wb_ns_t now)
{
	struct wb_addr from = { .family = 4, .udp_port = port };
	struct gate_datagram d = { .from = &from, .data = data, .len = len };
	enum gate_answer answer;

	memcpy(from.ip, &ip, 4);
	d.known = gate_knows(&known, &from);
	answer = gate_hub(&gate, &keys, &d, 1, now);
	if (answer == GATE_PASS || answer == GATE_PASS_PROVEN)
		CU_ASSERT(d.len == init_len && memcmp(d.data, init, init_len) == 0);
	return answer;
}

static size_t
prove(uint32_t ip, uint16_t port, wb_ns_t now, uint8_t proof[WB_PROOF_MAX])
{
	struct wb_addr from = { .family = 4, .udp_port = port };
	struct gate_datagram d = { .from = &from, .data = init, .len = init_len };
	uint8_t msg[WB_COOKIE_MESSAGE], cookie[WB_COOKIE_LEN];

	memcpy(from.ip, &ip, 4);
	gate_ask(&gate, &keys, &d, now, msg);
	CU_ASSERT_EQUAL(
		wb_cookie_read(hub_peer.public_key, init, init_len, msg, sizeof(msg), cookie), 0);
	return (size_t)wb_cookie_prove(cookie, init, init_len, proof);
}

// 50,000 a second from forged addresses: a hundred pass, all others are asked; who proves its address passes, each
// with its own count.
static void
forged_flood(void)
{
	unsigned n[4] = { 0 }, honest = 0;
	uint8_t proof[WB_PROOF_MAX];
	wb_ns_t now = 100 * WB_SEC;

	gate_open();
	for (unsigned i = 0; i < 50000; i++) {
		now += 20 * WB_US;
		n[arrives(0x0a000000 + i * 7919, (uint16_t)i, init, init_len, now)]++;
		if (i % 10000 == 5000) {
			size_t len = prove(1, 2, now, proof);

			honest += arrives(1, 2, proof, len, now) == GATE_PASS_PROVEN;
		}
	}
	CU_ASSERT_EQUAL(honest, 5);
	CU_ASSERT(n[GATE_PASS] <= 2 * GATE_INITS && n[GATE_PASS] >= GATE_INITS);
	CU_ASSERT_EQUAL(n[GATE_PASS] + n[GATE_ASK], 50000);
	CU_ASSERT_EQUAL(n[GATE_PASS_PROVEN], 0);
}

// A neighbour behind the same address, on its own port, with a cookie of its own: its turns run out alone.
static void
same_address(void)
{
	uint8_t mine[WB_PROOF_MAX], theirs[WB_PROOF_MAX];
	unsigned passed = 0, honest = 0;
	wb_ns_t now = 200 * WB_SEC;
	size_t len, other;

	gate_open();
	len = prove(9, 4000, now, mine);
	other = prove(9, 4001, now, theirs);
	for (unsigned i = 0; i < 500; i++) {
		now += 2 * WB_MS;
		passed += arrives(9, 4001, theirs, other, now) == GATE_PASS_PROVEN;
		CU_ASSERT(arrives(9, (uint16_t)(5000 + i), theirs, other, now) != GATE_PASS_PROVEN);
		if (i % 100 == 50)
			honest += arrives(9, 4000, mine, len, now) == GATE_PASS_PROVEN;
	}
	CU_ASSERT(passed <= 2 * GATE_PER_PROVEN);
	CU_ASSERT_EQUAL(honest, 5);
}

// Who has one address and proves each of its ports leaves turns to the others.
static void
many_ports(void)
{
	uint8_t proof[WB_PROOF_MAX];
	wb_ns_t now = 500 * WB_SEC;
	unsigned passed = 0;
	size_t len;

	gate_open();
	for (uint16_t port = 1; port <= 200; port++) {
		len = prove(66, port, now, proof);
		for (unsigned i = 0; i < GATE_PER_PROVEN; i++)
			passed += arrives(66, port, proof, len, now) == GATE_PASS_PROVEN;
	}
	CU_ASSERT_EQUAL(passed, GATE_PROOFS_PER_SOURCE);
	len = prove(1, 2, now, proof);
	CU_ASSERT_EQUAL(arrives(1, 2, proof, len, now), GATE_PASS_PROVEN);
}

// An edge can have been at as many addresses and ports as it likes: all that are known have a count together, too. Who
// is beyond it can prove itself.
static void
known_everywhere(void)
{
	struct wb_addr edge = { .family = 4 };
	wb_ns_t now = 600 * WB_SEC;
	uint8_t proof[WB_PROOF_MAX];
	unsigned passed = 0;
	uint32_t ip = 66;
	size_t len;

	gate_open();
	memcpy(edge.ip, &ip, 4);
	for (uint16_t port = 1; port <= 1000; port++) {
		edge.udp_port = port;
		now += 500 * WB_US;
		gate_remember(&known, &edge);
		for (unsigned i = 0; i < GATE_PER_PROVEN; i++)
			passed += arrives(66, port, init, init_len, now) == GATE_PASS_PROVEN;
	}
	CU_ASSERT_EQUAL(passed, GATE_KNOWN_INITS);
	len = prove(66, 1000, now, proof);
	CU_ASSERT_EQUAL(arrives(66, 1000, proof, len, now), GATE_PASS_PROVEN);
	memset(&known, 0, sizeof(known));
}

// What is no handshake by its length and clear bytes costs no hash, and takes none from the others.
static void
shapeless_flood(void)
{
	uint8_t junk[WB_PROOF_MAX] = { 0 };
	wb_ns_t now = 700 * WB_SEC;

	gate_open();
	for (unsigned i = 0; i < 3 * GATE_HASHES; i++) {
		now += WB_SEC / (3 * GATE_HASHES);
		junk[WB_HDR_TYPE] = i % 2 ? WB_DG_HANDSHAKE_INIT : WB_DG_HANDSHAKE_PROOF;
		arrives(i, 1, junk, i % 4 < 2 ? 1 : init_len, now);
	}
	CU_ASSERT_EQUAL(arrives(1, 1, init, init_len, now), GATE_PASS);
}

// An edge that is restarted where it was passes under the flood without being asked, a few times a second. Who forges
// its address and port gets no more, and it can still prove itself.
static void
known_first(void)
{
	struct wb_addr edge = { .family = 4, .udp_port = 4000 };
	unsigned passed = 0, forged = 0;
	uint8_t proof[WB_PROOF_MAX];
	wb_ns_t now = 400 * WB_SEC;
	uint32_t ip = 77;
	size_t len;

	gate_open();
	memcpy(edge.ip, &ip, 4);
	gate_remember(&known, &edge);
	for (unsigned i = 0; i < 20000; i++) {
		now += 20 * WB_US;
		arrives(i * 7919, (uint16_t)(i + 5000), init, init_len, now);
		if (i % 5000 == 2500)
			passed += arrives(77, 4000, init, init_len, now) == GATE_PASS_PROVEN;
	}
	CU_ASSERT_EQUAL(passed, 4);
	CU_ASSERT_EQUAL(arrives(77, 4001, init, init_len, now), GATE_ASK);
	for (unsigned i = 0; i < 100; i++)
		forged += arrives(77, 4000, init, init_len, now) == GATE_PASS_PROVEN;
	CU_ASSERT(forged <= GATE_PER_PROVEN - passed);
	len = prove(77, 4000, now, proof);
	CU_ASSERT_EQUAL(arrives(77, 4000, proof, len, now), GATE_PASS_PROVEN);
	memset(&known, 0, sizeof(known));
}

static void
nonsense(void)
{
	uint8_t bad[WB_PROOF_MAX];
	wb_ns_t now = 300 * WB_SEC;
	size_t len;

	gate_open();
	memcpy(bad, init, init_len);
	bad[init_len - 1] ^= 1;
	CU_ASSERT_EQUAL(arrives(1, 1, bad, init_len, now), GATE_DROP);
	bad[0] = WB_DG_HANDSHAKE_RESPONSE;
	CU_ASSERT_EQUAL(arrives(1, 1, bad, init_len, now), GATE_DROP);
	for (len = 1; len < init_len; len++)
		CU_ASSERT_EQUAL(arrives(1, 1, init, len, now), GATE_DROP);
	len = prove(1, 1, now, bad);
	for (size_t cut = 1; cut < len; cut++)
		CU_ASSERT_EQUAL(arrives(1, 1, bad, cut, now), GATE_DROP);
	CU_ASSERT_EQUAL(arrives(2, 1, bad, len, now), GATE_PASS); // as one without
	CU_ASSERT_EQUAL(arrives(1, 1, bad, len, now), GATE_PASS_PROVEN);
}

static const struct harness_test tests[] = {
	{ "forged flood", forged_flood },
	{ "same address", same_address },
	{ "many ports of one address", many_ports },
	{ "known everywhere", known_everywhere },
	{ "shapeless flood", shapeless_flood },
	{ "known first", known_first },
	{ "nonsense", nonsense },
	{ "inside", inside },
	{ "talkative", talkative },
};

int
main(void)
{
	return LINK_TEST(&l, "handshake", tests);
}
