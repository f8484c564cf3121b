/* SPDX-License-Identifier: BSD-3-Clause */
// The class that the configuration's rules, or else its DSCP, give an inner packet.
#ifndef WB_DATAPATH_CLASSIFY_H
#define WB_DATAPATH_CLASSIFY_H

#include "inner.h"
#include "wb_datapath.h"

// The first of n rules that fits decides, then the DSCP (wb_class_of_dscp()). *set false: neither says
// anything, lib/bond is to go by the flow's behaviour.
enum wb_class classify(
	const struct wb_dp_rule *rules, unsigned n, const struct inner *in, bool *set);

#endif
