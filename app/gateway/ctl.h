/* SPDX-License-Identifier: BSD-3-Clause */
// `wanbond ctl NAME [COMMAND ...]`: the prompt of a running wanbond, by its socket.
#ifndef GATEWAY_CTL_H
#define GATEWAY_CTL_H

enum ctl_exit {
	CTL_DONE,
	CTL_REFUSED,    // not possible, or no such object
	CTL_UNKNOWN,    // not a command, or wrong usage
	CTL_UNREACHABLE // no such wanbond, not allowed to ask it, or it does not answer
};

// argv[0] is NAME, the rest a command; without one, a prompt on a terminal, else a command a line from
// standard input. Returns the exit code: of several commands, the first that was not done.
int ctl_run(int argc, char **argv);

#endif
