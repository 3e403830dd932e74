/*
 * net/pairs.h - pairs of hosts or of sockets of which one thing is remembered: that they were here.
 *
 * Both directions are one pair. A full table forgets the pair that was quiet longest.
 */
#ifndef DISSECT_NET_PAIRS_H
#define DISSECT_NET_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "dissect/net/packet.h"

struct pairs;
struct pairs *pairs_new(size_t limit, bool with_ports);
void pairs_free(struct pairs *take);

void pairs_add(struct pairs *pairs, const struct packet *p);
bool pairs_has(const struct pairs *pairs, const struct packet *p);

#endif
