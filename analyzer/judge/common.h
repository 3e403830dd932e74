/*
 * judge/common.h - one cause of several tunnels (method F.3): the same fault of the path, told once.
 */
#ifndef ANALYZER_JUDGE_COMMON_H
#define ANALYZER_JUDGE_COMMON_H

#include <jansson.h>
#include <stddef.h>

/*
 * A sentence, owned by the caller, when other tunnels show the fault of tunnel `worst` at the same time; else
 * NULL. judged: [{findings, verdict}], facts: of the same tunnels. Only what paths, translators and silent
 * ends do can have one cause; refused logins of two tunnels are two.
 */
json_t *common_cause(const json_t *judged, const json_t *facts, size_t worst);

#endif
