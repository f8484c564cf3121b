/* SPDX-License-Identifier: BSD-3-Clause */
// One end of a tunnel for the fuzzers: each packet handed in leaves once, no deadline is left in the
// past (the caller would spin), what it sends is within its limits.
#ifndef TESTS_FUZZ_END_H
#define TESTS_FUZZ_END_H

#include "fuzz.h"
#include "wb_tunnel.h"
#include "wb_wire.h"

#define END_FEATURES (WB_FEATURE_FRAGMENT | WB_FEATURE_FEC | WB_FEATURE_REKEY | WB_FEATURE_HOLD)

struct wb_tunnel *end_open(enum wb_role role, wb_ns_t now);
// Every packet must have left then.
void end_close(struct wb_tunnel *t);
// A packet that the tunnel may own.
struct wb_pkt *end_pkt(void);
typedef void end_sent(void *ctx, const struct wb_tx *tx);
// The caller's loop up to `until`. sent: called for each datagram, or NULL.
void end_run(struct wb_tunnel *t, wb_ns_t *now, wb_ns_t until, end_sent *sent_one, void *ctx);

#endif
