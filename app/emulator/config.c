// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "config.h"
#include "json.h"

const char *const outage_kind_names[OUTAGE_KINDS] = { "black_hole", "link_down" };

// --- a direction

static int
read_value(struct reader *r, const char *at, const json_t *v, void *out)
{
	const char *name = strrchr(at, '.') + 1;
	int which = direction_value_find(name);
	char allowed[64];
	double value = json_is_boolean(v) ? json_is_true(v) : json_number_value(v);

	direction_value_allowed(which, allowed, sizeof(allowed));
	if ((which == REORDER) != json_is_boolean(v) || (which != REORDER && !json_is_number(v)) ||
		direction_value_set(out, which, value) < 0)
		return fail(r, at, v, allowed);
	return 0;
}

// gilbert_elliott.loss_percent is ge_loss_percent, and so on.
static int
read_ge_value(struct reader *r, const char *at, const json_t *v, void *out)
{
	static const double percent[2] = { 0, 100 };
	char name[64];
	double value;
	int rc = read_number(r, at, v, percent, &value);

	snprintf(name, sizeof(name), "ge_%s", strrchr(at, '.') + 1);
	return rc < 0 ? rc : direction_value_set(out, direction_value_find(name), value);
}

static int
read_gilbert_elliott(struct reader *r, const char *at, const json_t *v, void *out)
{
	static const struct key keys[] = {
		{ "enter_percent", read_ge_value },
		{ "leave_percent", read_ge_value },
		{ "loss_percent", read_ge_value },
		{ NULL, NULL },
	};
	int rc = read_object(r, at, v, keys, out);

	if (rc == 0 && (json_object_get(v, "enter_percent") == NULL ||
			       json_object_get(v, "leave_percent") == NULL))
		return fail(r, at, v, "an object with enter_percent and leave_percent");
	if (rc == 0 && json_number_value(json_object_get(v, "enter_percent")) > 0 &&
		json_number_value(json_object_get(v, "leave_percent")) < 0.0001)
		return fail(r, at, v, "a leave_percent above 0: a burst would never end");
	return rc;
}

// A relative file name is beside the configuration.
static int
read_trace(struct reader *r, const char *at, const json_t *v, void *out)
{
	struct direction_conf *c = out;
	char name[EMU_TEXT], copy[PATH_MAX];
	int rc = read_text(r, at, v, name, sizeof(name)), n;

	if (rc < 0)
		return rc;
	snprintf(copy, sizeof(copy), "%s", r->file);
	n = name[0] == '/' ? snprintf(c->trace, sizeof(c->trace), "%s", name)
			   : snprintf(c->trace, sizeof(c->trace), "%s/%s", dirname(copy), name);
	if (n < 0 || (size_t)n >= sizeof(c->trace))
		return fail(r, at, v, "a file name of at most 255 characters, with its folder");
	return 0;
}

static int
read_trace_column(struct reader *r, const char *at, const json_t *v, void *out)
{
	struct direction_conf *c = out;

	return read_text(r, at, v, c->trace_column, sizeof(c->trace_column));
}

static int
read_direction(struct reader *r, const char *at, const json_t *v, struct direction_conf *c)
{
	static const struct key keys[] = {
		{ "rate_mbit", read_value },
		{ "delay_ms", read_value },
		{ "jitter_ms", read_value },
		{ "reorder", read_value },
		{ "loss_percent", read_value },
		{ "queue_bytes", read_value },
		{ "police_mbit", read_value },
		{ "police_bytes", read_value },
		{ "pause_every_ms", read_value },
		{ "pause_min_ms", read_value },
		{ "pause_max_ms", read_value },
		{ "trace", read_trace },
		{ "trace_column", read_trace_column },
		{ "gilbert_elliott", read_gilbert_elliott },
		{ NULL, NULL },
	};
	int rc = read_object(r, at, v, keys, c);

	if (rc < 0)
		return rc;
	if (direction_conflict(c) != NULL)
		return fail(r, at, v, direction_conflict(c));
	if (c->trace_column[0] != '\0' && c->trace[0] == '\0')
		return fail(r, at, v, "trace_column only with a trace (a CSV file)");
	return 0;
}

// --- an outage

static int
read_seconds(struct reader *r, const char *at, const json_t *v, wb_em_ns_t *ns)
{
	static const double range[2] = { 0, 1e6 };
	double s;
	int rc = read_number(r, at, v, range, &s);

	if (rc == 0)
		*ns = s * 1e9 + 0.5;
	return rc;
}

static int
read_at(struct reader *r, const char *at, const json_t *v, void *out)
{
	return read_seconds(r, at, v, &((struct outage_conf *)out)->at);
}

static int
read_for(struct reader *r, const char *at, const json_t *v, void *out)
{
	return read_seconds(r, at, v, &((struct outage_conf *)out)->duration);
}

static int
read_kind(struct reader *r, const char *at, const json_t *v, void *out)
{
	struct outage_conf *o = out;
	const char *s = json_string_value(v);

	for (int i = 0; s != NULL && i < OUTAGE_KINDS; i++) {
		if (strcmp(s, outage_kind_names[i]) == 0) {
			o->kind = i;
			return 0;
		}
	}
	return fail(r, at, v, "\"black_hole\" or \"link_down\"");
}

static int
read_side(struct reader *r, const char *at, const json_t *v, void *out)
{
	struct outage_conf *o = out;
	const char *s = json_string_value(v);
	bool both = s != NULL && strcmp(s, "both") == 0;

	o->side[A_TO_B] = both || (s != NULL && strcmp(s, "a_to_b") == 0);
	o->side[B_TO_A] = both || (s != NULL && strcmp(s, "b_to_a") == 0);
	if (!o->side[A_TO_B] && !o->side[B_TO_A])
		return fail(r, at, v, "\"a_to_b\", \"b_to_a\" or \"both\"");
	return 0;
}

static int
read_outages(struct reader *r, const char *at, const json_t *v, void *out)
{
	static const struct key keys[] = {
		{ "at", read_at },
		{ "for", read_for },
		{ "kind", read_kind },
		{ "direction", read_side },
		{ NULL, NULL },
	};
	struct link_conf *l = out;

	if (!json_is_array(v) || json_array_size(v) > EMU_OUTAGES)
		return fail(r, at, v, "a list of at most 64 outages");
	for (; l->n_outages < json_array_size(v); l->n_outages++) {
		struct outage_conf *o = &l->outages[l->n_outages];
		const json_t *item = json_array_get(v, l->n_outages);
		char here[EMU_TEXT];
		int rc;

		snprintf(here, sizeof(here), "%.200s[%u]", at, l->n_outages);
		o->side[A_TO_B] = o->side[B_TO_A] = true;
		rc = read_object(r, here, item, keys, o);
		if (rc < 0)
			return rc;
		for (int k = 0; k < 3; k++) {
			if (json_object_get(item, keys[k].name) == NULL)
				return fail(r, here, item,
					"{\"at\": SECONDS, \"for\": SECONDS, \"kind\": KIND}");
		}
		if (o->kind == OUTAGE_LINK_DOWN && !(o->side[A_TO_B] && o->side[B_TO_A]))
			return fail(r, here, item, "link_down only in both directions");
	}
	return 0;
}

// --- a link

static int
read_link_name(struct reader *r, const char *at, const json_t *v, void *out)
{
	return read_name(r, at, v, ((struct link_conf *)out)->name);
}

static int
read_dev_a(struct reader *r, const char *at, const json_t *v, void *out)
{
	return read_text(r, at, v, ((struct link_conf *)out)->dev[0], EMU_TEXT);
}

static int
read_dev_b(struct reader *r, const char *at, const json_t *v, void *out)
{
	return read_text(r, at, v, ((struct link_conf *)out)->dev[1], EMU_TEXT);
}

static int
read_a_to_b(struct reader *r, const char *at, const json_t *v, void *out)
{
	return read_direction(r, at, v, &((struct link_conf *)out)->direction[A_TO_B]);
}

static int
read_b_to_a(struct reader *r, const char *at, const json_t *v, void *out)
{
	return read_direction(r, at, v, &((struct link_conf *)out)->direction[B_TO_A]);
}

static int
read_link(struct reader *r, const char *at, const json_t *v, struct emu_conf *c)
{
	static const struct key keys[] = {
		{ "name", read_link_name },
		{ "a", read_dev_a },
		{ "b", read_dev_b },
		{ "a_to_b", read_a_to_b },
		{ "b_to_a", read_b_to_a },
		{ "outages", read_outages },
		{ NULL, NULL },
	};
	struct link_conf *l = &c->links[c->n_links];
	int rc;

	direction_defaults(&l->direction[A_TO_B]);
	direction_defaults(&l->direction[B_TO_A]);
	rc = read_object(r, at, v, keys, l);
	for (int k = 0; rc == 0 && k < 3; k++) {
		char here[EMU_TEXT];

		join(here, sizeof(here), at, keys[k].name);
		if (json_object_get(v, keys[k].name) == NULL)
			rc = fail(r, here, NULL, "each link has a name, an a and a b");
	}
	if (rc == 0 && strcmp(l->dev[0], l->dev[1]) == 0)
		rc = fail(r, at, json_object_get(v, "b"), "another port than a");
	for (unsigned i = 0; rc == 0 && i < c->n_links; i++) {
		if (strcmp(c->links[i].name, l->name) == 0)
			rc = fail(r, at, json_object_get(v, "name"), "a name of its own");
	}
	return rc;
}

static int
read_links(struct reader *r, const char *at, const json_t *v, void *out)
{
	struct emu_conf *c = out;

	if (!json_is_array(v) || json_array_size(v) == 0 || json_array_size(v) > EMU_LINKS)
		return fail(r, at, v, "a list of 1 to 8 links");
	for (; c->n_links < json_array_size(v); c->n_links++) {
		char here[64];
		int rc;

		snprintf(here, sizeof(here), "links[%u]", c->n_links);
		rc = read_link(r, here, json_array_get(v, c->n_links), c);
		if (rc < 0)
			return rc;
	}
	return 0;
}

// --- the whole

static int
read_emu_name(struct reader *r, const char *at, const json_t *v, void *out)
{
	return read_name(r, at, v, ((struct emu_conf *)out)->name);
}

static int
read_eal(struct reader *r, const char *at, const json_t *v, void *out)
{
	struct emu_conf *c = out;

	if (!json_is_array(v) || json_array_size(v) > EMU_EAL)
		return fail(r, at, v, "a list of at most 32 EAL options");
	for (; c->n_eal < json_array_size(v); c->n_eal++) {
		int rc = read_text(r, at, json_array_get(v, c->n_eal), c->eal[c->n_eal], EMU_TEXT);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
read_tick(struct reader *r, const char *at, const json_t *v, void *out)
{
	static const double range[2] = { 50, 5000 };
	double us;
	int rc = read_number(r, at, v, range, &us);

	if (rc == 0)
		((struct emu_conf *)out)->tick = us * 1000;
	return rc;
}

static int
read_max_packets(struct reader *r, const char *at, const json_t *v, void *out)
{
	static const double range[2] = { 64, 1000000 };
	double n;
	int rc = read_number(r, at, v, range, &n);

	if (rc == 0 && n != (unsigned)n)
		return fail(r, at, v, "a whole number from 64 to 1000000");
	if (rc == 0)
		((struct emu_conf *)out)->max_packets = n;
	return rc;
}

static int
read_seed(struct reader *r, const char *at, const json_t *v, void *out)
{
	if (!json_is_integer(v))
		return fail(r, at, v, "a whole number");
	((struct emu_conf *)out)->seed = json_integer_value(v);
	return 0;
}

uint32_t
config_max_items(const struct emu_conf *c, const struct direction_conf *d)
{
	double mbit = d->value[RATE_MBIT] > 0 ? d->value[RATE_MBIT] : 500;
	double ms = d->value[DELAY_MS] + 4 * d->value[JITTER_MS];
	double packets = 2 * (mbit * ms * 125 + d->value[QUEUE_BYTES]) / 1400;

	if (c->max_packets > 0)
		return c->max_packets;
	return packets < 2048 ? 2048 : packets > 1000000 ? 1000000 : packets;
}

int
config_load(struct emu_conf *c, const char *file, char *error, size_t size)
{
	static const struct key keys[] = {
		{ "name", read_emu_name },
		{ "eal", read_eal },
		{ "tick_us", read_tick },
		{ "max_packets", read_max_packets },
		{ "seed", read_seed },
		{ "links", read_links },
		{ NULL, NULL },
	};
	struct reader r = { file, error, size };
	struct stat st;
	json_error_t e;
	json_t *root = json_load_file(file, JSON_REJECT_DUPLICATES, &e);
	int rc;

	if (root == NULL) {
		if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
			snprintf(error, size, "%s: %s", file, strerror(EISDIR));
		else if (e.line > 0)
			snprintf(error, size, "%s:%d:%d: %s", file, e.line, e.column, e.text);
		else
			snprintf(error, size, "%s", e.text);
		return -EINVAL;
	}
	memset(c, 0, sizeof(*c));
	strcpy(c->name, "emu");
	c->tick = 300000;
	rc = read_object(&r, "", root, keys, c);
	if (rc == 0 && c->n_links == 0)
		rc = fail(&r, "links", NULL, "a list of 1 to 8 links");
	json_decref(root);
	return rc;
}
