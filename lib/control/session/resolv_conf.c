// SPDX-License-Identifier: BSD-3-Clause
// Reads resolv.conf. Its other words are for names that people type, not for the hub's.
#include "resolv_conf.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static unsigned
read_servers(const char *file, struct resolv_conf_server servers[RESOLV_CONF_SERVERS])
{
	FILE *f = fopen(file, "re");
	unsigned n = 0;
	char line[256], text[64];

	while (f != NULL && n < RESOLV_CONF_SERVERS && fgets(line, sizeof(line), f) != NULL) {
		struct resolv_conf_server *s = &servers[n];

		memset(s, 0, sizeof(*s));
		// link-local ones have an interface behind a % and are left out
		if (sscanf(line, " nameserver %63s", text) != 1)
			continue;
		if (inet_pton(AF_INET, text, s->ip) == 1)
			s->family = 4;
		else if (inet_pton(AF_INET6, text, s->ip) == 1)
			s->family = 6;
		n += s->family != 0;
	}
	if (f != NULL)
		fclose(f);
	return n;
}

// 127.0.0.53 and 127.0.0.54
static bool
is_stub(const struct resolv_conf_server *s)
{
	return s->family == 4 && s->ip[0] == 127 && s->ip[1] == 0 && s->ip[2] == 0 &&
	       (s->ip[3] == 53 || s->ip[3] == 54);
}

unsigned
resolv_conf_read(const char *file, const char *uplink,
	struct resolv_conf_server servers[RESOLV_CONF_SERVERS])
{
	struct resolv_conf_server behind[RESOLV_CONF_SERVERS];
	unsigned n = read_servers(file, servers), m;

	for (unsigned i = 0; i < n; i++)
		if (!is_stub(&servers[i]))
			return n;
	m = read_servers(uplink, behind);
	if (m == 0)
		return n;
	memcpy(servers, behind, sizeof(behind));
	return m;
}
