/* SPDX-License-Identifier: BSD-3-Clause */
// Classifies inner packets by the configuration's rules and their DSCP.
#ifndef WB_DATAPATH_CLASSIFY_H
#define WB_DATAPATH_CLASSIFY_H

#include "inner.h"
#include "wb_datapath.h"

// Returns the class by the first of n rules that fits, else by the DSCP (wb_class_of_dscp()). Sets *set to false if
// neither decides: then lib/bond goes by the flow's behaviour.
enum wb_class classify(
	const struct wb_dp_rule *rules, unsigned n, const struct inner *in, bool *set);

#endif
