#include "analyzer/explain/parts.h"
bool howto_tell(struct page *p, const char *platform, const char *local, const char *peer) { (void)p; (void)platform; (void)local; (void)peer; return false; }
void howto_list(struct page *p) { (void)p; }
