// SPDX-License-Identifier: BSD-3-Clause
// A key that was pasted where it does not belong is never shown.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "keys.h"
#include "reader.h"
#include "wb_config.h"

#define PUBLIC "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define OTHER "AgIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
// with digits and both cases in each part, and a slash
#define SECRET "iK7x/Tq0bPz4Wm1Gd8Rs5Yv2Jc9Nf6Ha3Lu0EoX+Q1k="

static const char edge[] =
	"{\"role\": \"edge\", \"name\": \"home\", \"private_key_file\": \"edge.key\", \"eal\": "
	"[\"-n\"],"
	" \"workers\": [1], \"egress\": {}, \"classes\": [{\"class\": \"bulk\", \"port\": 80}],"
	" \"ports\": [{\"name\": \"lan\", \"use\": \"lan\", \"dev\": \"net_tap0,iface=l\"},"
	" {\"name\": \"w\", \"use\": \"wan\", \"dev\": \"net_tap1,iface=w\"}],"
	" \"hub\": {\"address\": \"203.0.113.10\", \"public_key\": \"" PUBLIC "\"},"
	" \"edges\": [{\"name\": \"e\", \"public_key\": \"" OTHER
	"\", \"networks\": [\"10.0.0.0/8\"]}]}";

// Twelve characters in a row are more than anybody may see.
static bool
shows(const char *text)
{
	char part[13] = "";

	for (unsigned i = 0; i + 12 <= strlen(SECRET); i++) {
		memcpy(part, &SECRET[i], 12);
		if (strstr(text, part) != NULL)
			return true;
	}
	return false;
}

static void
check_text(const char *text, const char *what)
{
	char *err = calloc(1, 1 << 16);
	struct wb_config *c = wb_config_parse(text, "t", "/etc/wanbond", err, 1 << 16);

	if (c != NULL)
		wb_config_check_files(c, err, 1 << 16);
	CU_ASSERT_FALSE(shows(err));
	if (shows(err))
		fprintf(stderr, "%s: %s\n", what, err);
	wb_config_free(c);
	free(err);
}

static void
check_root(const json_t *root, const char *what)
{
	char *text = json_dumps(root, 0);

	check_text(text, what);
	free(text);
}

// In the place of this member: the key, in a list, in an object, as a name, cut short, with a space.
static void
check_member(const json_t *root, json_t *object, const char *name)
{
	static const char *const values[] = {
		"\"" SECRET "\"",
		"[\"" SECRET "\"]",
		"[\"some words before it that fill the line\", \"" SECRET "\"]",
		"{\"key\": \"" SECRET "\"}",
		"{\"" SECRET "\": 1}",
		"\" " SECRET "\"",
		"\"" SECRET "\\n\"",
		"\"key=" SECRET "\"",
	};
	json_t *before = json_incref(json_object_get(object, name));
	char cut[64];

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		json_object_set_new(object, name, json_loads(values[i], JSON_DECODE_ANY, NULL));
		check_root(root, name);
	}
	for (unsigned n = 40; n < 44; n++) {
		snprintf(cut, sizeof(cut), "%.*s", (int)n, SECRET);
		json_object_set_new(object, name, json_string(cut));
		check_root(root, name);
	}
	if (before != NULL)
		json_object_set_new(object, name, before);
	else
		json_object_del(object, name);
}

static void
check_object(const json_t *root, json_t *at, const struct config_object *object)
{
	for (unsigned i = 0; i < object->n_keys; i++) {
		const struct config_key *key = &object->keys[i];
		json_t *inner = json_object_get(at, key->name);

		check_member(root, at, key->name);
		inner = json_object_get(at, key->name);
		if (key->type == CONFIG_OBJECT && json_is_object(inner))
			check_object(root, inner, key->object);
		if (key->type == CONFIG_OBJECTS && json_array_size(inner) > 0)
			check_object(root, json_array_get(inner, json_array_size(inner) - 1),
				key->object);
	}
}

static void
every_field(void)
{
	static const char *const roles[] = { "edge", "hub" };

	for (unsigned i = 0; i < 2; i++) {
		json_t *root = json_loads(edge, 0, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(root);
		json_object_set_new(root, "role", json_string(roles[i]));
		check_object(root, root, &config_root);
		check_member(root, root, "private_key");
		check_member(root, root, "psk");
		check_member(root, json_object_get(root, "hub"), "psk");
		json_decref(root);
	}
}

static void
not_json(void)
{
	check_text("{\"private_key\": " SECRET "}", "not JSON");
	check_text("{" SECRET ": 1}", "not JSON");
	check_text(SECRET, "not JSON");
	check_text("{\"a\": \"" SECRET "\"", "not JSON");
}

static void
names_the_kind(void)
{
	char err[4000];
	char *text = strdup(edge), *at;

	at = strstr(text, PUBLIC);
	memcpy(at, SECRET, 40);
	memcpy(at + 40, "!!!!", 4);
	wb_config_free(wb_config_parse(text, "t", "", err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(err, "hub.public_key: a text of 44 characters (not shown) is not a key"));
	free(text);
}

static const struct {
	const char *in, *out;
} texts[] = {
	/* 0 */ { "\"" SECRET "\" is not an address",
		"\"[44 characters, could be a key]\" is not an address" },
	/* 1: as if in a folder */
	{ "/etc/wanbond/" SECRET ": No such file",
		"[57 characters, could be a key]: No such file" },
	/* 2 */
	{ "/usr/local/share/wanbond/schedulers/earliest/x",
		"/usr/local/share/wanbond/schedulers/earliest/x" },
	/* 3: 32 bytes in hexadecimal digits */
	{ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"[64 characters, could be a key]" },
	/* 4 */
	{ "2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:6666" },
	/* 5 */ { "", "" },
	/* 6: two */
	{ SECRET "," SECRET, "[44 characters, could be a key],[44 characters, could be a key]" },
};

static void
hidden_texts(void)
{
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[200];

		snprintf(text, sizeof(text), "%s", texts[i].in);
		wb_config_hide_keys(text);
		CU_ASSERT_STRING_EQUAL(text, texts[i].out);
		if (strcmp(text, texts[i].out) != 0)
			fprintf(stderr, "row %u: %s\n", i, text);
	}
}

static const struct harness_test tests[] = {
	{ "hidden texts", hidden_texts },
	{ "every field", every_field },
	{ "not JSON", not_json },
	{ "names the kind", names_the_kind },
};

int
main(void)
{
	return HARNESS_RUN("secrets", tests);
}
