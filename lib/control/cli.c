// SPDX-License-Identifier: BSD-3-Clause
#include "cli.h"

#include <stdlib.h>
#include <unistd.h>

#include "control.h"

struct cli {
	struct control *ctl;
};

struct cli *
cli_create(struct control *ctl)
{
	struct cli *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->ctl = ctl;
	return c;
}

void
cli_destroy(struct cli *c)
{
	free(c);
}

int
cli_fd(const struct cli *c)
{
	return c == NULL ? -1 : STDIN_FILENO;
}

void
cli_read(struct cli *c)
{
	char buf[256];

	if (read(STDIN_FILENO, buf, sizeof(buf)) <= 0)
		c->ctl->quit = true;
}
