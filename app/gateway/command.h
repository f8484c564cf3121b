/* SPDX-License-Identifier: BSD-3-Clause */
// The sub-commands that need no DPDK: genkey, genpsk, pubkey, --check, --version, --help.
#ifndef GATEWAY_COMMAND_H
#define GATEWAY_COMMAND_H

// Runs the command if argv names one of these. 1: it did, *exit_code is what main() returns (0
// good, 1 failed, 2 wrong usage). 0: none of these, nothing was done.
int command_run(int argc, char **argv, int *exit_code);

#endif
