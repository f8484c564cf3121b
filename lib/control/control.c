// SPDX-License-Identifier: BSD-3-Clause
// Starts the modules, runs the main loop and stops the modules, each in the right order.
#include "control.h"

#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <rte_eal.h>

#include "cli.h"
#include "cli_server.h"
#include "clock.h"
#include "egress.h"
#include "guard.h"
#include "hub_follow.h"
#include "keyring.h"
#include "log.h"
#include "control_loop.h"
#include "mailbox.h"
#include "memory.h"
#include "mirror.h"
#include "netlink.h"
#include "numa_place.h"
#include "session_io.h"
#include "site.h"
#include "telemetry.h"
#include "wb_bpf.h"
#include "wb_key.h"
#include "wb_secret.h"

#define NEIGHBOURS_MAX 4096

// Makes signals arrive by descriptor only. Called before the EAL makes threads, so that they inherit the mask.
static int
take_signals(struct control *ctl)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	ctl->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return ctl->signal_fd < 0 ? -errno : 0;
}

// Checks what DPDK would only report by an error number.
static int
check_site(const struct control *ctl)
{
	char err[4096];
	int r = site_check_start(ctl->conf, err, sizeof(err));

	if (r < 0)
		control_log_lines(RTE_LOG_ERR, err);
	return r;
}

_Static_assert(WB_CONFIG_CLASSES <= WB_DP_RULES_MAX, "rules");
_Static_assert((int)WB_CONFIG_REALTIME == WB_CLASS_REALTIME &&
		       (int)WB_CONFIG_BULK == WB_CLASS_BULK &&
		       (int)WB_CONFIG_DEFAULT == WB_CLASS_DEFAULT,
	"classes are the same numbers");

static void
fill_rules(const struct wb_config *c, struct wb_dp_rule *rules)
{
	static const uint8_t protocols[] = {
		[WB_CONFIG_TCP] = IPPROTO_TCP, [WB_CONFIG_UDP] = IPPROTO_UDP
	};

	for (unsigned i = 0; i < c->n_classes; i++) {
		const struct wb_config_rule *r = &c->classes[i];

		rules[i] = (struct wb_dp_rule){ .sclass = (enum wb_class)r->class,
			.network = { .family = r->network.family, .len = r->network.len },
			.protocol = protocols[r->protocol],
			.dscp = r->dscp,
			.port_low = r->port,
			.port_high = r->last_port };
		memcpy(rules[i].network.ip, r->network.ip, sizeof(rules[i].network.ip));
	}
}

static int
start_datapath(struct control *ctl)
{
	struct wb_dp_port_conf ports[WB_DP_PORTS_MAX] = { 0 };
	struct wb_dp_rule rules[WB_CONFIG_CLASSES];
	struct wb_dp_conf conf = {
		.rules = rules,
		.n_rules = ctl->conf->n_classes,
		.role = ctl->conf->role == WB_CONFIG_EDGE ? WB_ROLE_EDGE : WB_ROLE_HUB,
		.udp_port = ctl->udp_port,
		.idle = ctl->conf->idle == WB_CONFIG_POLL ? WB_DP_POLL : WB_DP_ADAPTIVE,
		.workers = ctl->eal.workers,
		.n_workers = ctl->eal.n_workers,
		.ports = ports,
		.n_ports = ctl->ports.n,
		.public_key = sessions_public_key(ctl->sessions),
	};

	for (unsigned i = 0; i < ctl->ports.n; i++) {
		const struct control_port *p = &ctl->ports.list[i];
		const struct snapshot_port *in = &ctl->ports.in.ports[i];

		snprintf(ports[i].name, sizeof(ports[i].name), "%s", p->name);
		ports[i].use = in->use;
		ports[i].ethdev = p->ethdev;
		ports[i].kport = p->kport;
		ports[i].kernel_owned = in->kernel_if[0] != 0 && !in->peer && !p->mirrored;
		ports[i].mirrors = p->mirrors;
		ports[i].vlan = p->vlan;
		ports[i].trunk = p->trunk;
	}
	fill_rules(ctl->conf, rules);
	numa_check(ctl->conf, ctl->eal.workers, ctl->eal.n_workers);
	ctl->dp = ctl->tunnels.dp = wb_dp_create(&conf);
	if (ctl->dp != NULL)
		return 0;
	if (ctl->conf->memory_mib != 0)
		ctl_err("the datapath does not start with \"memory\": %u (it takes %u MiB unless "
			"told otherwise)",
			ctl->conf->memory_mib, memory_need(ctl->conf));
	return -EIO;
}

static void
guard_secrets(void)
{
	struct rlimit limit = { 0 };
	int r = wb_secret_init();

	if (r == 0)
		return;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	ctl_warn("keys cannot be kept from swap space (%s; locked memory is limited to %llu KiB): "
		 "raise it with "
		 "`ulimit -l unlimited`, or LimitMEMLOCK=infinity in a unit",
		strerror(-r), (unsigned long long)limit.rlim_cur >> 10);
}

static int
hold_udp_port(struct control *ctl)
{
	ctl->guard_fd = guard_open(ctl->conf, &ctl->udp_port);
	ctl->ports.udp_port = ctl->udp_port;
	return ctl->guard_fd < 0 ? ctl->guard_fd : 0;
}

static int
start_eal(struct control *ctl)
{
	const struct wb_control_options *o = ctl->options;
	int r = eal_start(&ctl->eal, ctl->conf, o->n_eal, o->eal);

	if (ctl->eal.started)
		snprintf(ctl->runtime.eal_dir, sizeof(ctl->runtime.eal_dir), "%s",
			rte_eal_get_runtime_dir());
	ctl->ports.n_workers = ctl->eal.n_workers;
	return r;
}

static int
start_tunnels(struct control *ctl)
{
	budgets_start(&ctl->budgets);
	hub_follow_start(ctl);
	return tunnels_start(&ctl->tunnels);
}

static int
start(struct control *ctl)
{
	int r = wb_crypto_init();

	if (r < 0) {
		ctl_err("no cryptography: libsodium or the random source failed");
		return r;
	}
	guard_secrets();
	// what can be refused without touching the machine comes first
	ctl->sessions = ctl->tunnels.sessions =
		keyring_sessions(ctl->conf, &session_io, &ctl->tunnels);
	ctl->mailbox = mailbox_create();
	if (ctl->sessions == NULL || ctl->mailbox == NULL)
		return -EINVAL;
	if ((r = take_signals(ctl)) < 0 || (r = runtime_lock(&ctl->runtime)) < 0 ||
		(r = hold_udp_port(ctl)) < 0 || (r = ports_check(&ctl->ports)) < 0 ||
		(r = check_site(ctl)) < 0 || (r = start_eal(ctl)) < 0)
		return r;
	ctl->netlink = ctl->ports.netlink = netlink_open(&ctl->kernel);
	if (ctl->netlink == NULL)
		return -EIO;
	// the ports determine which interfaces are watched
	if ((r = ports_open(&ctl->ports)) < 0 || (r = netlink_read(ctl->netlink)) < 0)
		return r;
	if ((r = start_datapath(ctl)) < 0 || (r = ports_start_filters(&ctl->ports)) < 0 ||
		(r = egress_start(ctl->netlink, &ctl->ports.in, &ctl->edge)) < 0 ||
		(r = mirrors_start(&ctl->ports)) < 0 || (r = start_tunnels(ctl)) < 0)
		return r;
	netlink_read(ctl->netlink);
	ctl->started = control_now();
	ctl->quick_until = ctl->started + 3 * WB_SEC;
	if ((r = network_update(ctl, ctl->started)) < 0)
		return r;
	network_upkeep(ctl, ctl->started);
	edge_warn_forwarding(&ctl->edge, ctl->conf);
	sessions_start(ctl->sessions, ctl->started);
	telemetry_start(ctl);
	return 0;
}

static void
stop(struct control *ctl)
{
	telemetry_stop();
	hub_follow_stop(ctl);
	if (ctl->mailbox != NULL)
		mailbox_close(ctl->mailbox);
	if (ctl->dp != NULL) {
		budgets_stop(&ctl->budgets);
		tunnels_close(&ctl->tunnels);
		sessions_stop(ctl->sessions);
	}
	if (ctl->netlink != NULL)
		egress_stop(ctl->netlink, &ctl->ports.in, &ctl->edge);
	wb_dp_destroy(ctl->dp);
	wb_bpf_scheduler_free(ctl->tunnels.program);
	ports_close(&ctl->ports);
	netlink_close(ctl->netlink);
	sessions_destroy(ctl->sessions);
	kstate_free(&ctl->kernel);
	if (ctl->eal.started)
		rte_eal_cleanup();
	mailbox_destroy(ctl->mailbox); // after the EAL's telemetry thread has ended
	if (ctl->guard_fd >= 0)
		close(ctl->guard_fd);
	if (ctl->signal_fd >= 0)
		close(ctl->signal_fd);
	runtime_clean(&ctl->runtime);
}

static void
listen_for_ctl(struct control *ctl)
{
	const char *name = ctl->conf->control_group;
	const struct group *group = name[0] != 0 ? getgrnam(name) : NULL;
	char path[RUNTIME_PATH];

	if (name[0] != 0 && group == NULL)
		ctl_warn("control_group: there is no group \"%s\": `wanbond ctl` is root's alone",
			name);
	runtime_path(&ctl->runtime, "ctl", path);
	ctl->server = cli_server_open(ctl, path, group != NULL ? group->gr_gid : (gid_t)-1);
	if (ctl->server == NULL)
		ctl_warn("%s: %s: no `wanbond ctl`", path, strerror(errno));
}

// Gives each module the pointers to those that it uses.
static void
wire(struct control *ctl, const struct wb_config *c, const struct wb_control_options *options)
{
	ctl->conf = c;
	ctl->options = options;
	ctl->guard_fd = ctl->signal_fd = -1;
	ctl->runtime = (struct runtime){ .name = c->name, .lock_fd = -1 };
	ctl->ports.conf = ctl->ports.in.conf = c;
	ctl->ports.kernel = &ctl->kernel;
	ctl->ports.in.kernel = &ctl->kernel;
	ctl->tunnels.conf = c;
	ctl->tunnels.ports = &ctl->ports;
	for (unsigned i = 0; i < WB_DP_PORTS_MAX; i++)
		ctl->tunnels.wans[i].slot = -1;
	ctl->budgets.conf = c;
	ctl->budgets.tunnels = &ctl->tunnels;
}

int
wb_control_run(struct wb_config *c, const struct wb_control_options *options)
{
	struct control *ctl = calloc(1, sizeof(*ctl));
	char replaced[2048], *line, *state;
	int r;

	if (ctl == NULL)
		return 1;
	control_log_open();
	wb_control_replace_devices(c, replaced, sizeof(replaced));
	for (line = strtok_r(replaced, "\n", &state); line != NULL;
		line = strtok_r(NULL, "\n", &state))
		ctl_warn("%s", line);
	wire(ctl, c, options);
	ctl->terminal = isatty(STDIN_FILENO) != 0;
	kstate_init(&ctl->kernel, NEIGHBOURS_MAX);
	r = start(ctl);
	if (r == 0 && options->interactive) {
		ctl->cli = cli_create(ctl);
		r = ctl->cli == NULL ? -ENOMEM : 0;
	}
	if (r == 0) {
		ctl_info("%s \"%s\" runs (wanbond %s)", c->role == WB_CONFIG_HUB ? "hub" : "edge",
			c->name, WB_VERSION);
		listen_for_ctl(ctl);
		control_loop(ctl);
	}
	cli_server_close(ctl->server);
	cli_destroy(ctl->cli);
	stop(ctl);
	free(ctl);
	control_log_close();
	return r == 0 ? 0 : 1;
}
