/* SPDX-License-Identifier: BSD-3-Clause */
// Where a path's datagrams come from and go to. lib/bond only compares and stores it.
#ifndef WB_ADDR_H
#define WB_ADDR_H

#include <stdint.h>

struct wb_addr {
	uint8_t ip[16];    // network order; IPv4 in the first 4 bytes, the rest 0
	uint16_t udp_port; // host order
	uint8_t family;    // 4 or 6; 0: none
	uint8_t reserved;  // 0
	uint32_t port;     // datapath port (wb_config order) it was heard on
	// Own IPv4 address that it sends to, where a port may have several: answers come from there. All 0: the
	// port's source address.
	uint8_t local[4];
};

#endif
