/*
 * Models against analyzer/report/report.schema.json, by as much of JSON Schema as that file uses.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/report.h"
#include "tests/support/schema.h"
#include "tests/support/json.h"

static const char *const facts_text =
	"{'start_ns': 1795326685010435000, 'limits': ['flows', 'icmp'], 'captures': [{'file': 'a.pcap', 'format': 'pcap',"
	" 'link_types': ['EN10MB'], 'frames': 9, 'bytes': 900, 'first_ns': 1795326685010435000,"
	" 'last_ns': 1795326725010435000, 'snaplen': 96, 'cut_frames': 2, 'damaged_after': 9, 'notes': ['damaged'],"
	" 'counts': {'frames': 9, 'ike_messages': 4, 'ike_exchanges': {'34': 2}, 'ike_notifies': {'14': 1},"
	" 'ike_initiator_spis': 1, 'ike_fragments': 0, 'nat_keepalives': 0, 'esp_packets': 2, 'esp_spis': 1,"
	" 'ah_packets': 0, 'ah_spis': 0, 'ip_fragments': 0, 'icmp_errors': 1, 'capped': []}}],"
	"'capture': {'ipsec_packets': 4, 'frag_blind': 'suspected', 'cut': {'count': 2}, 'drops': {'count': 7},"
	" 'damaged': {'count': 1}, 'one_direction': {'packets': 9}, 'sees': {'icmp': 'no'}},"
	"'tunnels': [{'id': 'T1', 'ends': {'a': '198.51.100.10', 'b': '2001:db8::1', 'ports_a': [500, 4500],"
	" 'ports_b': [4500], 'moved_b': '192.0.2.7'}, 'vantage': {'side': 'b', 'local': '2001:db8::1', 'why': 'ttl'},"
	" 'span': {'first': 0, 'last': 40, 'capture_end': 40}, 'versions': [1, 2], 'messages_total': 6,"
	" 'nat': {'proof': 'destination', 'behind': 'a', 'frames': [3]},"
	" 'established': {'count': 1, 'first': 0.5, 'last': 0.5, 'frames': [5]},"
	" 'data': {'a': {'packets': 2}, 'b': {'packets': 0}}, 'pmtu': {'a': {'largest': 1400}, 'b': {'largest': 300}},"
	" 'fragments': {'a': {'trains': 1, 'whole': 1}, 'b': {'trains': 0, 'whole': 0}}, 'attempts_total': 1,"
	" 'flows': [{'spi': '0x00c0ffee', 'protocol': 'ESP', 'encapsulation': 'UDP', 'packets': 2, 'bytes': 200,"
	"  'first': 1.5, 'last': 2, 'from': 'a', 'to': 'b', 'first_frame': 7, 'last_frame': 8, 'seq_first': 1, 'seq_last': 3,"
	"  'lost': 1, 'duplicates': 0, 'reordered': 0, 'largest': 120}],"
	" 'icmp': [{'family': 4, 'type': 3, 'code': 13, 'name': 'admin_prohibited', 'source': '192.0.2.1', 'to': '198.51.100.10',"
	"  'count': 1, 'ttl': 254, 'mtu': 0, 'protocol': 'ike', 'quoted_from': 'a', 'quoted_len': 300, 'matched': true,"
	"  'frames': [9], 'first': 3, 'last': 3}],"
	" 'progress': {'reachability': {'state': 'ok', 'what': 'answered'}, 'negotiation': {'state': 'ok', 'what': 'phase1_agreed'},"
	"  'authentication': {'state': 'ok', 'what': 'established'}, 'data': {'state': 'cannot_tell', 'what': 'one_way'}},"
	" 'attempts': [{'n': 1, 'version': 1, 'mode': 'main', 'spi_i': '0011223344556677', 'spi_r': '8899aabbccddeeff',"
	"  'initiator': 'a', 'responder': 'b', 'first': 0, 'last': 40, 'from_start': false, 'stage': 'established',"
	"  'established': 'inferred', 'child': 'up', 'chosen': '3DES/SHA1/MODP-1024', 'suite': {'encr': 3}, 'offered': ['3DES'],"
	"  'nat_t': {'a': true, 'b': false}, 'vendors': {'a': [{'name': 'XAUTH', 'product': false}], 'b': []},"
	"  'notices': [{'name': 'NO-PROPOSAL-CHOSEN', 'number': 14, 'kind': 'error', 'at': 0.2, 'from': 'b', 'frame': 4, 'count': 1}],"
	"  'deleted': {'at': 39, 'by': 'a', 'frames': [6]}, 'exchanges_total': 2, 'exchanges': ["
	"  {'type': 'MAIN_1', 'message_id': 0, 'from': 'a', 'to': 'b', 'sends': 2, 'frames': [3, 5], 'first': 0, 'last': 0.1,"
	"   'bytes': 300, 'ip_bytes': 328, 'pieces': 1, 'expects_answer': true, 'answered': true, 'refused': 'NO-PROPOSAL-CHOSEN',"
	"   'answer': {'sends': 1, 'frames': [4], 'bytes': 100, 'ip_bytes': 128, 'pieces': 2, 'first': 0.2, 'last': 0.2}},"
	"  {'type': 'INFORMATIONAL_V1', 'message_id': 9, 'from': 'b', 'to': 'a', 'sends': 0, 'frames': [6],"
	"   'expects_answer': false, 'answered': false}]}],"
	" 'messages': [{'at': 0, 'frame': 3, 'kind': 'ike', 'label': 'MAIN_1', 'bytes': 300, 'ip_bytes': 328, 'pieces': 1,"
	"   'pieces_seen': 1, 'from': 'a', 'to': 'b', 'role': 'request', 'exchange': 1, 'attempt': 1},"
	"  {'at': 0.1, 'frame': 5, 'kind': 'ike', 'label': 'MAIN_1', 'ip_bytes': 328, 'pieces': 1, 'pieces_seen': 1,"
	"   'from': 'a', 'to': 'b', 'role': 'request', 'exchange': 1, 'attempt': 1, 'resend': true},"
	"  {'at': 0.2, 'frame': 4, 'kind': 'ike', 'label': 'MAIN_1', 'ip_bytes': 128, 'pieces': 1, 'pieces_seen': 1,"
	"   'from': 'b', 'to': 'a', 'role': 'answer', 'exchange': 1, 'attempt': 1},"
	"  {'at': 3, 'frame': 9, 'kind': 'icmp', 'label': 'ICMP 3/13', 'ip_bytes': 56, 'from': 'b', 'to': 'a'}]}]}";

static const char *const finding_text =
	"{'id': 'ike1.no_proposal', 'step': 'negotiation', 'severity': 'critical', 'confidence': 'confirmed', 'culprit': 'both',"
	" 'title': 'Refused', 'text': 'The peer refuses.', 'why': 'no proposal', 'args': {'frame': [0, 4]}, 'explains': [],"
	" 'references': [], 'score': 4.0, 'advice': {'now': ['Compare.']}, 'evidence': {'frames': [[0, 4]]}}";

static json_t *model_with(bool with_tunnel)
{
	json_t *facts = parsed(facts_text), *finding = parsed(finding_text), *model, *findings;
	struct report_options o = { .version = "0.1.0", .rules_hash = "00", .filtered = true };
	json_t *verdict = parsed(
		"{'id': 'ike1.no_proposal', 'title': 'Refused', 'sentence': 'The peer refuses.', 'finding': 0,"
		" 'confidence': 'confirmed', 'culprit': 'both', 'step': 'negotiation', 'severity': 'critical'}");

	if (!with_tunnel)
		json_object_set_new(facts, "tunnels", json_array());
	findings = json_pack("{s:[O],s:[{s:[O],s:O}],s:O,s:[{s:s,s:s}]}", "capture", finding,
			     "tunnels", "findings", finding, "verdict", verdict, "verdict", verdict,
			     "troubles", "rule", "x.y", "text", "failed");
	ck_assert_ptr_nonnull(findings);
	model = report_model(facts, findings, &o);
	json_decref(facts);
	json_decref(finding);
	json_decref(findings);
	json_decref(verdict);
	return model;
}

START_TEST(a_model_holds_to_the_schema)
{
	json_t *model = model_with(_i);

	load_schema("report");
	ck_assert_msg(holds(model, schema, "report"), "%s", wrong);
	json_decref(model);
	json_decref(schema);
}
END_TEST

static void remove_id(json_t *model)
{
	json_object_del(json_array_get(json_object_get(model, "tunnels"), 0), "id");
}

static void add_unknown(json_t *model)
{
	json_object_set_new(json_object_get(model, "verdict"), "unknown", json_true());
}

static void break_state(json_t *model)
{
	json_t *t = json_array_get(json_object_get(model, "tunnels"), 0);

	json_object_set_new(json_object_get(json_object_get(t, "steps"), "data"), "state",
			    json_string("green"));
}

static void break_frame(json_t *model)
{
	json_t *f = json_array_get(json_object_get(model, "findings"), 0);
	json_t *frames = json_object_get(json_object_get(f, "evidence"), "frames");

	json_array_set_new(json_array_get(frames, 0), 1, json_integer(0));
}

static void (*const spoil[])(json_t *) = { remove_id, add_unknown, break_state, break_frame };

START_TEST(the_schema_refuses_a_model_that_was_spoilt)
{
	json_t *model = model_with(true);

	load_schema("report");
	spoil[_i](model);
	ck_assert(!holds(model, schema, "report"));
	json_decref(model);
	json_decref(schema);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report schema");
	TCase *t = tcase_create("schema");
	SRunner *r;
	int failed;

	setenv("TZ", "UTC", 1);
	tcase_add_loop_test(t, a_model_holds_to_the_schema, 0, 2);
	tcase_add_loop_test(t, the_schema_refuses_a_model_that_was_spoilt, 0,
			    sizeof spoil / sizeof *spoil);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
