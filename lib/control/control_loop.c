// SPDX-License-Identifier: BSD-3-Clause
// Waits for the kernel, signals, requests and the prompt, and polls the workers' notices. Notices have no
// descriptor, as a worker would need a system call to signal one.
#include "control_loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli.h"
#include "cli_server.h"
#include "clock.h"
#include "control.h"
#include "hub_follow.h"
#include "log.h"
#include "mailbox.h"
#include "netlink.h"
#include "reread.h"

#define POLL_QUICK (2 * WB_MS) // while sessions are being made
#define POLL_CALM (10 * WB_MS)
#define QUICK_FOR (3 * WB_SEC) // after start and after each handshake datagram
#define NOTICES_MAX 256        // in one turn of the loop

static void
take_notices(struct control *ctl, wb_ns_t now)
{
	struct wb_dp_notice n;

	for (unsigned i = 0; i < NOTICES_MAX && wb_dp_notice(ctl->dp, &n); i++) {
		switch (n.type) {
		case WB_DP_HANDSHAKE:
			ctl->quick_until = now + QUICK_FOR;
			(n.proven ? sessions_proven : sessions_received)(
				ctl->sessions, &n.from, n.data, n.len, now);
			break;
		case WB_DP_MESSAGE:
			sessions_heard(ctl->sessions, n.tunnel, n.data, n.len, now);
			break;
		case WB_DP_EVENT:
			tunnels_event(&ctl->tunnels, n.tunnel, &n.event, now);
			break;
		case WB_DP_RESOLVE:
			network_resolve(ctl, &n.from, now);
			break;
		case WB_DP_CONFIRMED:
			sessions_confirmed(ctl->sessions, n.tunnel, n.index);
			break;
		case WB_DP_WORN:
		case WB_DP_WORN_OUT:
			sessions_worn(
				ctl->sessions, n.tunnel, n.index, n.type == WB_DP_WORN_OUT, now);
			break;
		case WB_DP_UNKNOWN_INDEX:
			// The worker counts it. An edge whose hub was restarted notices by the silence.
			break;
		}
	}
}

static int
wait_ms(const struct control *ctl, wb_ns_t now)
{
	wb_ns_t wait = now < ctl->quick_until ? POLL_QUICK : POLL_CALM;
	wb_ns_t deadline = sessions_next_deadline(ctl->sessions);

	if (deadline <= now)
		return 0;
	if (deadline - now < wait)
		wait = deadline - now;
	return (int)((wait + WB_MS - 1) / WB_MS);
}

// Returns whether a SIGHUP means that the terminal hung up. Else somebody wants the file to be read again.
static bool
terminal_gone(const struct control *ctl, const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL || (ctl->terminal && isatty(STDIN_FILENO) == 0);
}

static void
take_signal(struct control *ctl)
{
	struct signalfd_siginfo info;

	if (read(ctl->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP && !terminal_gone(ctl, &info)) {
		reread(ctl->conf);
		return;
	}
	ctl_info("%s: ending", info.ssi_signo == SIGTERM  ? "SIGTERM"
			       : info.ssi_signo == SIGINT ? "SIGINT"
							  : "SIGHUP");
	ctl->quit = true;
}

void
control_loop(struct control *ctl)
{
	enum { SIGNAL, NETLINK, MAILBOX, PROMPT, SERVER, N = SERVER + CLI_SERVER_FDS };
	struct pollfd fds[N] = {
		[SIGNAL] = { .fd = ctl->signal_fd, .events = POLLIN },
		[NETLINK] = { .fd = netlink_fd(ctl->netlink), .events = POLLIN },
		[MAILBOX] = { .fd = mailbox_fd(ctl->mailbox), .events = POLLIN },
		[PROMPT] = { .fd = -1, .events = POLLIN },
	};

	while (!ctl->quit) {
		wb_ns_t now = control_now();
		int n;

		fds[PROMPT].fd = cli_fd(ctl->cli);
		cli_server_fds(ctl->server, &fds[SERVER]);
		n = poll(fds, N, wait_ms(ctl, now));
		if (n < 0 && errno != EINTR)
			break;
		now = control_now();
		if (n > 0 && fds[SIGNAL].revents != 0)
			take_signal(ctl);
		if (n > 0 && fds[NETLINK].revents != 0)
			netlink_read(ctl->netlink);
		if (n > 0 && fds[MAILBOX].revents != 0)
			mailbox_serve(ctl->mailbox);
		if (n > 0 && fds[PROMPT].revents != 0)
			cli_read(ctl->cli);
		if (n > 0)
			cli_server_serve(ctl->server, &fds[SERVER]);
		take_notices(ctl, now);
		if (ctl->kernel.generation != ctl->network.shown)
			network_update(ctl, now);
		network_upkeep(ctl, now);
		wans_watch(&ctl->wans, &ctl->tunnels, now);
		hub_follow_upkeep(ctl, now);
		way_out_watch(&ctl->ways, &ctl->tunnels, ctl->eal.n_workers, now);
		budgets_upkeep(&ctl->budgets, now);
		if (now >= sessions_next_deadline(ctl->sessions))
			sessions_expire(ctl->sessions, now);
		cli_refresh(ctl->cli);
	}
}
