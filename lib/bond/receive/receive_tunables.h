/* SPDX-License-Identifier: BSD-3-Clause */
// The numbers that somebody chose for order on receipt. How long gaps stay open is in tunnel_tunables.h.
// In brackets: what homes get otherwise when the number is halved or doubled (docs/performance.md, Constants: the mean, and
// the homes that lose and gain most); where nothing stands there, that was not played.
#ifndef WB_BOND_RECEIVE_TUNABLES_H
#define WB_BOND_RECEIVE_TUNABLES_H

#include "wb_time.h"

// ---- order (reorder.c)

// Longest wait for slow paths before what is missing counts as lost: what is on a path that is
// slower still is sent elsewhere.
#define REORDER_WAIT (200 * WB_MS)
// Time between two looks whether a gap can still be filled, if nothing of the flow comes.
#define LOOK_EVERY (10 * WB_MS)

#endif
