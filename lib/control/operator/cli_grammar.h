/* SPDX-License-Identifier: BSD-3-Clause */
// The rows of cli_rows.h as librte_cmdline wants them, and what it makes of a line: the same for the
// prompt on standard input and for those who come by the socket.
#ifndef CONTROL_CLI_GRAMMAR_H
#define CONTROL_CLI_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include <cmdline.h>

struct cli_grammar;
struct control;

#define CLI_LINE_MAX 512 // with its newline and 0
#define CLI_PROMPT "wanbond> "

// What became of a line; `wanbond ctl` ends with it.
enum cli_status {
	CLI_DONE,
	CLI_REFUSED, // not possible, or no such object: the text says why
	CLI_UNKNOWN, // not a command
};

// Who gives the commands.
struct cli_session {
	bool remote;            // `quit` ends this session, not wanbond
	bool ended;             // by `quit`
	enum cli_status status; // of the last command
	char who[48];           // for the log, of what changes something; "": it is not logged
};

struct cli_grammar *cli_grammar_create(struct control *ctl); // NULL: no memory
void cli_grammar_destroy(struct cli_grammar *g);             // NULL is allowed
// A new command line on descriptor `out`; out must never block. NULL: no memory.
struct cmdline *cli_grammar_line(struct cli_grammar *g, const char *prompt, int out);
// The same on the terminal that standard input and output are.
struct cmdline *cli_grammar_terminal(struct cli_grammar *g);
// Takes characters as an editor does. False: the session is over (`quit`, Ctrl-D).
bool cli_grammar_type(struct cli_grammar *g, struct cli_session *s, struct cmdline *cl,
	const char *text, size_t len);
// Takes a line of len bytes (without its newline); what the command says goes to cl's output.
enum cli_status cli_grammar_run(struct cli_grammar *g, struct cli_session *s, struct cmdline *cl,
	const char *line, size_t len);

#endif
