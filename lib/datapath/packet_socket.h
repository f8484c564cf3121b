/* SPDX-License-Identifier: BSD-3-Clause */
// Filters for packet sockets, so that the kernel does not copy frames that are not ours.
#ifndef WB_DATAPATH_PACKET_SOCKET_H
#define WB_DATAPATH_PACKET_SOCKET_H

#include <linux/filter.h>
#include <stdint.h>

#include "wb_datapath.h"

#define PACKET_SOCKET_PROGRAM 16 // instructions at most

// Writes the classic BPF program for a port of that use, for frames with Ethernet headers. Returns its length.
unsigned packet_socket_program(struct sock_filter *out, enum wb_dp_use use, uint16_t udp_port);
// Changes the program into one for packets without Ethernet headers.
void packet_socket_without_ethernet(struct sock_filter *code, unsigned n);
// Attaches the program to one socket. raw_ip: packets begin with the IP header. 0 or -errno.
int packet_socket_attach(int fd, enum wb_dp_use use, uint16_t udp_port, bool raw_ip);
// Attaches the program to all packet sockets of this process on the interface. Returns how many.
unsigned packet_socket_filter(unsigned ifindex, enum wb_dp_use use, uint16_t udp_port);

#endif
