/*
 * base/mem.h - the one place that asks for heap.
 *
 * Nothing here returns NULL: hostile growth is stopped by counted limits long
 * before memory ends; a machine that is out of memory all the same ends the
 * process with exit code 75 and one line on stderr.
 */
#ifndef DISSECT_BASE_MEM_H
#define DISSECT_BASE_MEM_H

#include <stddef.h>

void *mem_zero(size_t n);                       /* n bytes, all zero; free with mem_free */
void *mem_copy(const void *from, size_t n);
char *mem_string(const char *from);
void *mem_resize(void *take_old, size_t n);     /* like realloc; new bytes are not cleared */
void mem_free(void *take);

/*
 * Makes room for one more element in an array that doubles: the pointer at
 * items_at, its count and its capacity are updated in place, the new element is
 * zero and returned.
 */
void *mem_grow(void *items_at, size_t *count, size_t *capacity, size_t item_len);

#define MEM_PUSH(array, count, capacity) \
	mem_grow(&(array), &(count), &(capacity), sizeof *(array))

#endif
