/*
 * Hostile bytes are handed over in a heap buffer of their exact size, so that the
 * sanitizer sees one octet too far.
 */
#ifndef TESTS_UNIT_TEST_IKE_TIGHT_H
#define TESTS_UNIT_TEST_IKE_TIGHT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/base/cursor.h"

static inline uint8_t *tight_copy(const void *from, size_t len)
{
	uint8_t *tight = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(tight);
	memcpy(tight, from, len);
	return tight;
}

/* A struct of the test that a parser must not have touched. */
static inline bool is_filled(const void *at, size_t len, uint8_t with)
{
	const uint8_t *octets = at;

	for (size_t i = 0; i < len; i++)
		if (octets[i] != with)
			return false;
	return true;
}

/*
 * parse(c, &ret) must refuse the first 0 to need - 1 octets of good with the
 * fault that says why, leave ret alone, and take need octets.
 */
#define ASSERT_NEEDS(parse, type, good, need)                                               \
	do {                                                                                \
		for (size_t n_ = 0; n_ <= (need); n_++) {                                   \
			for (int cut_ = 0; cut_ < 2; cut_++) {                              \
				uint8_t *tight_ = tight_copy(good, n_);                     \
				struct cursor c_ = cur_over(tight_, n_, cut_);              \
				type ret_;                                                  \
				memset(&ret_, 0xa5, sizeof ret_);                           \
				ck_assert_msg(parse(&c_, &ret_) == (n_ == (need)),          \
					      "%s of %zu", #parse, n_);                     \
				if (n_ < (need)) {                                          \
					ck_assert(is_filled(&ret_, sizeof ret_, 0xa5));     \
					ck_assert_int_eq(c_.fault,                          \
							 cut_ ? FAULT_CUT : FAULT_SHORT);   \
				}                                                           \
				free(tight_);                                               \
			}                                                                   \
		}                                                                           \
	} while (0)

#endif
