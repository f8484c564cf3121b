// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes the file of the hub's last addresses.
#include "hub_kept.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "state_file.h"

bool
hub_kept_due(struct hub_kept *k, bool proven, wb_ns_t now)
{
	if (!k->stale || !proven || (k->written && now - k->written_at < HUB_KEPT_EVERY))
		return false;
	*k = (struct hub_kept){ .written = true, .written_at = now };
	return true;
}

static bool
take_line(void *ctx, char *line, char *why, size_t len)
{
	struct hub_names *h = ctx;
	uint8_t ip[RESOLVER_ADDRESSES][4];
	unsigned n = 0;
	char *state, *name, *word;

	snprintf(why, len, "not a NAME and its addresses");
	name = strtok_r(line, " \n", &state);
	while (name != NULL && n < RESOLVER_ADDRESSES &&
		(word = strtok_r(NULL, " \n", &state)) != NULL)
		if (inet_pton(AF_INET, word, ip[n++]) != 1)
			return false;
	if (n == 0)
		return false;
	for (unsigned i = 0; i < h->n; i++)
		if (h->list[i].n == 0 && strcasecmp(h->list[i].name, name) == 0)
			hub_names_keep(&h->list[i], (const uint8_t(*)[4])ip, n);
	return true;
}

int
hub_kept_read(const char *file, struct hub_names *h, char *err, size_t err_len)
{
	return state_file_read(file, take_line, h, err, err_len);
}

int
hub_kept_write(const char *file, const struct hub_names *h)
{
	struct state_file s;
	int r = state_file_open(&s, file);

	if (r < 0)
		return r;
	fprintf(s.text, "# wanbond: names of the hub, and the addresses that they had last\n");
	for (unsigned i = 0; i < h->n; i++) {
		const struct hub_name *name = &h->list[i];

		if (name->name[0] == 0 || name->n == 0)
			continue;
		fprintf(s.text, "%s", name->name);
		for (unsigned k = 0; k < name->n; k++)
			fprintf(s.text, " %u.%u.%u.%u", name->ip[k][0], name->ip[k][1],
				name->ip[k][2], name->ip[k][3]);
		fprintf(s.text, "\n");
	}
	return state_file_close(&s);
}
