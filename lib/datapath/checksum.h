/* SPDX-License-Identifier: BSD-3-Clause */
// Internet checksums beyond what rte_ip.h has. All values as they stand in memory.
#ifndef WB_DATAPATH_CHECKSUM_H
#define WB_DATAPATH_CHECKSUM_H

#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

static inline uint16_t
checksum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

// The checksum after a 16-bit word has changed (RFC 1624 eqn. 3).
static inline uint16_t
checksum_update(uint16_t checksum, uint16_t before, uint16_t after)
{
	return ~checksum_fold((uint16_t)~checksum + (uint32_t)(uint16_t)~before + after);
}

// Sum, not inverted, of the pseudo header (RFC 8200 8.1).
static inline uint16_t
checksum_pseudo_ipv6(const uint8_t *src, const uint8_t *dst, uint8_t proto, uint32_t len)
{
	uint32_t sum = rte_raw_cksum(src, 16);

	sum += rte_raw_cksum(dst, 16);
	sum += rte_cpu_to_be_16(len & 0xffff) + rte_cpu_to_be_16(len >> 16);
	sum += rte_cpu_to_be_16(proto);
	return checksum_fold(sum);
}

#endif
