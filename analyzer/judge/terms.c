#include "analyzer/judge/terms.h"

#include <stddef.h>
#include <string.h>

const char *const step_words[] = { "capture", "reachability", "negotiation", "authentication",
				   "data",    "lifecycle",    NULL };
const char *const severity_words[] = { "info", "low", "medium", "high", "critical", NULL };
const char *const confidence_words[] = { "possible", "likely", "confirmed", NULL };
const char *const culprit_words[] = { "local",   "peer", "path",    "nat", "both",
				      "capture", "none", "unknown", NULL };
const char *const scope_words[] = { "tunnel", "capture", "ends", NULL }; /* in the order of enum scope */

int term(const char *const *words, const char *word)
{
	for (int i = 0; word && words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}
