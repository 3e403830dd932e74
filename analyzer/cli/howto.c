/*
 * ikescope howto [PLATFORM] [--local A] [--peer B]: how to make a good capture.
 */
#include <stdio.h>

#include "analyzer/cli/cli.h"
#include "analyzer/explain/explain.h"

enum { WIDTH = 80 };

static int tell(const struct options *o)
{
	struct page p = { .f = stdout, .columns = WIDTH, .utf8 = locale_is_utf8() || o->language_given };
	char locals[ADDR_TEXT], peers[ADDR_TEXT];
	const char *local = o->run.locals_len ? addr_text(&o->run.locals[0], locals) : NULL;
	const char *peer = o->run.peer ? addr_text(o->run.peer, peers) : NULL;

	if (!o->files_len) {
		howto_list(&p, local, peer);
	} else if (!howto_tell(&p, o->files[0], local, peer)) {
		complain(o->files[0], "is no platform known here: ikescope howto lists them");
		return EXIT_USAGE;
	}
	return p.failed ? EXIT_INTERNAL : EXIT_WELL;
}

int howto(int argc, char **argv)
{
	int code = EXIT_USAGE;
	struct options o;

	if (options_parse(&o, argc, argv))
		code = o.files_len > 1 ? usage_of("howto") : tell(&o);
	options_clear(&o);
	return code;
}
