/* SPDX-License-Identifier: BSD-3-Clause */
// A filter on the packet sockets of net_af_packet: what is not ours is not even copied.
#ifndef WB_DATAPATH_PACKET_SOCKET_H
#define WB_DATAPATH_PACKET_SOCKET_H

#include <linux/filter.h>
#include <stdint.h>

#include "wb_datapath.h"

#define PACKET_SOCKET_PROGRAM 16 // instructions at most

// Classic BPF for a port of that use, over a frame from its Ethernet header on. Returns its length.
unsigned packet_socket_program(struct sock_filter *out, enum wb_dp_use use, uint16_t udp_port);
// Makes it one over a packet from its IP header on.
void packet_socket_without_ethernet(struct sock_filter *code, unsigned n);
// Puts it on one socket. 0 or -errno.
// raw_ip: what it hands up begins with the IP header.
int packet_socket_attach(int fd, enum wb_dp_use use, uint16_t udp_port, bool raw_ip);
// Puts it on all packet sockets of this process that are bound to the interface. Returns how many.
unsigned packet_socket_filter(unsigned ifindex, enum wb_dp_use use, uint16_t udp_port);

#endif
