#include "analyzer/cli/cli.h"
int howto(int argc, char **argv) { (void)argc; (void)argv; return 0; }
