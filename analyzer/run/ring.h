/*
 * run/ring.h - which files are pieces of one recording.
 *
 * A recorder that rotates writes files whose times follow on each other and
 * which show the same hosts. Two ends, or two days, are not one recording.
 */
#ifndef ANALYZER_RUN_RING_H
#define ANALYZER_RUN_RING_H

#include <jansson.h>
#include <stddef.h>

/* {first_ns, last_ns, pairs [[address, address]]} of a document of facts; without times when it has no frame. */
json_t *ring_key(const json_t *facts);

/*
 * keys: of one file each, NULL for a file that cannot be read. ret_order: the files so that pieces of a ring stand together in order
 * of time, rings in order of their first file on the command line.
 * ret_ring[file]: the same number for the files of one ring.
 */
void ring_sort(json_t *const *keys, size_t n, size_t *ret_order, size_t *ret_ring);

#endif
