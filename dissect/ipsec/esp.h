/*
 * ipsec/esp.h - the cleartext heads of ESP (RFC 4303 2) and AH (RFC 4302 2).
 */
#ifndef DISSECT_IPSEC_ESP_H
#define DISSECT_IPSEC_ESP_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/base/cursor.h"

struct esp_header {
	uint32_t spi, sequence;
};
bool esp_parse(struct cursor *c, struct esp_header *ret);

struct ah_header {
	uint8_t next;       /* protocol behind it */
	uint32_t spi, sequence;
	struct bytes icv;
};
/* c stands behind the header and its integrity value afterwards. */
bool ah_parse(struct cursor *c, struct ah_header *ret);

#endif
