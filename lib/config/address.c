// SPDX-License-Identifier: BSD-3-Clause
// Reads addresses and networks from their text, and refuses host bits behind a prefix.
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

// Reads a number of digits only, as strtoul() would also take signs and spaces.
static bool
parse_length(const char *text, unsigned max, uint8_t *length)
{
	unsigned value = 0;

	if (text[0] == '\0' || strlen(text) > 3)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (*text - '0');
	}
	*length = value;
	return value <= max;
}

static bool
parse(const char *text, uint8_t *family, uint8_t *length, uint8_t ip[16])
{
	char host[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "/");

	if (n == 0 || n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	memset(ip, 0, 16);
	if (inet_pton(AF_INET, host, ip) == 1)
		*family = 4;
	else if (inet_pton(AF_INET6, host, ip) == 1)
		*family = 6;
	else
		return false;
	*length = 0;
	return text[n] == '\0' || parse_length(text + n + 1, *family == 4 ? 32 : 128, length);
}

bool
config_address_parse(const char *text, struct wb_config_address *address)
{
	memset(address, 0, sizeof(*address));
	return parse(text, &address->family, &address->len, address->ip);
}

const char *
config_host_name_fault(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-.";
	size_t len = strlen(text), last = 0;

	if (len == 0)
		return "is empty";
	if (len - (text[len - 1] == '.') > 253)
		return "is longer than the 253 characters of a DNS name";
	if (text[strspn(text, allowed)] != '\0')
		return "has a character that no DNS name of a host has";
	for (size_t at = 0; at < len; at += strcspn(text + at, ".") + 1) {
		size_t n = strcspn(text + at, ".");

		if (n == 0 || n > 63)
			return "has a part between its dots that is empty or longer than 63";
		if (text[at] == '-' || text[at + n - 1] == '-')
			return "has a part that begins or ends with -";
		last = at;
	}
	// an address that was not typed right
	if (strspn(text + last, "0123456789.") == len - last)
		return "is not an address";
	return NULL;
}

bool
config_prefix_parse(const char *text, struct wb_config_prefix *prefix)
{
	memset(prefix, 0, sizeof(*prefix));
	return strchr(text, '/') != NULL && parse(text, &prefix->family, &prefix->len, prefix->ip);
}

bool
config_prefix_clear_host(struct wb_config_prefix *prefix)
{
	bool had = false;

	for (unsigned bit = prefix->len; bit < 128; bit++) {
		uint8_t mask = 0x80 >> (bit % 8);

		had |= (prefix->ip[bit / 8] & mask) != 0;
		prefix->ip[bit / 8] &= ~mask;
	}
	return had;
}

bool
config_prefix_overlap(const struct wb_config_prefix *a, const struct wb_config_prefix *b)
{
	struct wb_config_prefix wide = a->len <= b->len ? *a : *b;
	struct wb_config_prefix narrow = a->len <= b->len ? *b : *a;

	if (a->family != b->family)
		return false;
	narrow.len = wide.len;
	config_prefix_clear_host(&narrow);
	return memcmp(wide.ip, narrow.ip, sizeof(wide.ip)) == 0;
}

void
config_prefix_text(const struct wb_config_prefix *prefix, char *text, size_t len)
{
	char host[INET6_ADDRSTRLEN];

	inet_ntop(prefix->family == 4 ? AF_INET : AF_INET6, prefix->ip, host, sizeof(host));
	snprintf(text, len, "%s/%u", host, prefix->len);
}

bool
config_address_is_host(const struct wb_config_address *address)
{
	static const uint8_t zero[16], loopback6[16] = { [15] = 1 };

	if (memcmp(address->ip, zero, 16) == 0)
		return false;
	if (address->family == 4) // 224.0.0.0 up: multicast, reserved, broadcast
		return address->ip[0] != 0 && address->ip[0] != 127 && address->ip[0] < 224;
	return address->ip[0] != 0xff && memcmp(address->ip, loopback6, 16) != 0;
}
