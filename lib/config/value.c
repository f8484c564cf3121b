// SPDX-License-Identifier: BSD-3-Clause
// Reads single values, by one function for each kind. It writes the member or complains.
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "wb_key.h"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#define RATE_MIN 0.1 // Mbit/s
#define MBIT 1000000

bool
config_key_parse(const char *text, uint8_t key[32])
{
	_Static_assert(WB_KEY_LEN == 32, "keys");
	return strlen(text) == WB_KEY_TEXT - 1 && wb_key_from_text(text, key) == 0;
}

// Returns why a text is not accepted, or NULL.
static const char *
text_fault(const struct config_key *key, const char *text)
{
	uint8_t secret[32];

	if (text[0] == '\0')
		return "is empty";
	if (key->type != CONFIG_NAME && config_key_parse(text, secret))
		return key->type == CONFIG_FILE ? "is a key itself, not the name of a file"
						: "is a key, which does not belong here";
	if (key->type != CONFIG_ALLOC && strlen(text) >= key->size)
		return "is too long";
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "has a control character in it";
	if (key->type == CONFIG_NAME &&
		(text[strspn(text, NAME_CHARACTERS)] != '\0' || text[0] == '-'))
		return "is not a name";
	// As the kernel's dev_valid_name().
	if (key->type == CONFIG_INTERFACE &&
		(strlen(text) > 15 || strpbrk(text, "/: \t") != NULL || strcmp(text, ".") == 0 ||
			strcmp(text, "..") == 0))
		return "is not an interface's name";
	if (key->type == CONFIG_TEXT && strpbrk(text, " \t") != NULL)
		return "has a space in it";
	return NULL;
}

static void
read_text(struct config_reader *r, const struct config_key *key, char *at, const json_t *value)
{
	const char *text = json_string_value(value);
	const char *fault = text != NULL ? text_fault(key, text) : "is not a text";

	if (fault != NULL)
		config_refuse(r, key, value, fault);
	else
		memcpy(at, text, strlen(text) + 1);
}

static void
read_file_name(struct config_reader *r, const struct config_key *key, char *at, const json_t *value)
{
	const char *text = json_string_value(value);
	const char *fault = text != NULL ? text_fault(key, text) : "is not a text";
	const char *dir = fault == NULL && text[0] != '/' ? r->dir : "";
	const char *slash = dir[0] != '\0' && dir[strlen(dir) - 1] != '/' ? "/" : "";

	if (fault == NULL && strlen(dir) + strlen(slash) + strlen(text) >= key->size)
		fault = "is too long together with its folder";
	if (fault != NULL)
		config_refuse(r, key, value, fault);
	else
		snprintf(at, key->size, "%s%s%s", dir, slash, text);
}

static void
read_choice(struct config_reader *r, const struct config_key *key, char *at, const json_t *value)
{
	const char *text = json_string_value(value);
	char choice[32];
	int found = -1;

	for (unsigned i = 0;
		text != NULL && found < 0 && config_choice(key->choices, i, choice, sizeof(choice));
		i++)
		if (strcmp(choice, text) == 0)
			found = (int)i;
	if (found < 0)
		config_refuse(r, key, value, "is none of the choices");
	else if (key->type != CONFIG_ENUM)
		snprintf(at, key->size, "%s", choice);
	else
		memcpy(at, &found, sizeof(found));
}

// Makes a scheduler's file name absolute. A bare name that is no file here means one of the installed examples.
static void
read_scheduler(struct config_reader *r, const struct config_key *key, char *at, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t n = text != NULL ? strlen(text) : 0;

	if (n < 3 || strcmp(text + n - 2, ".o") != 0) {
		read_choice(r, key, at, value);
		return;
	}
	read_file_name(r, key, at, value);
	if (strchr(text, '/') == NULL && n < key->size && access(at, F_OK) != 0)
		memcpy(at, text, n + 1);
}

static bool
is_auto(const json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL && strcmp(text, "auto") == 0;
}

static void
store(void *at, size_t size, uint64_t value)
{
	uint8_t narrow8 = value;
	uint16_t narrow16 = value;
	uint32_t narrow32 = value;

	memcpy(at,
		size == 1   ? (void *)&narrow8
		: size == 2 ? (void *)&narrow16
		: size == 4 ? (void *)&narrow32
			    : (void *)&value,
		size);
}

static void
read_number(struct config_reader *r, const struct config_key *key, void *at, const json_t *value)
{
	json_int_t number = json_integer_value(value);

	if (key->type == CONFIG_AUTO && (is_auto(value) || (json_is_integer(value) && number == 0)))
		store(at, key->size, 0);
	else if (!json_is_integer(value))
		config_refuse(r, key, value, "is not a whole number");
	else if (number < 0 || (uint64_t)number < key->min)
		config_refuse(r, key, value, "is too small");
	else if ((uint64_t)number > key->max)
		config_refuse(r, key, value, "is too large");
	else
		store(at, key->size, (uint64_t)number);
}

// Reads a rate of one direction, or of both.
static void
read_rate(struct config_reader *r, const struct config_key *key, char *at, const json_t *value)
{
	double mbit = json_number_value(value);
	uint64_t rate = 0;

	if (!is_auto(value)) {
		if (!json_is_number(value)) {
			config_refuse(r, key, value, "is not a rate");
			return;
		}
		if (mbit < RATE_MIN || mbit > (double)key->max) {
			config_refuse(
				r, key, value, mbit < RATE_MIN ? "is too small" : "is too large");
			return;
		}
		rate = (uint64_t)(mbit * MBIT + 0.5);
	}
	for (size_t i = 0; i < key->size; i += sizeof(rate))
		memcpy(at + i, &rate, sizeof(rate));
}

static void
read_gigabytes(
	struct config_reader *r, const struct config_key *key, uint64_t *at, const json_t *value)
{
	double gigabytes = json_number_value(value);

	if (!json_is_number(value))
		config_refuse(r, key, value, "is not a number");
	else if (gigabytes < 0.001)
		config_refuse(r, key, value, "is too small");
	else if (gigabytes > (double)key->max)
		config_refuse(r, key, value, "is too large");
	else
		*at = (uint64_t)(gigabytes * 1e9 + 0.5);
}

static void
read_address(struct config_reader *r, const struct config_key *key, void *at, const json_t *value)
{
	const char *text = json_string_value(value);
	struct wb_config_address address;

	if (text == NULL || !config_address_parse(text, &address))
		config_refuse(r, key, value, "is not an address");
	else if (key->type != CONFIG_ADDRESS && address.family != 4)
		config_refuse(r, key, value,
			"is IPv6, which is carried inside the tunnel but not yet outside");
	else if (key->type != CONFIG_ADDRESS && strchr(text, '/') != NULL)
		config_refuse(r, key, value, "has a prefix length");
	else if (!config_address_is_host(&address))
		config_refuse(r, key, value, "is not an address that a host can have");
	else
		memcpy(at, &address, sizeof(address));
}

// Reads an address, or a DNS name. The name is not looked up.
static void
read_host(struct config_reader *r, const struct config_key *key, struct wb_config_host *at,
	const json_t *value)
{
	const char *text = json_string_value(value), *fault;
	struct wb_config_address address;
	size_t len;

	if (text == NULL || config_address_parse(text, &address)) {
		read_address(r, key, &at->address, value);
		return;
	}
	fault = config_host_name_fault(text);
	if (fault != NULL) {
		config_refuse(r, key, value, fault);
		return;
	}
	len = strlen(text);
	len -= text[len - 1] == '.';
	memcpy(at->name, text, len);
	at->name[len] = '\0';
}

static void
read_prefix(struct config_reader *r, const struct config_key *key, void *at, const json_t *value)
{
	const char *text = json_string_value(value);
	struct wb_config_prefix prefix;
	char right[64], what[128];

	if (text == NULL || !config_prefix_parse(text, &prefix)) {
		config_refuse(r, key, value, "is not a network");
	} else if (prefix.len == 0) {
		config_refuse(r, key, value, "is everything: that would take the hub's own route");
	} else if (config_prefix_clear_host(&prefix)) {
		config_prefix_text(&prefix, right, sizeof(right));
		snprintf(what, sizeof(what), "has host bits set; did you mean \"%s\"?", right);
		config_refuse(r, key, value, what);
	} else {
		memcpy(at, &prefix, sizeof(prefix));
	}
}

// Returns whether a key is a placeholder, as in the files of config/. Real keys do not contain these words, nor so few
// different bytes.
static bool
is_placeholder(const char *text, const uint8_t key[32])
{
	static const char *const words[] = { "replace", "example", "placeholder", "changeme",
		"publickey" };
	bool seen[256] = { false };
	unsigned different = 0;

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(text, words[i]) != NULL)
			return true;
	for (unsigned i = 0; i < 32; i++) {
		different += !seen[key[i]];
		seen[key[i]] = true;
	}
	return different <= 8;
}

static void
read_public_key(
	struct config_reader *r, const struct config_key *key, uint8_t *at, const json_t *value)
{
	static const uint8_t zero[32];
	const char *text = json_string_value(value);
	uint8_t parsed[32];

	if (text == NULL || !config_key_parse(text, parsed))
		config_refuse(r, key, value, "is not a key");
	else if (memcmp(parsed, zero, sizeof(zero)) == 0)
		config_refuse(r, key, value, "is all zeroes");
	else {
		memcpy(at, parsed, sizeof(parsed));
		if (is_placeholder(text, parsed))
			config_warn(r, "\"%s\" is an example's; put in the other end's", text);
	}
}

static void
read_alloc(struct config_reader *r, const struct config_key *key, char **at, const json_t *value)
{
	const char *text = json_string_value(value);
	const char *fault = text != NULL ? text_fault(key, text) : "is not a text";

	if (fault != NULL) {
		config_refuse(r, key, value, fault);
		return;
	}
	*at = strdup(text);
	if (*at == NULL)
		config_error(r, "out of memory");
}

static void
read_bool(struct config_reader *r, const struct config_key *key, bool *at, const json_t *value)
{
	if (json_is_boolean(value))
		*at = json_is_true(value);
	else
		config_refuse(r, key, value, "is neither");
}

void
config_read_value(
	struct config_reader *r, const struct config_key *key, void *at, const json_t *value)
{
	switch (key->type) {
	case CONFIG_TEXT:
	case CONFIG_NAME:
	case CONFIG_INTERFACE:
		read_text(r, key, at, value);
		break;
	case CONFIG_FILE:
		read_file_name(r, key, at, value);
		break;
	case CONFIG_ENUM:
	case CONFIG_CHOICE:
		read_choice(r, key, at, value);
		break;
	case CONFIG_SCHEDULER:
		read_scheduler(r, key, at, value);
		break;
	case CONFIG_NUMBER:
	case CONFIG_AUTO:
		read_number(r, key, at, value);
		break;
	case CONFIG_GIGABYTES:
		read_gigabytes(r, key, at, value);
		break;
	case CONFIG_BOOL:
		read_bool(r, key, at, value);
		break;
	case CONFIG_ADDRESS4:
	case CONFIG_ADDRESS:
		read_address(r, key, at, value);
		break;
	case CONFIG_HOST:
		read_host(r, key, at, value);
		break;
	case CONFIG_PREFIX:
		read_prefix(r, key, at, value);
		break;
	case CONFIG_PUBLIC_KEY:
		read_public_key(r, key, at, value);
		break;
	case CONFIG_RATE:
		read_rate(r, key, at, value);
		break;
	case CONFIG_ALLOC:
		read_alloc(r, key, at, value);
		break;
	case CONFIG_IGNORED:
	case CONFIG_OBJECT:
	case CONFIG_LIST:
	case CONFIG_OBJECTS:
		break;
	}
}
