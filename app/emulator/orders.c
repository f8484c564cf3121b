// SPDX-License-Identifier: BSD-3-Clause
// Telemetry commands that change something.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "orders.h"

// a_to_b, b_to_a or both; up and down as seen from a.
static bool
find_sides(const char *text, bool side[2])
{
	bool both = text != NULL && strcmp(text, "both") == 0;

	side[A_TO_B] =
		both || (text != NULL && (strcmp(text, "a_to_b") == 0 || strcmp(text, "up") == 0));
	side[B_TO_A] = both ||
		       (text != NULL && (strcmp(text, "b_to_a") == 0 || strcmp(text, "down") == 0));
	return side[A_TO_B] || side[B_TO_A];
}

static int
refuse_sides(struct rte_tel_data *d, const char *text)
{
	return refuse(d, "direction", text, "a_to_b (up), b_to_a (down), both");
}

// --- /emu/set,NAME,DIRECTION,KEY=VALUE...

struct change {
	struct link *link;
	bool side[2];
	struct direction_conf conf[2];
	bool off_trace[2];
};

static int
read_conf(struct link *k, void *arg)
{
	struct change *c = arg;

	for (int side = 0; side < 2; side++)
		c->conf[side] = k->direction[side].conf;
	return 0;
}

static int
write_conf(struct link *k, void *arg)
{
	struct change *c = arg;

	for (int side = 0; side < 2; side++) {
		struct direction *d = &k->direction[side];
		bool by_trace = c->conf[side].trace[0] != '\0';
		struct wb_em_conf em =
			direction_em_conf(&c->conf[side], by_trace ? &d->trace.trace : NULL, 0);
		int rc;

		if (!c->side[side])
			continue;
		em.seed = direction_seed(k, side);
		rc = wb_em_configure(d->em, &em, loop_now());
		if (rc < 0)
			return rc;
		d->conf = c->conf[side];
	}
	return 0;
}

// Into both copies; write_conf takes those asked for.
static int
change_value(struct change *c, char *text, struct rte_tel_data *d)
{
	char *value = strchr(text, '='), *end, allowed[300];
	double number;
	int which;

	if (value != NULL)
		*value++ = '\0';
	which = direction_value_find(text);
	if (which < 0 || value == NULL) {
		direction_value_names(allowed, sizeof(allowed));
		refuse(d, "KEY=VALUE", text, allowed);
		return -EINVAL;
	}
	number = strtod(value, &end);
	if (which == REORDER && strcmp(value, "true") == 0)
		number = 1;
	else if (which == REORDER && strcmp(value, "false") == 0)
		number = 0;
	else if (end == value || *end != '\0')
		number = -1;
	for (int side = 0; side < 2; side++) {
		if (direction_value_set(&c->conf[side], which, number) < 0) {
			direction_value_allowed(which, allowed, sizeof(allowed));
			refuse(d, text, value, allowed);
			return -EINVAL;
		}
		if (which == RATE_MBIT)
			c->conf[side].trace[0] = '\0'; // a rate takes the place of a trace
	}
	return 0;
}

static int
done(struct rte_tel_data *d, int rc)
{
	if (rc < 0)
		return rc;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "result", "done");
	return 0;
}

int
on_set(const char *cmd, const char *params, struct rte_tel_data *d)
{
	char text[REPLY], *save = NULL, *word;
	struct change c = { 0 };

	(void)cmd;
	snprintf(text, sizeof(text), "%s", params != NULL ? params : "");
	word = strtok_r(text, ",", &save);
	c.link = find_link(word);
	if (c.link == NULL)
		return refuse_link(d, word);
	word = strtok_r(NULL, ",", &save);
	if (!find_sides(word, c.side))
		return refuse_sides(d, word);
	if (link_call(c.link, read_conf, &c) < 0)
		return -ETIMEDOUT;
	while ((word = strtok_r(NULL, ",", &save)) != NULL) {
		if (change_value(&c, word, d) < 0)
			return 0;
	}
	for (int side = 0; side < 2; side++) {
		const char *allowed = direction_conflict(&c.conf[side]);

		if (c.side[side] && allowed != NULL)
			return refuse(d, "values", params, allowed);
	}
	return done(d, link_call(c.link, write_conf, &c));
}

// --- /emu/outage,NAME,KIND[,SECONDS[,DIRECTION]]

struct outage_order {
	struct link *link;
	int kind; // -1: end it
	wb_em_ns_t duration;
	bool side[2];
};

static int
order_outage(struct link *k, void *arg)
{
	const struct outage_order *o = arg;
	wb_em_ns_t now = loop_now();
	wb_em_ns_t until = o->duration == WB_EM_NEVER ? WB_EM_NEVER : now + o->duration;

	if (o->kind < 0)
		until = 0;
	if (o->kind < 0 || o->kind == OUTAGE_LINK_DOWN)
		k->down_until = until;
	for (int side = 0; side < 2; side++) {
		if (o->kind != OUTAGE_LINK_DOWN && o->side[side])
			k->hole_until[side] = until;
	}
	outage_apply(k, now);
	return 0;
}

static int
find_kind(const char *text)
{
	for (int i = 0; text != NULL && i < OUTAGE_KINDS; i++) {
		if (strcmp(text, outage_kind_names[i]) == 0)
			return i;
	}
	return text != NULL && strcmp(text, "none") == 0 ? -1 : -2;
}

int
on_outage(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct outage_order o = { .duration = WB_EM_NEVER, .side = { true, true } };
	char text[REPLY], *save = NULL, *word, *end;

	(void)cmd;
	snprintf(text, sizeof(text), "%s", params != NULL ? params : "");
	word = strtok_r(text, ",", &save);
	o.link = find_link(word);
	if (o.link == NULL)
		return refuse_link(d, word);
	word = strtok_r(NULL, ",", &save);
	o.kind = find_kind(word);
	if (o.kind < -1)
		return refuse(d, "kind of outage", word, "black_hole, link_down, none");
	word = strtok_r(NULL, ",", &save);
	if (word != NULL) {
		double seconds = strtod(word, &end);

		if (end == word || *end != '\0' || !(seconds >= 0 && seconds <= 1e6))
			return refuse(d, "seconds", word, "a number from 0 to 1000000");
		o.duration = seconds * 1e9;
		word = strtok_r(NULL, ",", &save);
		if (word != NULL && !find_sides(word, o.side))
			return refuse_sides(d, word);
	}
	return done(d, link_call(o.link, order_outage, &o));
}
