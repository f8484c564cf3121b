// SPDX-License-Identifier: BSD-3-Clause
// Lets the handshake driver use the datapath, the clock and the log.
#include "session_io.h"

#include <time.h>

#include "log.h"
#include "tunnels.h"
#include "wb_key.h"

static int
send_datagram(void *ctx, const struct wb_addr *to, const void *data, size_t len)
{
	const struct tunnels *t = ctx;

	return wb_dp_send(t->dp, to, data, len);
}

static int
say_inside(void *ctx, unsigned tunnel, const void *data, size_t len)
{
	const struct tunnels *t = ctx;

	return wb_dp_tunnel_say(t->dp, tunnel, data, len);
}

static int
install_keys(void *ctx, unsigned tunnel, const struct wb_dp_keys *keys)
{
	const struct tunnels *t = ctx;

	return wb_dp_keys_install(t->dp, tunnel, keys);
}

static void
retire_keys(void *ctx, unsigned tunnel)
{
	const struct tunnels *t = ctx;

	wb_dp_keys_retire(t->dp, tunnel);
}

static void
clear_keys(void *ctx, unsigned tunnel)
{
	const struct tunnels *t = ctx;

	wb_dp_keys_clear(t->dp, tunnel);
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

const struct session_ops session_io = {
	.send = send_datagram,
	.say = say_inside,
	.install = install_keys,
	.retire = retire_keys,
	.clear = clear_keys,
	.stamp = stamp,
	.random = random_bytes,
	.tell = tell,
};
