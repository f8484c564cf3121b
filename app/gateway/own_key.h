/* SPDX-License-Identifier: BSD-3-Clause */
// This end's own key where the other end's public key belongs.
#ifndef GATEWAY_OWN_KEY_H
#define GATEWAY_OWN_KEY_H

#include <stddef.h>

#include "wb_config.h"

// 0, or -EINVAL with err filled as by wb_config_load(): a mistake that otherwise shows only as a handshake
// that is never answered.
int own_key_check(const struct wb_config *c, char *err, size_t err_len);

#endif
