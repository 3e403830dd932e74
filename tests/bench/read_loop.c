/* usage: read_loop FILE - the same with dissect/capture alone. */
#include <stdio.h>

#include "dissect/capture/capture.h"

int main(int argc, char **argv)
{
	struct capture *c = argc == 2 ? capture_open(argv[1], NULL, NULL) : NULL;
	struct frame f;

	if (!c) {
		fprintf(stderr, "usage: read_loop FILE\n");
		return 2;
	}
	while (capture_next(c, &f))
		;
	printf("%llu\n", (unsigned long long)capture_info(c)->frames);
	capture_close(c);
	return 0;
}
