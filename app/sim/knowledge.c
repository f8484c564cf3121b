// SPDX-License-Identifier: BSD-3-Clause
#include "knowledge.h"

#include "world.h"

#define EVERY (10 * WB_MS)
#define FROM WB_SEC

// The edge's slots, ids and links have the same numbers.
static bool
carries(struct world *w, enum side side, unsigned link, bool received)
{
	struct wb_path_stats s;
	enum wb_path_state state;

	for (unsigned slot = 0; slot < WB_PATHS_MAX; slot++) {
		if (wb_tunnel_path_stats(w->hosts[side].tunnel, slot, &s) != 0 || s.id != link)
			continue;
		state = received ? s.rx_state : s.state;
		return state == WB_PATH_UP || state == WB_PATH_DEGRADED;
	}
	return false;
}

static void
note(wb_ns_t *since, wb_ns_t *longest, bool is, wb_ns_t now)
{
	if (!is)
		*since = WB_NEVER;
	else if (*since == WB_NEVER)
		*since = now;
	if (is && now - *since > *longest)
		*longest = now - *since;
}

static void
look(void *arg, wb_ns_t now)
{
	struct knowledge *k = arg;

	for (unsigned i = 0; i < k->w->scenario->n_links; i++)
		for (unsigned dir = 0; dir < DIRS; dir++) {
			struct known *o = &k->of[i][dir];
			enum side from = dir == DIR_UP ? SIDE_EDGE : SIDE_HUB;
			enum side to = dir == DIR_UP ? SIDE_HUB : SIDE_EDGE;
			bool is = !k->w->links[i].dir[dir].outage;
			bool sender = carries(k->w, from, i, false),
			     receiver = carries(k->w, to, i, true);

			note(&o->wrong_since, &o->wrong, sender != is || receiver != is, now);
			note(&o->apart_since, &o->apart, sender != receiver, now);
		}
	sim_timer_set(&k->w->sim, &k->timer, now + EVERY);
}

void
knowledge_start(struct knowledge *k, struct world *w)
{
	k->w = w;
	for (unsigned i = 0; i < LINKS_MAX; i++)
		for (unsigned dir = 0; dir < DIRS; dir++)
			k->of[i][dir] =
				(struct known){ .wrong_since = WB_NEVER, .apart_since = WB_NEVER };
	sim_timer_init(&k->timer, look, k);
	if (!w->scenario->direct)
		sim_timer_set(&w->sim, &k->timer, FROM);
}

double
knowledge_wrong_ms(const struct knowledge *k, unsigned link, enum direction dir)
{
	return (double)k->of[link][dir].wrong / 1e6;
}

double
knowledge_apart_ms(const struct knowledge *k, unsigned link, enum direction dir)
{
	return (double)k->of[link][dir].apart / 1e6;
}
