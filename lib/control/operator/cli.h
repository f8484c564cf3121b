/* SPDX-License-Identifier: BSD-3-Clause */
// The prompt of `wanbond -i` on standard input: a terminal, or a pipe with a command in each line.
#ifndef CONTROL_CLI_H
#define CONTROL_CLI_H

struct cli;
struct control;

struct cli *cli_create(struct control *ctl); // NULL: no memory
void cli_destroy(struct cli *c);             // restores the terminal; NULL is allowed
int cli_fd(const struct cli *c);             // -1: no prompt (NULL is allowed)
// Reads waiting input. The end of the input means `quit`.
void cli_read(struct cli *c);
// Shows the prompt and what is being typed again if log lines have overwritten them.
void cli_refresh(struct cli *c);

#endif
