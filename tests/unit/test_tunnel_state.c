// SPDX-License-Identifier: BSD-3-Clause
// Paths of which one direction is dead or poor: both ends know of it, and use the other one.
#include <arpa/inet.h>
#include <string.h>

#include "harness.h"
#include "tunnel_pair.h"
#include "wb_wire.h"

#define EDGE WB_ROLE_EDGE
#define HUB WB_ROLE_HUB
#define CARRIES(state) ((state) == WB_PATH_UP || (state) == WB_PATH_DEGRADED)

static struct pair p;

static void
open_up(unsigned n)
{
	pair_open(&p, n, NULL);
	pair_session(&p, 0);
	for (unsigned i = 0; i < n; i++) {
		CU_ASSERT_FATAL(pair_wait(&p, EDGE, i, WB_PATH_UP, 500 * WB_MS));
		CU_ASSERT_FATAL(pair_wait(&p, HUB, i, WB_PATH_UP, 500 * WB_MS));
	}
	pair_run(&p, 100 * WB_MS);
}

// Both ends' opinions of the direction from `from` on path 0.
static void
opinions(enum wb_role from, enum wb_path_state *sender, enum wb_path_state *receiver)
{
	*sender = pair_path(&p, from, 0).state;
	*receiver = pair_path(&p, 1 - from, 0).rx_state;
}

// Runs for `time`, with traffic both ways if `busy`; returns the longest time without a pause for which the ends
// disagreed on one of path 0's directions.
static wb_ns_t
disagreement(wb_ns_t time, bool busy)
{
	wb_ns_t longest = 0, since[2] = { 0 };

	for (wb_ns_t end = p.now + time; p.now < end;) {
		if (busy)
			for (unsigned i = 0; i < 2; i++)
				pair_send(&p, i, 5 + i, 1400, 2);
		pair_run(&p, WB_MS);
		for (unsigned i = 0; i < 2; i++) {
			enum wb_path_state s, r;

			opinions(i, &s, &r);
			if (s == r)
				since[i] = 0;
			else if (since[i] == 0)
				since[i] = p.now;
			if (since[i] && p.now - since[i] > longest)
				longest = p.now - since[i];
		}
	}
	return longest;
}

static void
check_half(enum wb_role dead, bool busy)
{
	enum wb_role from = 1 - dead; // toward `dead` nothing comes
	enum wb_path_state s, r;
	uint64_t carried;

	open_up(3);
	CU_ASSERT(disagreement(2 * WB_SEC, busy) < 50 * WB_MS);
	p.cut[0][dead] = true;
	// Idle, a probe a second shows it, and one more that there is no answer.
	CU_ASSERT(disagreement(busy ? 400 * WB_MS : 1500 * WB_MS, busy) < 50 * WB_MS);
	opinions(from, &s, &r);
	CU_ASSERT(!CARRIES(s) && s == r);
	carried = pair_path(&p, dead, 0).tx_data;
	CU_ASSERT(disagreement(5 * WB_SEC, busy) < 50 * WB_MS);
	opinions(from, &s, &r);
	CU_ASSERT(s == WB_PATH_DOWN && r == WB_PATH_DOWN);
	opinions(dead, &s, &r); // the other half lives, and is used
	CU_ASSERT(s == WB_PATH_UP && r == WB_PATH_UP);
	CU_ASSERT(!busy || pair_path(&p, dead, 0).tx_data > carried + 1000);
	p.cut[0][dead] = false;
	CU_ASSERT(disagreement(WB_SEC, busy) < 150 * WB_MS); // good news wait for a report
	opinions(from, &s, &r);
	CU_ASSERT(s == WB_PATH_UP && r == WB_PATH_UP);
	pair_run(&p, WB_SEC);
	for (unsigned i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(p.end[i].out_of_order, 0);
	pair_close(&p);
	CU_ASSERT_EQUAL(p.live, 0);
}

static void
upload_dies(void)
{
	check_half(HUB, false);
	check_half(HUB, true);
}

static void
download_dies(void)
{
	check_half(EDGE, false);
	check_half(EDGE, true);
}

// One path carries up, another one down.
static void
crossed(void)
{
	uint64_t up, down;

	open_up(2);
	p.cut[0][HUB] = p.cut[1][EDGE] = true;
	disagreement(2 * WB_SEC, true);
	up = p.end[HUB].delivered;
	down = p.end[EDGE].delivered;
	p.end[EDGE].events[WB_EVENT_SILENT] = p.end[HUB].events[WB_EVENT_SILENT] = 0;
	CU_ASSERT_EQUAL(disagreement(5 * WB_SEC, true), 0);
	CU_ASSERT(p.end[HUB].delivered > up + 9900);
	CU_ASSERT(p.end[EDGE].delivered > down + 9900);
	CU_ASSERT_EQUAL(p.end[EDGE].events[WB_EVENT_SILENT], 0);
	CU_ASSERT_EQUAL(p.end[HUB].events[WB_EVENT_SILENT], 0);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_state, WB_PATH_UP);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 1).rx_state, WB_PATH_DOWN);
	CU_ASSERT_STRING_EQUAL(pair_path(&p, EDGE, 0).why_not, "what is sent does not arrive");
	pair_close(&p);
}

// From the beginning: the hub cannot show its address valid, and the edge may use its half.
static void
never_comes_down(void)
{
	pair_open(&p, 2, NULL);
	p.cut[0][EDGE] = true;
	pair_session(&p, 0);
	CU_ASSERT(pair_wait(&p, EDGE, 0, WB_PATH_UP, WB_SEC));
	disagreement(WB_SEC, true);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_state, WB_PATH_PROBING);
	CU_ASSERT(pair_path(&p, EDGE, 0).tx_data > 300);
	p.cut[0][EDGE] = false;
	CU_ASSERT(disagreement(WB_SEC, true) < 50 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_state, WB_PATH_UP);
	pair_close(&p);
}

// The goodbye has no way on the path itself, and what comes on it costs money.
static void
taken_out_unheard(void)
{
	uint64_t data;

	open_up(2);
	p.cut[0][HUB] = true;
	disagreement(2 * WB_SEC, true);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).state, WB_PATH_UP);
	wb_tunnel_path_enable(p.end[EDGE].t, 0, false, p.now);
	pair_run(&p, 30 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).state, WB_PATH_DISABLED);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).rx_state, WB_PATH_DISABLED);
	data = pair_path(&p, HUB, 0).tx_data;
	disagreement(3 * WB_SEC, true);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).tx_data, data);
	wb_tunnel_path_enable(p.end[EDGE].t, 0, true, p.now); // nor has the probe
	disagreement(2 * WB_SEC, true);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).state, WB_PATH_UP);
	CU_ASSERT(pair_path(&p, HUB, 0).tx_data > data + 300);
	pair_close(&p);
	CU_ASSERT_EQUAL(p.live, 0);
}

// A cable is pulled out: the other end need not wait for a silence.
static void
link_gone(void)
{
	open_up(2);
	disagreement(WB_SEC, true);
	p.cut[0][HUB] = p.cut[0][EDGE] = true;
	wb_tunnel_path_enable(p.end[EDGE].t, 0, false, p.now);
	pair_run(&p, p.delay[1][HUB] + 2 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).state, WB_PATH_DISABLED);
	p.cut[0][HUB] = p.cut[0][EDGE] = false;
	wb_tunnel_path_enable(p.end[EDGE].t, 0, true, p.now);
	CU_ASSERT(pair_wait(&p, HUB, 0, WB_PATH_UP, WB_SEC));
	pair_close(&p);
}

// News travel on two paths: what comes later need not be newer.
static void
old_news(void)
{
	enum wb_path_state before, now;
	unsigned changes = 0;

	open_up(3);
	p.delay[2][HUB] = p.delay[2][EDGE] = 400 * WB_MS;
	pair_run(&p, 10 * WB_SEC);
	p.delay[0][HUB] = p.delay[0][EDGE] = 15 * WB_MS;
	p.cut[0][HUB] = true;
	CU_ASSERT(pair_wait(&p, EDGE, 0, WB_PATH_SUSPECT, 2 * WB_SEC));
	p.cut[0][HUB] = false;
	before = pair_path(&p, HUB, 0).rx_state;
	for (wb_ns_t end = p.now + 2 * WB_SEC; p.now < end; before = now) {
		pair_run(&p, WB_MS);
		now = pair_path(&p, HUB, 0).rx_state;
		changes += now != before;
	}
	CU_ASSERT_EQUAL(before, WB_PATH_UP);
	CU_ASSERT(changes <= 2); // suspect, and up again
	pair_close(&p);
}

// A NAT gives the path that no report takes a new port, and nothing moves up: the edge hears on another one that the hub
// is not answered there, and shows itself.
static void
nat_forgets(void)
{
	uint64_t probes;

	open_up(3);
	p.delay[0][HUB] = p.delay[0][EDGE] = 40 * WB_MS;
	for (unsigned i = 0; i < 4000; i++) {
		pair_send(&p, HUB, 5, 1400, 8);
		pair_run(&p, WB_MS);
	}
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_state, WB_PATH_UP);
	probes = pair_path(&p, EDGE, 0).probes;
	while (pair_path(&p, EDGE, 0).probes == probes) { // the next one is half a second away
		pair_send(&p, HUB, 5, 1400, 8);
		pair_run(&p, WB_MS);
	}
	pair_run(&p, 50 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).remote.udp_port, 40000);
	p.hub_sees_port[0] = 50001;
	for (unsigned i = 0; i < 430; i++) {
		pair_send(&p, HUB, 5, 1400, 8);
		pair_run(&p, WB_MS);
	}
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).remote.udp_port, 50001);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).state, WB_PATH_UP);
	pair_run(&p, 150 * WB_MS);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_state, WB_PATH_UP);
	pair_close(&p);
}

// A datagram from the hub, on path 1, that says all this of path 0 at once.
static void
hub_says(uint64_t number, const enum wb_path_state *states, unsigned n)
{
	struct pair_datagram d = { .at = p.now, .number = number, .path = 1, .link = 1 };
	uint32_t us = htonl((uint32_t)(p.now / WB_US));

	memcpy(d.plain, &us, sizeof(us));
	d.len = sizeof(us);
	while (n--) {
		struct wb_frame f = { .type = WB_FRAME_PATH_STATE, .state.state = *states++ };

		d.len += (uint32_t)wb_frame_write(d.plain + d.len, sizeof(d.plain) - d.len, &f);
	}
	p.queue[p.n_queue++] = d;
}

// However often the hub changes its mind, the edge probes no more often than a path that is suspect to itself.
static void
hub_changes_its_mind(void)
{
	static const enum wb_path_state all[] = { WB_PATH_UP, WB_PATH_SUSPECT, WB_PATH_DISABLED,
		WB_PATH_UP, WB_PATH_SUSPECT };

	for (unsigned n = 2; n <= 5; n += 3) {
		uint64_t probes;

		open_up(2);
		probes = pair_path(&p, EDGE, 0).probes;
		for (unsigned i = 0; i < 1000; i++) {
			hub_says(1000 + i, all, n);
			pair_run(&p, WB_MS);
		}
		CU_ASSERT(n > 2 || pair_path(&p, EDGE, 0).rx_state == WB_PATH_SUSPECT);
		CU_ASSERT(pair_path(&p, EDGE, 0).probes - probes <= 11);
		pair_close(&p);
	}
}

// What the hub last heard of the path is all it has: it sends there as long as that arrives.
static void
nat_forgets_without_upload(void)
{
	open_up(2);
	p.cut[0][HUB] = true;
	disagreement(2 * WB_SEC, true);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).state, WB_PATH_UP);
	p.hub_sees_port[0] = 50001; // the mapping ends
	disagreement(500 * WB_MS, true);
	CU_ASSERT(!CARRIES(pair_path(&p, HUB, 0).state));
	CU_ASSERT(!CARRIES(pair_path(&p, EDGE, 0).rx_state));
	disagreement(5 * WB_SEC, true);
	p.cut[0][HUB] = false;
	disagreement(WB_SEC, true);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).remote.udp_port, 50001);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(pair_path(&p, i, 0).state, WB_PATH_UP);
		CU_ASSERT_EQUAL(pair_path(&p, i, 0).rx_state, WB_PATH_UP);
	}
	pair_run(&p, WB_SEC);
	CU_ASSERT_EQUAL(p.end[EDGE].out_of_order, 0);
	pair_close(&p);
	CU_ASSERT_EQUAL(p.live, 0);
}

// An end of before: what is heard must do.
static void
other_end_does_not_tell(void)
{
	pair_open(&p, 2, NULL);
	p.tells_not[HUB] = true;
	pair_session(&p, 0);
	pair_run(&p, 3 * WB_SEC);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_state, WB_PATH_UP);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_rate, 0);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).rx_state, WB_PATH_UP);
	p.cut[0][EDGE] = true;
	pair_run(&p, 4 * WB_SEC);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_state, WB_PATH_DOWN);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).state, WB_PATH_UP);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 1).rx_state, WB_PATH_UP);
	p.cut[0][EDGE] = false;
	pair_run(&p, WB_SEC);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_state, WB_PATH_UP);
	pair_close(&p);
}

// Where nothing comes any more nobody can tell.
static void
all_silent(void)
{
	open_up(2);
	for (unsigned i = 0; i < 2; i++)
		p.cut[i][EDGE] = true;
	pair_run(&p, 2500 * WB_MS);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(pair_path(&p, EDGE, i).rx_state, WB_PATH_DOWN);
		CU_ASSERT_EQUAL(pair_path(&p, HUB, i).state, WB_PATH_DOWN);
		p.cut[i][EDGE] = false;
	}
	pair_run(&p, WB_SEC);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(pair_path(&p, EDGE, i).rx_state, WB_PATH_UP);
		CU_ASSERT_EQUAL(pair_path(&p, HUB, i).rx_state, WB_PATH_UP);
	}
	pair_close(&p);
}

// Two of three datagrams get lost on the quickest path up: it is degraded there, not down, and the other direction
// does not suffer for the reports that would get lost with them.
static void
loss_one_way(void)
{
	uint64_t lost;

	open_up(3);
	p.delay[1][HUB] = p.delay[2][HUB] = 15 * WB_MS;
	p.pass_every[0][HUB] = 3;
	disagreement(5 * WB_SEC, true);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).state, WB_PATH_DEGRADED);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).rx_state, WB_PATH_DEGRADED);
	CU_ASSERT(pair_path(&p, HUB, 0).rx_loss_ppm > 300000);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).state, WB_PATH_UP);
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).rx_loss_ppm, 0);
	CU_ASSERT(pair_path(&p, EDGE, 0).rx_rate > 1000000);
	lost = p.sent[0][HUB];
	disagreement(WB_SEC, true);
	CU_ASSERT(p.sent[0][HUB] - lost < 50); // no reports
	pair_close(&p);
}

// Path 0 is cut both ways for so long, and then comes up without loss: the probes that nobody answered are none of it.
static void
check_sound(wb_ns_t silent, bool busy)
{
	uint32_t most = 0;

	p.cut[0][HUB] = p.cut[0][EDGE] = true;
	disagreement(silent, busy);
	p.cut[0][HUB] = p.cut[0][EDGE] = false;
	CU_ASSERT_FATAL(pair_wait(&p, EDGE, 0, WB_PATH_UP, 2 * WB_SEC));
	for (unsigned i = 0; i < 300; i++) {
		disagreement(10 * WB_MS, busy);
		if (pair_path(&p, EDGE, 0).loss_ppm > most)
			most = pair_path(&p, EDGE, 0).loss_ppm;
	}
	CU_ASSERT_EQUAL(pair_path(&p, EDGE, 0).state, WB_PATH_UP);
	CU_ASSERT_EQUAL(most, 0);
}

static void
sound_after_silence(void)
{
	for (unsigned busy = 0; busy < 2; busy++) {
		open_up(2);
		check_sound(30 * WB_SEC, busy);
		pair_close(&p);
		pair_open(&p, 2, NULL);
		pair_session(&p, 0);
		check_sound(5 * WB_SEC, busy);
		pair_close(&p);
	}
}

static uint64_t
datagrams_of_idling(void)
{
	uint64_t before = p.sent[1][HUB] + p.sent[1][EDGE];

	pair_run(&p, 20 * WB_SEC);
	return p.sent[1][HUB] + p.sent[1][EDGE] - before;
}

// A path that is out of use for good is no news: an idle tunnel has no more to say than a sound one.
static void
no_news(void)
{
	uint64_t sound;

	open_up(2);
	sound = datagrams_of_idling();
	p.cut[0][HUB] = true;
	pair_run(&p, 5 * WB_SEC);
	CU_ASSERT(datagrams_of_idling() <= sound + 2);
	p.cut[0][HUB] = false;
	wb_tunnel_path_enable(p.end[EDGE].t, 0, false, p.now);
	pair_run(&p, 5 * WB_SEC);
	CU_ASSERT(datagrams_of_idling() <= sound + 2);
	CU_ASSERT_EQUAL(pair_path(&p, HUB, 0).rx_state, WB_PATH_DISABLED);
	pair_close(&p);
}

static const struct harness_test tests[] = {
	{ "the upload dies", upload_dies },
	{ "the download dies", download_dies },
	{ "one path up, another down", crossed },
	{ "nothing ever comes down", never_comes_down },
	{ "taken out, and no way to say so", taken_out_unheard },
	{ "a link that is gone", link_gone },
	{ "old news", old_news },
	{ "a NAT forgets a path", nat_forgets },
	{ "a hub that changes its mind all the time", hub_changes_its_mind },
	{ "a NAT forgets one without upload", nat_forgets_without_upload },
	{ "another end that does not tell", other_end_does_not_tell },
	{ "all silent", all_silent },
	{ "loss one way", loss_one_way },
	{ "no news", no_news },
	{ "sound after a long silence", sound_after_silence },
};

int
main(void)
{
	return HARNESS_RUN("tunnel_state", tests);
}
