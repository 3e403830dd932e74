#include "dissect/net/addr.h"

#include <arpa/inet.h>

const char *addr_text(const struct addr *a, char ret[ADDR_TEXT])
{
	int family = a->family == 4 ? AF_INET : AF_INET6;

	if ((a->family != 4 && a->family != 6) || !inet_ntop(family, a->at, ret, ADDR_TEXT))
		memcpy(ret, "?", 2);
	return ret;
}

bool addr_parse(const char *text, struct addr *ret)
{
	struct addr a = { .family = 4 };

	if (inet_pton(AF_INET, text, a.at) != 1) {
		a = (struct addr){ .family = 6 };
		if (inet_pton(AF_INET6, text, a.at) != 1)
			return false;
	}
	*ret = a;
	return true;
}
