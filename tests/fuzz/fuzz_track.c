/*
 * fuzz_track.c - the whole program in one process: frames become messages, facts, findings, a
 * model, and both views of it.
 *
 * The first octet chooses the link type, the second limits of the tracker and the shape of the
 * text; then frames as in frames.h, a unit of time is a quarter of a second.
 */
#include "analyzer/judge/judge.h"
#include "analyzer/report/report.h"
#include "analyzer/track/track.h"
#include "tests/fuzz/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct judge *judge;
static FILE *nowhere;

static void once(void)
{
	struct judge_error error;

	judge = judge ? judge : judge_new(NULL, &error);
	nowhere = nowhere ? nowhere : fopen("/dev/null", "w");
	if (!judge || !nowhere)
		abort();
}

static json_t *facts_of(struct cursor *c, uint16_t link, uint8_t shape)
{
	struct track_options o = { .max_tunnels = shape & 3, .max_attempts = shape & 3,
				   .filtered = shape & 4 };
	struct track *t = track_new(&o);
	struct dissector *d = dissector_new(
		&(struct dissect_options){ .saw = track_message, .ctx = t, .max_trains = shape & 3 });
	struct frame f = { .link = link };
	json_t *facts;

	while (next_frame(c, 250000000, &f)) {
		track_frame(t, 0, &f);
		dissector_frame(d, &f);
		free((void *)(uintptr_t)f.at);
	}
	dissector_end(d);
	dissector_free(d);
	track_source_end(t, 0, &(struct track_source){ .file = "a", .format = "pcap" });
	facts = track_facts(t);
	track_free(t);
	return facts;
}

static void show(const json_t *model, uint8_t shape)
{
	struct text_options o = { .columns = shape & 8 ? 40 : 100, .utf8 = shape & 16,
				  .color = shape & 32, .verbose = shape & 64, .command = "a" };

	if (!report_text(nowhere, model, &o) || !report_json(nowhere, model))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_options o = { .version = "0", .rules_hash = "0" };
	struct cursor c = cur_over(data, size, false);
	uint16_t link = link_of(cur_u8(&c));
	uint8_t shape = cur_u8(&c);
	json_t *facts, *findings, *model;

	once();
	facts = facts_of(&c, link, shape);
	if (!facts)
		abort();
	findings = judge_run(judge, facts, json_integer_value(json_object_get(facts, "start_ns")));
	if (json_array_size(json_object_get(findings, "troubles")))
		abort(); /* a rule failed on facts that can be */
	model = report_model(facts, findings, &o);
	if (!model)
		abort();
	show(model, shape);
	json_decref(model);
	json_decref(findings);
	json_decref(facts);
	return 0;
}
