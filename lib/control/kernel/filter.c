// SPDX-License-Identifier: BSD-3-Clause
// Attaches the programs of drivers-cfg/xdp to interfaces, and fills their maps.
#include "filter.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "wanbond_filter.h"

// Identifies our filter among those of an interface.
#define TC_HANDLE 0x77
#define TC_PRIORITY 2

int
filter_path(const char *name, char *path, size_t len)
{
	static const char *const places[] = { "", "../lib/wanbond/", "../../drivers-cfg/xdp/",
		"../../config/schedulers/" };
	char self[1024];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return -ENOENT;
	self[n] = 0;
	slash = strrchr(self, '/');
	if (slash == NULL)
		return -ENOENT;
	slash[1] = 0;
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int w = snprintf(path, len, "%s%s%s.bpf.o", self, places[i], name);

		if (w > 0 && (size_t)w < len && access(path, R_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

// Returns a descriptor of the program's map of that name, or -1.
static int
map_of(int prog_fd, const char *name)
{
	uint32_t ids[16];
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	info.nr_map_ids = sizeof(ids) / sizeof(ids[0]);
	info.map_ids = (uint64_t)(uintptr_t)ids;
	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len) < 0)
		return -1;
	for (uint32_t i = 0; i < info.nr_map_ids && i < 16; i++) {
		struct bpf_map_info map = { 0 };
		int fd = bpf_map_get_fd_by_id(ids[i]);

		len = sizeof(map);
		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &map, &len) == 0 && strcmp(map.name, name) == 0)
			return fd;
		close(fd);
	}
	return -1;
}

static bool
is_ours(int prog_fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(prog_fd, &info, &len) == 0 &&
	       strncmp(info.name, "wanbond_", 8) == 0;
}

// Returns whether the process is a wanbond. Its number may have been reused, and a zombie runs no program.
static bool
runs(pid_t pid)
{
	char path[32], exe[1024];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = 0;
	return strstr(exe, "wanbond") != NULL;
}

// Reads what the process that loaded a program wrote into its map. All zeroes: nothing yet.
static struct wanbond_filter_conf
conf_of(int prog_fd)
{
	struct wanbond_filter_conf conf = { 0 };
	int fd = map_of(prog_fd, "wb_conf");
	uint32_t zero = 0;

	if (fd < 0)
		return conf;
	if (bpf_map_lookup_elem(fd, &zero, &conf) < 0)
		memset(&conf, 0, sizeof(conf));
	close(fd);
	return conf;
}

// Returns the number of another living process that owns the program, or 0.
static bool
owned(const struct wanbond_filter_conf *conf)
{
	return conf->owner != 0 && (pid_t)conf->owner != getpid() && runs((pid_t)conf->owner);
}

// Returns a descriptor of the program on the interface's XDP hook or of our tc filter. -ENOENT: there is none.
static int
attached(int ifindex, enum filter_kind kind)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);
	uint32_t id = 0;

	if (kind == FILTER_XDP) {
		if (bpf_xdp_query_id(ifindex, 0, &id) < 0)
			return -ENOENT;
	} else if (bpf_tc_query(&hook, &opts) == 0) {
		id = opts.prog_id;
	}
	return id == 0 ? -ENOENT : bpf_prog_get_fd_by_id(id);
}

static int
detach(int ifindex, enum filter_kind kind)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);

	if (kind == FILTER_XDP)
		return bpf_xdp_detach(ifindex, 0, NULL);
	return bpf_tc_detach(&hook, &opts);
}

// Removes the clsact qdisc if it was made for us.
static void
remove_hook(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		.attach_point = (enum bpf_tc_attach_point)(BPF_TC_INGRESS | BPF_TC_EGRESS));

	bpf_tc_hook_destroy(&hook);
}

static int
quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[256];

	// libbpf logs an existing qdisc as an error ("Exclusivity flag on")
	if (level == LIBBPF_WARN && vsnprintf(line, sizeof(line), format, args) > 0)
		ctl_debug("%.*s", (int)strcspn(line, "\n"), line);
	return 0;
}

static int
remove_stale(const char *port, const char *ifname, int ifindex, enum filter_kind kind)
{
	int fd = attached(ifindex, kind), r;
	struct wanbond_filter_conf conf;
	bool ours;

	if (fd < 0)
		return 0;
	conf = conf_of(fd);
	ours = is_ours(fd);
	close(fd);
	if (!ours) {
		ctl_err("port %s: interface %s carries an XDP program that is not wanbond's "
			"(see: ip link show %s)",
			port, ifname, ifname);
		return -EBUSY;
	}
	if (owned(&conf)) {
		ctl_err("port %s: interface %s is in use by another wanbond (pid %d)", port, ifname,
			(int)conf.owner);
		return -EBUSY;
	}
	ctl_info("port %s: removing the filter that an earlier run left on %s", port, ifname);
	r = detach(ifindex, kind);
	if (kind == FILTER_TC && conf.made_hook)
		remove_hook(ifindex);
	return r;
}

int
filter_remove_stale(const char *port, const char *ifname, enum filter_kind kind)
{
	int ifindex = (int)if_nametoindex(ifname);
	int r;

	libbpf_set_print(quiet);
	if (ifindex == 0 || kind == FILTER_NONE)
		return 0;
	// the configuration may name another driver since
	r = remove_stale(port, ifname, ifindex, FILTER_TC);
	if (r == 0 && kind == FILTER_XDP)
		r = remove_stale(port, ifname, ifindex, FILTER_XDP);
	return r;
}

static int
attach_tc(struct filter *f, const char *port)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = f->ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = TC_HANDLE, .priority = TC_PRIORITY);
	struct bpf_object *object;
	struct bpf_program *program;
	char path[1024];
	int r = filter_path("wanbond_tc", path, sizeof(path));

	if (r < 0) {
		ctl_err("port %s: wanbond_tc.bpf.o not found beside the program", port);
		return r;
	}
	object = bpf_object__open_file(path, NULL);
	if (object == NULL)
		return -errno;
	r = bpf_object__load(object);
	program = bpf_object__find_program_by_name(object, "wanbond_tc");
	if (r < 0 || program == NULL)
		goto out;
	r = bpf_tc_hook_create(&hook);
	f->made_hook = r == 0;
	if (r < 0 && r != -EEXIST)
		goto out;
	opts.prog_fd = bpf_program__fd(program);
	r = bpf_tc_attach(&hook, &opts);
out:
	bpf_object__close(
		object); // the attached filter keeps the program, and the program its maps
	return r;
}

// Opens the maps of a program.
static const struct {
	const char *name;
	size_t fd;
} maps[] = {
	{ "wb_conf", offsetof(struct filter, conf_fd) },
	{ "wb_local4", offsetof(struct filter, local4_fd) },
	{ "wb_local6", offsetof(struct filter, local6_fd) },
	{ "wb_route4", offsetof(struct filter, route4_fd) },
	{ "wb_route6", offsetof(struct filter, route6_fd) },
};
#define MAPS (sizeof(maps) / sizeof(maps[0]))

static int *
map_fd(struct filter *f, unsigned i)
{
	return (int *)((char *)f + maps[i].fd);
}

int
filter_open(struct filter *f, const char *port)
{
	int fd, r = 0;
	bool all = true;

	for (unsigned i = 0; i < MAPS; i++)
		*map_fd(f, i) = -1;
	f->ifindex = (int)if_nametoindex(f->ifname);
	if (f->ifindex == 0)
		return -ENODEV;
	if (f->kind == FILTER_TC)
		r = attach_tc(f, port);
	fd = r < 0 ? r : attached(f->ifindex, f->kind);
	for (unsigned i = 0; fd >= 0 && i < MAPS; i++) {
		*map_fd(f, i) = map_of(fd, maps[i].name);
		all &= *map_fd(f, i) >= 0;
	}
	if (fd >= 0)
		close(fd);
	if (fd < 0 || !all) {
		ctl_err("port %s: filter on %s: %s", port, f->ifname,
			fd < 0 ? strerror(-fd) : "the program there lacks wanbond's maps");
		return fd < 0 ? fd : -EINVAL;
	}
	return 0;
}

void
filter_close(struct filter *f)
{
	int fd;

	if (f->kind == FILTER_NONE || f->ifindex == 0)
		return;
	fd = attached(f->ifindex, f->kind);
	// the af_xdp driver may have taken its program off already
	if (fd >= 0 && is_ours(fd))
		detach(f->ifindex, f->kind);
	if (fd >= 0)
		close(fd);
	if (f->made_hook)
		remove_hook(f->ifindex);
	for (unsigned i = 0; i < MAPS; i++)
		if (*map_fd(f, i) >= 0)
			close(*map_fd(f, i));
	f->ifindex = 0;
}

// Makes the map hold exactly the local addresses of a family. It adds before it removes, so none is missing
// in between.
static int
set_locals(int fd, const struct kstate *k, uint8_t family)
{
	const struct k_addr *a = k->addrs.items;
	size_t len = family == 4 ? 4 : 16;
	uint8_t key[16], keep[16], *last = NULL, one = 1;

	for (size_t i = 0; i < k->addrs.n; i++)
		if (a[i].family == family && bpf_map_update_elem(fd, a[i].ip, &one, BPF_ANY) < 0)
			return -errno;
	while (bpf_map_get_next_key(fd, last, key) == 0) {
		bool known = false;

		for (size_t i = 0; i < k->addrs.n && !known; i++)
			known = a[i].family == family && memcmp(a[i].ip, key, len) == 0;
		if (known) {
			memcpy(keep, key, len);
			last = keep;
		} else if (bpf_map_delete_elem(fd, key) < 0) {
			return -errno;
		}
	}
	return 0;
}

static size_t
key_len(uint8_t family)
{
	return family == 4 ? sizeof(struct wanbond_filter_key4)
			   : sizeof(struct wanbond_filter_key6);
}

static int
compare4(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct wanbond_filter_key4));
}

static int
compare6(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct wanbond_filter_key6));
}

// Writes a route's destination as a key of the programs' maps.
static struct wanbond_filter_key6
route_key(const struct wb_dp_route *r)
{
	struct wanbond_filter_key6 key = { .len = r->prefix.len };

	memcpy(key.ip, r->prefix.ip, sizeof(key.ip));
	return key;
}

// Returns the sorted keys of a family's routes. NULL: no memory.
static uint8_t *
sorted_keys(const struct wb_dp_snapshot *s, uint8_t family, size_t *n)
{
	size_t len = key_len(family);
	uint8_t *keys = malloc((s->n_routes + 1) * len);

	*n = 0;
	for (unsigned i = 0; keys != NULL && i < s->n_routes; i++) {
		struct wanbond_filter_key6 k = route_key(&s->routes[i]);

		if (s->routes[i].prefix.family == family)
			memcpy(keys + len * (*n)++, &k, len);
	}
	if (*n > 0)
		qsort(keys, *n, len, family == 4 ? compare4 : compare6);
	return keys;
}

static int
add_routes(int fd, const struct wb_dp_snapshot *s, uint8_t family)
{
	// backward, as the workers take the first of several routes to one destination
	for (unsigned i = s->n_routes; i-- > 0;) {
		struct wanbond_filter_key6 k = route_key(&s->routes[i]);
		uint8_t to = s->routes[i].to == WB_DP_TO_TUNNEL ? WANBOND_FILTER_TUNNEL
								: WANBOND_FILTER_KERNEL;

		if (s->routes[i].prefix.family == family &&
			bpf_map_update_elem(fd, &k, &to, BPF_ANY) < 0)
			return -errno;
	}
	return 0;
}

// Makes the map hold exactly the snapshot's routes of a family. It adds before it removes.
static int
set_routes(int fd, const struct wb_dp_snapshot *s, uint8_t family)
{
	uint8_t key[sizeof(struct wanbond_filter_key6)], keep[sizeof(key)], *last = NULL;
	int r = add_routes(fd, s, family);
	size_t len = key_len(family), n;
	uint8_t *keys = sorted_keys(s, family, &n);

	if (keys == NULL)
		return -ENOMEM;
	while (r == 0 && bpf_map_get_next_key(fd, last, key) == 0) {
		if (bsearch(key, keys, n, len, family == 4 ? compare4 : compare6) != NULL) {
			memcpy(keep, key, len);
			last = keep;
		} else if (bpf_map_delete_elem(fd, key) < 0) {
			r = -errno;
		}
	}
	free(keys);
	return r;
}

int
filter_set(
	struct filter *f, const struct kstate *k, const struct wb_dp_snapshot *s, uint16_t udp_port)
{
	const struct k_link *l = kstate_link_index(k, f->ifindex);
	struct wanbond_filter_conf conf = {
		.use = f->trunk ? WANBOND_FILTER_TRUNK
		       : f->wan ? WANBOND_FILTER_WAN
				: WANBOND_FILTER_LAN,
		.owner = (uint32_t)getpid(),
		.udp_port = htons(udp_port),
		.made_hook = f->made_hook,
		.raw_ip = l != NULL && l->raw_ip,
	};
	uint32_t zero = 0;
	int r;

	if (l == NULL) // gone with its program
		return 0;
	memcpy(conf.mac, l->mac, sizeof(conf.mac));
	memcpy(conf.vlans, f->vlans, sizeof(conf.vlans));
	r = set_locals(f->local4_fd, k, 4);
	if (r == 0)
		r = set_locals(f->local6_fd, k, 6);
	if (r == 0 && s != NULL && !f->wan && !f->trunk)
		r = set_routes(f->route4_fd, s, 4);
	if (r == 0 && s != NULL && !f->wan && !f->trunk)
		r = set_routes(f->route6_fd, s, 6);
	// last: without the addresses a LAN's program would take packets for this machine
	if (r == 0 && bpf_map_update_elem(f->conf_fd, &zero, &conf, BPF_ANY) < 0)
		r = -errno;
	return r;
}
