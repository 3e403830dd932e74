/*
 * fuzz_x509.c - a certificate, and a distinguished name, as a peer may have sent them.
 */
#include <stdlib.h>
#include <string.h>

#include "dissect/base/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* It ends within its room, and nothing in it moves a cursor. */
static void check(const char *text, size_t room)
{
	size_t len = strnlen(text, room);

	if (len == room)
		abort();
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			abort();
}

static void check_all(const struct x509 *c)
{
	if (c->names_len > X509_NAMES || c->names_total < c->names_len || c->purposes_len > X509_PURPOSES ||
	    c->urls_len > X509_URLS)
		abort();
	check(c->subject, sizeof c->subject);
	check(c->issuer, sizeof c->issuer);
	check(c->serial, sizeof c->serial);
	for (uint32_t i = 0; i < c->names_len; i++)
		check(c->names[i].text, sizeof c->names[i].text);
	for (uint32_t i = 0; i < c->purposes_len; i++)
		check(c->purposes[i], sizeof c->purposes[i]);
	for (uint32_t i = 0; i < c->urls_len; i++)
		check(c->urls[i], sizeof c->urls[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[X509_TEXT_LEN];
	struct x509 c;

	if (x509_parse((struct bytes){ data, size }, &c))
		check_all(&c);
	if (x509_name_parse((struct bytes){ data, size }, name))
		check(name, sizeof name);
	return 0;
}
