// SPDX-License-Identifier: BSD-3-Clause
#include "control.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

#include "cli.h"
#include "cli_server.h"
#include "eal_args.h"
#include "log.h"
#include "mailbox.h"
#include "netlink.h"
#include "numa_place.h"
#include "site.h"
#include "telemetry.h"
#include "wb_bpf.h"
#include "wb_key.h"
#include "wb_secret.h"

#define NEIGHBOURS_MAX 4096

wb_ns_t
control_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t); // as the workers': it goes on in suspend
	return (wb_ns_t)t.tv_sec * WB_SEC + (wb_ns_t)t.tv_nsec;
}

static int
send_datagram(void *ctx, const struct wb_addr *to, const void *data, size_t len)
{
	struct control *ctl = ctx;

	return wb_dp_send(ctl->dp, to, data, len);
}

static int
say_inside(void *ctx, unsigned tunnel, const void *data, size_t len)
{
	struct control *ctl = ctx;

	return wb_dp_tunnel_say(ctl->dp, tunnel, data, len);
}

static int
install_keys(void *ctx, unsigned tunnel, const struct wb_dp_keys *keys)
{
	struct control *ctl = ctx;

	return wb_dp_keys_install(ctl->dp, tunnel, keys);
}

static void
retire_keys(void *ctx, unsigned tunnel)
{
	struct control *ctl = ctx;

	wb_dp_keys_retire(ctl->dp, tunnel);
}

static void
clear_keys(void *ctx, unsigned tunnel)
{
	struct control *ctl = ctx;

	wb_dp_keys_clear(ctl->dp, tunnel);
}

static uint64_t
stamp(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * WB_SEC + (uint64_t)t.tv_nsec;
}

static void
random_bytes(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	wb_random_bytes(buf, len);
}

static void
tell(void *ctx, bool warning, const char *sentence)
{
	(void)ctx;
	control_log(warning ? RTE_LOG_WARNING : RTE_LOG_NOTICE, "%s", sentence);
}

static const struct session_ops session_ops = {
	.send = send_datagram,
	.say = say_inside,
	.install = install_keys,
	.retire = retire_keys,
	.clear = clear_keys,
	.stamp = stamp,
	.random = random_bytes,
	.tell = tell,
};

// Before the EAL makes threads, so that they inherit it: signals come by descriptor only.
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

// The user gave the lcores himself: all but the first work, or those that "workers" names.
static int
choose_workers(struct control *ctl)
{
	const struct wb_config *c = ctl->conf;
	unsigned id;

	for (unsigned i = 0; i < c->n_workers; i++) {
		if (!rte_lcore_is_enabled(c->workers[i]) || c->workers[i] == rte_get_main_lcore()) {
			ctl_err("workers: %u is not a worker lcore of the EAL arguments",
				c->workers[i]);
			return -EINVAL;
		}
		ctl->workers[ctl->n_workers++] = c->workers[i];
	}
	if (c->n_workers != 0)
		return 0;
	RTE_LCORE_FOREACH_WORKER (id)
		if (ctl->n_workers < WB_CONFIG_WORKERS)
			ctl->workers[ctl->n_workers++] = id;
	if (ctl->n_workers == 0) {
		ctl_err("the EAL arguments leave no worker lcore: give at least two (-l 0,1, or "
			"--lcores 0@0,1@0 on one CPU)");
		return -EINVAL;
	}
	return 0;
}

static void
tell_eal_failed(const struct eal_args *args)
{
	const char *why = rte_strerror(rte_errno);
	char line[384];
	size_t n = 0;

	line[0] = 0;
	for (int i = 1; i < args->argc && n < sizeof(line); i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, " %s", args->argv[i]);
	wb_config_hide_keys(line);
	ctl_err("DPDK's EAL does not start: %s; it was given:%s", why, line);
}

// What would otherwise be a number in a message of DPDK's.
static int
check_site(const struct control *ctl)
{
	char err[4096];
	int r = site_check_start(ctl->conf, err, sizeof(err));

	if (r < 0)
		control_log_lines(RTE_LOG_ERR, err);
	return r;
}

static int
start_eal(struct control *ctl)
{
	struct eal_args *args = calloc(1, sizeof(*args));
	struct machine machine;
	char why[256];
	int r;

	if (args == NULL)
		return -ENOMEM;
	runtime_environment();
	machine_read(&machine, "/sys");
	numa_place(ctl->conf, &machine);
	r = eal_args_build(ctl->conf, &machine, memory_need(ctl->conf), ctl->options->n_eal,
		ctl->options->eal, args, why, sizeof(why));
	if (r < 0) {
		ctl_err("%s", why);
	} else {
		r = rte_eal_init(args->argc, args->argv) < 0 ? -rte_errno : 0;
		if (r < 0)
			tell_eal_failed(args);
	}
	if (r == 0) {
		ctl->eal = true;
		ctl->huge = args->huge;
		snprintf(ctl->runtime_dir, sizeof(ctl->runtime_dir), "%s",
			rte_eal_get_runtime_dir());
		memcpy(ctl->workers, args->workers, sizeof(ctl->workers));
		ctl->n_workers = args->n_workers;
		if (ctl->n_workers == 0)
			r = choose_workers(ctl);
	}
	free(args);
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
		.workers = ctl->workers,
		.n_workers = ctl->n_workers,
		.ports = ports,
		.n_ports = ctl->n_ports,
		.public_key = sessions_public_key(ctl->sessions),
	};

	for (unsigned i = 0; i < ctl->n_ports; i++) {
		snprintf(ports[i].name, sizeof(ports[i].name), "%s", ctl->ports[i].name);
		ports[i].use = ctl->in.ports[i].use;
		ports[i].ethdev = ctl->ports[i].ethdev;
		ports[i].kport = ctl->ports[i].kport;
		ports[i].kernel_owned = ctl->in.ports[i].kernel_if[0] != 0 &&
					!ctl->in.ports[i].peer && !ctl->ports[i].mirrored;
		ports[i].mirrors = ctl->ports[i].mirrors;
	}
	fill_rules(ctl->conf, rules);
	numa_check(ctl->conf, ctl->workers, ctl->n_workers);
	ctl->dp = wb_dp_create(&conf);
	if (ctl->dp != NULL)
		return 0;
	if (ctl->conf->memory_mib != 0)
		ctl_err("the datapath does not start with \"memory\": %u (it takes %u MiB unless "
			"told otherwise)",
			ctl->conf->memory_mib, memory_need(ctl->conf));
	return -EIO;
}

static int
start_filters(struct control *ctl)
{
	for (unsigned i = 0; i < ctl->n_ports; i++) {
		struct control_port *p = &ctl->ports[i];
		int r = p->filter.kind == FILTER_NONE || !p->opened
				? 0
				: filter_open(&p->filter, p->name);

		if (r < 0)
			return r;
	}
	return 0;
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
start(struct control *ctl)
{
	int r = wb_crypto_init();

	if (r < 0) {
		ctl_err("no cryptography: libsodium or the random source failed");
		return r;
	}
	guard_secrets();
	// what can be refused without touching the machine comes first
	ctl->sessions = keyring_sessions(ctl, &session_ops);
	ctl->mailbox = mailbox_create();
	if (ctl->sessions == NULL || ctl->mailbox == NULL)
		return -EINVAL;
	if ((r = take_signals(ctl)) < 0 || (r = runtime_lock(ctl)) < 0 ||
		(r = guard_open(ctl)) < 0 || (r = control_ports_check(ctl)) < 0 ||
		(r = check_site(ctl)) < 0 || (r = start_eal(ctl)) < 0)
		return r;
	ctl->netlink = netlink_open(&ctl->kernel);
	if (ctl->netlink == NULL)
		return -EIO;
	// the ports say what interfaces are to be watched
	if ((r = control_ports_open(ctl)) < 0 || (r = netlink_read(ctl->netlink)) < 0)
		return r;
	if ((r = start_datapath(ctl)) < 0 || (r = start_filters(ctl)) < 0 ||
		(r = egress_start(ctl)) < 0 || (r = mirrors_start(ctl)) < 0 ||
		(r = tunnels_start(ctl, control_now())) < 0)
		return r;
	netlink_read(ctl->netlink);
	ctl->started = control_now();
	ctl->quick_until = ctl->started + 3 * WB_SEC;
	if ((r = network_update(ctl, ctl->started)) < 0)
		return r;
	network_upkeep(ctl, ctl->started);
	edge_warn_forwarding(ctl);
	sessions_start(ctl->sessions, ctl->started);
	telemetry_start(ctl);
	return 0;
}

static void
stop(struct control *ctl)
{
	telemetry_stop();
	if (ctl->mailbox != NULL)
		mailbox_close(ctl->mailbox);
	if (ctl->dp != NULL) {
		budgets_stop(ctl);
		tunnels_close(ctl);
		sessions_stop(ctl->sessions);
	}
	if (ctl->netlink != NULL)
		egress_stop(ctl);
	wb_dp_destroy(ctl->dp);
	wb_bpf_scheduler_free(ctl->program);
	control_ports_close(ctl);
	netlink_close(ctl->netlink);
	sessions_destroy(ctl->sessions);
	kstate_free(&ctl->kernel);
	if (ctl->eal)
		rte_eal_cleanup();
	mailbox_destroy(ctl->mailbox); // after the EAL's telemetry thread
	if (ctl->guard_fd >= 0)
		close(ctl->guard_fd);
	if (ctl->signal_fd >= 0)
		close(ctl->signal_fd);
	runtime_clean(ctl);
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
	ctl->conf = c;
	ctl->options = options;
	ctl->terminal = isatty(STDIN_FILENO) != 0;
	ctl->guard_fd = ctl->lock_fd = ctl->signal_fd = -1;
	ctl->in.conf = c;
	ctl->in.kernel = &ctl->kernel;
	kstate_init(&ctl->kernel, NEIGHBOURS_MAX);
	r = start(ctl);
	if (r == 0 && options->interactive) {
		ctl->cli = cli_create(ctl);
		r = ctl->cli == NULL ? -ENOMEM : 0;
	}
	if (r == 0) {
		ctl_info("%s \"%s\" runs (wanbond %s)", c->role == WB_CONFIG_HUB ? "hub" : "edge",
			c->name, WB_VERSION);
		runtime_listen(ctl);
		control_loop(ctl);
	}
	cli_server_close(ctl->server);
	cli_destroy(ctl->cli);
	stop(ctl);
	free(ctl);
	control_log_close();
	return r == 0 ? 0 : 1;
}
