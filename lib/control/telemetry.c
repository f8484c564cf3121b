// SPDX-License-Identifier: BSD-3-Clause
#include "telemetry.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <rte_telemetry.h>

#include "control.h"
#include "mailbox.h"

// A registration: telemetry's callbacks of 22.11 get no context.
static _Atomic(struct control *) registered;

struct request {
	struct control *ctl;
	struct rte_tel_data *d;
	const char *params;
	int (*build)(struct control *ctl, const char *params, struct rte_tel_data *d);
	int result;
};

static void
serve(void *arg)
{
	struct request *r = arg;

	r->result = r->build(r->ctl, r->params, r->d);
}

static int
ask(int (*build)(struct control *ctl, const char *params, struct rte_tel_data *d),
	const char *params, struct rte_tel_data *d)
{
	struct request r = {
		.ctl = atomic_load(&registered),
		.d = d,
		.params = params,
		.build = build,
	};
	int result = r.ctl != NULL ? mailbox_call(r.ctl->mailbox, serve, &r) : -ESHUTDOWN;

	return result < 0 ? result : r.result;
}

static int
build_info(struct control *ctl, const char *params, struct rte_tel_data *d)
{
	(void)params;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "version", WB_VERSION);
	rte_tel_data_add_dict_string(d, "name", ctl->conf->name);
	rte_tel_data_add_dict_string(d, "role", ctl->conf->role == WB_CONFIG_EDGE ? "edge" : "hub");
	return 0;
}

static int
on_info(const char *cmd, const char *params, struct rte_tel_data *d)
{
	(void)cmd;
	return ask(build_info, params, d);
}

void
telemetry_start(struct control *ctl)
{
	atomic_store(&registered, ctl);
	rte_telemetry_register_cmd("/wanbond/info", on_info, "What runs here. No parameters");
}

void
telemetry_stop(void)
{
	atomic_store(&registered, NULL);
}
