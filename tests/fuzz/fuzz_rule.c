/*
 * fuzz_rule.c - text that claims to be a rule: loaded, held against lint, and asked about a tunnel.
 * It is the only one there is: those that are built in would cost a thousand times as much.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/judge/builtin.h"
#include "analyzer/judge/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct builtin builtin_rules[] = { { "", "", 0 } };
const size_t builtin_rules_len = 0;

static char dir[] = "/tmp/ikescope-rules-XXXXXX", path[sizeof dir + 16];

static void clean(void)
{
	remove(path);
	rmdir(dir);
}

static void write_rule(const uint8_t *data, size_t size)
{
	FILE *f;

	if (!*path) {
		if (!mkdtemp(dir))
			abort();
		snprintf(path, sizeof path, "%s/rule.lua", dir);
		atexit(clean);
	}
	f = fopen(path, "w");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
}

static json_t *facts_new(void)
{
	static const char text[] =
		"{\"start_ns\":0,\"captures\":[{\"file\":\"a\"}],\"capture\":{\"frames\":3,\"packets\":3,"
		"\"sees\":{\"icmp\":\"yes\"},\"frag_blind\":\"no\"},\"tunnels\":[{\"id\":\"T1\",\"ends\":"
		"{\"a\":\"192.0.2.1\",\"b\":\"203.0.113.9\"},\"both_ways\":true,\"span\":{\"first\":0,"
		"\"last\":9},\"refused\":[{\"name\":\"NO_PROPOSAL_CHOSEN\",\"from\":\"b\",\"to\":\"a\","
		"\"frames\":[2],\"exchange\":\"IKE_SA_INIT\"}],\"attempts\":[{\"n\":1,\"exchanges\":[]}]}]}";

	return json_loads(text, 0, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *dirs[] = { dir, NULL };
	struct judge_error error;
	struct judge *j;
	json_t *facts;

	write_rule(data, size);
	j = judge_new(dirs, &error);
	if (!j)
		return 0;
	facts = facts_new();
	json_decref(judge_lint(j));
	json_decref(judge_run(j, facts, 0));
	json_decref(facts);
	judge_free(j);
	return 0;
}
