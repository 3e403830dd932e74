#include "analyzer/cli/cli.h"
int explain(int argc, char **argv) { (void)argc; (void)argv; return 0; }
