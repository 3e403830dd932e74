/*
 * base/address_search.h - the IPv4 address behind a SHA-1 of 16 octets, the address and a port.
 *
 * NAT detection of IKE hashes SPIs, address and port (RFC 7296 2.23): what is private is few enough to try.
 * Four addresses at a time; about ten million a second.
 */
#ifndef DISSECT_BASE_ADDRESS_SEARCH_H
#define DISSECT_BASE_ADDRESS_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

struct address_riddle {
	uint8_t front[16];
	uint16_t port;
	uint8_t digest[20];
};

/* Tries `count` addresses from `first` on, in host byte order; *ret is written when one fits. */
bool address_search(const struct address_riddle *r, uint32_t first, uint32_t count, uint32_t *ret);

#endif
