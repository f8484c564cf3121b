// SPDX-License-Identifier: BSD-3-Clause
// Asks the kernel's netdev family (Documentation/netlink/specs/netdev.yaml), whose header Debian 12 lacks.
#include "xdp_features.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CMD_DEV_GET 1
#define A_IFINDEX 1
#define A_XDP_FEATURES 3
#define ACT_BASIC (1u << 0)
#define ACT_REDIRECT (1u << 1)

struct answer {
	uint16_t wanted; // attribute
	uint64_t value;
	bool found;
};

static int
read_attribute(const struct nlattr *a, void *arg)
{
	struct answer *answer = arg;

	if (mnl_attr_get_type(a) != answer->wanted)
		return MNL_CB_OK;
	if (mnl_attr_get_payload_len(a) >= sizeof(uint64_t))
		answer->value = mnl_attr_get_u64(a);
	else if (mnl_attr_get_payload_len(a) >= sizeof(uint16_t))
		answer->value = mnl_attr_get_u16(a);
	answer->found = true;
	return MNL_CB_OK;
}

static int
read_answer(const struct nlmsghdr *nlh, void *arg)
{
	return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), read_attribute, arg);
}

static struct nlmsghdr *
request(char *buf, uint16_t type, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = (uint32_t)time(NULL);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static int
ask(struct mnl_socket *nl, const struct nlmsghdr *nlh, struct answer *answer)
{
	char buf[8192];
	ssize_t n;
	int r = MNL_CB_OK;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (r > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		r = n < 0 ? -1 : mnl_cb_run(buf, (size_t)n, nlh->nlmsg_seq, 0, read_answer, answer);
		if (r < 0)
			return -errno;
	}
	return answer->found ? 0 : -ENOENT;
}

int
xdp_features(unsigned ifindex)
{
	struct answer family = { .wanted = CTRL_ATTR_FAMILY_ID },
		      features = { .wanted = A_XDP_FEATURES };
	struct mnl_socket *nl = mnl_socket_open(NETLINK_GENERIC);
	char buf[256];
	struct nlmsghdr *nlh;
	int r;

	if (nl == NULL)
		return -errno;
	r = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (r == 0) {
		nlh = request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, "netdev");
		r = ask(nl, nlh, &family);
	}
	if (r == 0) {
		nlh = request(buf, (uint16_t)family.value, CMD_DEV_GET);
		mnl_attr_put_u32(nlh, A_IFINDEX, ifindex);
		r = ask(nl, nlh, &features);
	}
	mnl_socket_close(nl);
	if (r < 0)
		return r;
	return (features.value & (ACT_BASIC | ACT_REDIRECT)) == (ACT_BASIC | ACT_REDIRECT);
}
