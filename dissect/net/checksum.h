/*
 * net/checksum.h - the Internet checksum (RFC 1071), summed piece by piece.
 *
 * Every piece but the last has an even length. Bytes over which the sender put
 * his checksum, that field included, sum up to 0xffff.
 */
#ifndef DISSECT_NET_CHECKSUM_H
#define DISSECT_NET_CHECKSUM_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/bytes.h"

uint64_t sum_add(uint64_t sum, struct bytes b);
bool sum_is_good(uint64_t sum);

#endif
