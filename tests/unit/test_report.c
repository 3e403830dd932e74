#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/page.h"
#include "analyzer/report/report.h"
#include "tests/support/json.h"

#define A4 "198.51.100.10"
#define B4 "203.0.113.10"
#define A6 "2001:db8:aaaa:bbbb:cccc:dddd:eeee:f001"
#define B6 "2001:db8:1111:2222:3333:4444:5555:6002"

static const struct report_options plain = { .version = "0.1.0", .rules_hash = "0123456789abcdef" };

static json_t *row(double at, int frame, const char *from, const char *label, int exchange,
		   bool request)
{
	return json_pack("{s:f,s:i,s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:s,s:s,s:b,s:b,s:i,s:i}", "at", at,
			 "frame", frame, "kind", "ike", "label", label, "from", from, "bytes", 300,
			 "ip_bytes", 328, "pieces", 1, "pieces_seen", 1, "to",
			 *from == 'a' ? "b" : "a", "role", request ? "request" : "answer", "resend",
			 0, "lost", 0, "exchange", exchange, "attempt", 1);
}

static void set(json_t *o, const char *key, json_t *take)
{
	ck_assert_int_eq(json_object_set_new(o, key, take), 0);
}

/* IKE_SA_INIT is answered. IKE_AUTH, asked 5 times, is so in two fragments: one never comes. */
static json_t *tunnel_facts(const char *id, const char *a, const char *b)
{
	json_t *t = parsed(
		"{'ends': {'ports_a': [500], 'ports_b': [500]}, 'span': {'first': 0, 'last': 30, 'capture_end': 40},"
		"'versions': [2], 'both_ways': true, 'messages_total': 12, 'attempts_total': 1,"
		"'fragments': {'a': {'trains': 0, 'whole': 0}, 'b': {'trains': 5, 'whole': 0, 'first_only': 5}},"
		"'data': {'a': {'packets': 0}, 'b': {'packets': 0}}, 'pmtu': {'a': {'largest': 492}, 'b': {'largest': 1396}},"
		"'progress': {'reachability': {'state': 'ok', 'what': 'answered'},"
		" 'negotiation': {'state': 'ok', 'what': 'init_agreed'},"
		" 'authentication': {'state': 'cannot_tell', 'what': 'unfinished'},"
		" 'data': {'state': 'not_reached', 'what': 'none'}},"
		"'attempts': [{'n': 1, 'version': 2, 'mode': 'ikev2', 'spi_i': '0011223344556677',"
		" 'spi_r': '8899aabbccddeeff', 'initiator': 'a', 'responder': 'b', 'first': 0, 'last': 30,"
		" 'from_start': true, 'stage': 'authenticating', 'child': 'unknown',"
		" 'chosen': 'AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP-2048', 'offered': ['AES_CBC-256'],"
		" 'nat_t': {'a': true, 'b': true}, 'notices': [], 'exchanges_total': 2,"
		" 'vendors': {'a': [], 'b': [{'name': 'strongSwan', 'product': true}]},"
		" 'exchanges': ["
		"  {'type': 'IKE_SA_INIT', 'version': 2, 'message_id': 0, 'attempt': 1, 'from': 'a', 'to': 'b', 'sends': 1,"
		"   'frames': [3], 'first': 0, 'last': 0, 'bytes': 464, 'ip_bytes': 492, 'pieces': 1, 'complete': true,"
		"   'expects_answer': true, 'answered': true,"
		"   'answer': {'sends': 1, 'frames': [4], 'first': 0.01, 'last': 0.01, 'bytes': 472, 'ip_bytes': 500, 'pieces': 1}},"
		"  {'type': 'IKE_AUTH', 'version': 2, 'message_id': 1, 'attempt': 1, 'from': 'a', 'to': 'b', 'sends': 5,"
		"   'frames': [5, 7, 9, 11, 13], 'first': 0.02, 'last': 26, 'bytes': 300, 'ip_bytes': 328, 'pieces': 1,"
		"   'encrypted': true, 'expects_answer': true, 'answered': false, 'quiet': true,"
		"   'partial_answer': {'trains': 5, 'frames': [6, 8, 10, 12, 14], 'first': 0.03, 'last': 26.1}}]}]}");
	json_t *rows = json_array(), *ends = json_object_get(t, "ends");

	set(t, "id", json_string(id));
	set(ends, "a", json_string(a));
	set(ends, "b", json_string(b));
	set(t, "vantage", json_pack("{s:s,s:s,s:s}", "side", "a", "local", a, "why", "ttl"));
	json_array_append_new(rows, row(0, 3, "a", "IKE_SA_INIT", 1, true));
	json_array_append_new(rows, row(0.01, 4, "b", "IKE_SA_INIT", 1, false));
	for (int i = 0; i < 5; i++) {
		json_t *lost = row(0.03 + i * 6, 6 + 2 * i, "b", "IKE_AUTH", 2, false);

		json_array_append_new(rows, row(0.02 + i * 6, 5 + 2 * i, "a", "IKE_AUTH", 2, true));
		set(lost, "lost", json_true());
		set(lost, "pieces", json_integer(2));
		json_array_append_new(rows, lost);
	}
	set(t, "messages", rows);
	return t;
}

static json_t *facts_of(size_t n, const char *a, const char *b)
{
	json_t *facts = parsed(
		"{'start_ns': 1795326685010435000, 'captures': [{'file': 'a.pcap', 'format': 'pcap',"
		" 'link_types': ['EN10MB'], 'frames': 40, 'bytes': 9000, 'first_ns': 1795326685010435000,"
		" 'last_ns': 1795326725010435000, 'snaplen': 262144, 'cut_frames': 0, 'notes': [],"
		" 'counts': {'frames': 40, 'ike_messages': 14, 'ike_exchanges': {'34': 2, '35': 10},"
		" 'ike_notifies': {}, 'ike_initiator_spis': 1, 'ike_fragments': 0, 'nat_keepalives': 0, 'esp_packets': 0,"
		" 'esp_spis': 0, 'ah_packets': 0, 'ah_spis': 0, 'ip_fragments': 5, 'icmp_errors': 0, 'capped': []}}],"
		"'capture': {'frames': 40, 'ike_messages': 14, 'ipsec_packets': 14, 'frag_blind': 'no',"
		" 'sees': {'both_ways': 'yes', 'icmp': 'yes', 'frags': 'yes', 'esp': 'unknown', 'p4500': 'unknown'}},"
		"'limits': []}");
	json_t *tunnels = json_array();

	for (size_t i = 0; i < n; i++) {
		char id[24];

		snprintf(id, sizeof id, "T%zu", i + 1);
		json_array_append_new(tunnels, tunnel_facts(id, a, b));
	}
	set(facts, "tunnels", tunnels);
	if (!n)
		set(json_object_get(facts, "capture"), "ipsec_packets", json_integer(0));
	return facts;
}

static json_t *fault_findings(void)
{
	return parsed(
		"[{'id': 'path.frag.non_first_missing', 'step': 'reachability', 'severity': 'critical',"
		" 'confidence': 'confirmed', 'culprit': 'path', 'title': 'Only the first fragment arrives',"
		" 'text': 'The path discards every fragment after the first. All small packets arrive.',"
		" 'why': 'later fragments are lost', 'args': {}, 'explains': ['ike.auth.no_reply'],"
		" 'references': ['RFC 8900 6.3'], 'advice': {'now': ['Send the provider the text below.',"
		" 'Switch on IKE fragmentation.'], 'verify': ['Connect again.'], 'isp': 'Please permit fragments.',"
		" 'admin': ['ASA: show fragment']}, 'evidence': {'frames': [[0, 6], [0, 8], [0, 9999], [7, 1]]}},"
		"{'id': 'ike.auth.no_reply', 'step': 'authentication', 'severity': 'high', 'confidence': 'likely',"
		" 'culprit': 'unknown', 'title': 'The login is never answered', 'text': 'No answer to IKE_AUTH.',"
		" 'why': 'asked 5 times', 'args': {}, 'explains': [], 'references': [], 'advice': {},"
		" 'explained_by': 'path.frag.non_first_missing', 'evidence': {'frames': [[0, 5]]}}]");
}

static json_t *verdict_of(const char *id, const char *confidence, const char *culprit, int finding)
{
	json_t *v = json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "id", id, "title",
		"Only the first fragment arrives", "sentence",
		"The path discards every fragment after the first. All small packets arrive.",
		"step", "reachability", "confidence", confidence, "culprit", culprit, "severity",
		"critical");

	if (finding >= 0)
		set(v, "finding", json_integer(finding));
	return v;
}

static json_t *faults(size_t n)
{
	json_t *tunnels = json_array(),
	       *verdict = verdict_of("path.frag.non_first_missing", "confirmed", "path", 0);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(tunnels, json_pack("{s:o,s:o}", "findings", fault_findings(),
							 "verdict",
							 verdict_of("path.frag.non_first_missing",
								    "confirmed", "path", 0)));
	set(verdict, "tunnel", json_integer(0));
	return json_pack("{s:[],s:o,s:o,s:[]}", "capture", "tunnels", tunnels, "verdict", verdict,
			 "troubles");
}

static json_t *calm(size_t n, const char *id)
{
	json_t *tunnels = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(tunnels, json_pack("{s:[],s:o}", "findings", "verdict",
							 verdict_of(id, "confirmed", "none", -1)));
	return json_pack("{s:[],s:o,s:o,s:[]}", "capture", "tunnels", tunnels, "verdict",
			 verdict_of(id, "confirmed", "none", -1), "troubles");
}

static json_t *model_of(json_t *take_facts, json_t *take_findings, const struct report_options *o)
{
	json_t *model = report_model(take_facts, take_findings, o);

	json_decref(take_facts);
	json_decref(take_findings);
	ck_assert_ptr_nonnull(model);
	return model;
}

static json_t *fault_model(const char *a, const char *b, const struct report_options *o)
{
	return model_of(facts_of(1, a, b), faults(1), o);
}

static char *shown(const json_t *model, const struct text_options *o)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert(o ? report_text(f, model, o) : report_json(f, model));
	fclose(f);
	return text;
}

static char *shown_at(const json_t *model, unsigned columns, bool utf8, bool verbose)
{
	struct text_options o = {
		.columns = columns, .utf8 = utf8, .verbose = verbose, .command = "a.pcap"
	};

	return shown(model, &o);
}

/* A capture file, an identity and a name that try to take over the terminal. */
static json_t *hostile_model(void)
{
	static const struct report_name names[] = {
		{ A6,
		  "Zweigstelle \xe5\x88\x86\xe6\x94\xaf\xe6\x9c\xba\xe6\x9e\x84 with a very long name \x1b[2J\x07 that goes on" },
		{ B6, "broken \xff\xfe utf-8 \xe2\x80\xae"
		      "evil" },
	};
	struct report_options o = {
		.version = "0.1.0", .rules_hash = "00", .names = names, .names_len = 2
	};
	json_t *facts = facts_of(3, A6, B6), *findings = faults(3), *f;
	json_t *capture = json_array_get(json_object_get(facts, "captures"), 0);
	static const char evil[] =
		"evil \x1b]0;owned\x07 \x7f \xc2\x9b"
		"31m \xe2\x80\xae"
		"drowssap \xe2\x80\x8b "
		"averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryvery"
		"longwordwithoutanyblankinitthatneverendsuntilitdoes \r\n\t";

	set(capture, "file", json_string(evil));
	for (size_t i = 0; i < 2; i++) {
		f = json_array_get(
			json_object_get(json_array_get(json_object_get(findings, "tunnels"), 0),
					"findings"),
			i);
		set(f, "title", json_string(evil));
		set(f, "text", json_string(evil));
		set(f, "why", json_string(evil));
		set(json_object_get(f, "evidence"), "filter", json_string(evil));
		set(f, "advice",
		    json_pack("{s:[s,s],s:[s],s:s,s:[s]}", "now", evil, evil, "verify", evil, "isp",
			      evil, "admin", evil));
	}
	return model_of(facts, findings, &o);
}

static void assert_before(const char *text, const char *first, const char *then)
{
	const char *a = strstr(text, first), *b = strstr(text, then);

	ck_assert_msg(a != NULL, "no \"%s\" in:\n%s", first, text);
	ck_assert_msg(b != NULL, "no \"%s\" in:\n%s", then, text);
	ck_assert_msg(a < b, "\"%s\" does not stand before \"%s\" in:\n%s", first, then, text);
}

START_TEST(parts_stand_in_the_order_that_a_reader_needs)
{
	static const char *const parts[] = {
		"ikescope  a.pcap, at 198.51.100.10",
		"[X] FAULT, confirmed",
		"The path discards every fragment",
		"Who must act  the provider",
		"Failing since 05:51:25.040 UTC, never worked",
		"Evidence      #6, #8",
		"Do now    1. Send",
		"          2. Switch on",
		"Verify    Connect again.",
		"[X] Reachability ------- [+] Negotiation -------- [>] Authentication . .   [ ] Data",
		"broken",
		"later fragments",
		"seconds",
		"IKE_SA_INIT",
		"the rest of its fragments, missing",
		"4 resends, +6.00 +6.00 +6.00 +6.00 s, same loss",
		"What to ask the provider",
		"Please permit fragments.",
		"Other findings",
		"[>] The login is never answered",
		"What this capture cannot show",
		"2 findings, ",
	};
	json_t *model = fault_model(A4, B4, &plain);
	char *text = shown_at(model, 100, false, false);

	for (size_t i = 0; i + 1 < sizeof parts / sizeof *parts; i++)
		assert_before(text, parts[i], parts[i + 1]);
	ck_assert_ptr_null(strstr(text, "Environment"));
	free(text);
	json_decref(model);
}
END_TEST

START_TEST(verbose_adds_checks_commands_and_environment)
{
	json_t *model = fault_model(A4, B4, &plain);
	char *text = shown_at(model, 100, false, true);

	assert_before(text, "Findings", "ASA: show fragment");
	assert_before(text, "RFC 8900 6.3", "Checked and fine");
	assert_before(text, "Checked and fine", "Environment");
	assert_before(text, "Environment", "rules 0123456789ab, offline");
	free(text);
	json_decref(model);
}
END_TEST

static size_t widest(const char *text)
{
	size_t most = 0;
	char line[8192];

	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		size_t len = strcspn(at, "\n");

		ck_assert_uint_lt(len, sizeof line);
		memcpy(line, at, len);
		line[len] = '\0';
		most = cells(line) > most ? cells(line) : most;
	}
	return most;
}

START_TEST(no_line_is_wider_than_the_terminal)
{
	static const unsigned columns[] = { 40, 50, 60, 71, 72, 73, 80, 83, 84, 90, 99, 100 };
	json_t *models[] = { fault_model(A4, B4, &plain), fault_model(A6, B6, &plain),
			     hostile_model() };

	for (size_t m = 0; m < sizeof models / sizeof *models; m++)
		for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
			for (int how = 0; how < 4; how++) {
				char *text = shown_at(models[m], columns[i], how & 1, how & 2);

				ck_assert_uint_le(widest(text), columns[i]);
				ck_assert_uint_gt(widest(text), columns[i] * 3 / 4);
				free(text);
			}
	for (size_t m = 0; m < sizeof models / sizeof *models; m++)
		json_decref(models[m]);
}
END_TEST

START_TEST(a_wide_terminal_still_gets_100_columns)
{
	json_t *model = fault_model(A4, B4, &plain);
	char *wide = shown_at(model, 300, true, true), *usual = shown_at(model, 100, true, true);

	ck_assert_str_eq(wide, usual);
	free(wide);
	free(usual);
	json_decref(model);
}
END_TEST

START_TEST(below_72_columns_there_is_no_ladder)
{
	json_t *model = fault_model(A4, B4, &plain);
	char *narrow = shown_at(model, 71, false, false),
	     *enough = shown_at(model, 72, false, false);

	ck_assert_ptr_null(strstr(narrow, "seconds  "));
	ck_assert_ptr_nonnull(strstr(enough, "seconds  "));
	free(narrow);
	free(enough);
	json_decref(model);
}
END_TEST

START_TEST(both_ipv6_addresses_stand_whole_over_the_ladder)
{
	json_t *model = fault_model(A6, B6, &plain);
	char *text = shown_at(model, 100, false, false), *head = strstr(text, "seconds");

	ck_assert_ptr_nonnull(head);
	assert_before(head, A6 "\n", B6 "\n");
	free(text);
	json_decref(model);
}
END_TEST

static bool tidy(const char *s, bool ascii)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s, next = (unsigned char)s[1];

		if ((c < 0x20 && c != '\n') || c == 0x7f || (ascii && c > 0x7e))
			return false;
		if (c == 0xc2 && next < 0xa0)
			return false;
		if (c == 0xe2 && next == 0x80 &&
		    ((unsigned char)s[2] == 0xae || (unsigned char)s[2] == 0x8b))
			return false;
	}
	return true;
}

START_TEST(what_came_from_the_wire_never_steers_the_terminal)
{
	json_t *model = hostile_model();

	for (int how = 0; how < 4; how++) {
		char *text = shown_at(model, 100, how & 1, how & 2);

		ck_assert(tidy(text, !(how & 1)));
		ck_assert_ptr_nonnull(strstr(text, "\\x1b"));
		free(text);
	}
	json_decref(model);
}
END_TEST

START_TEST(json_holds_no_control_character_and_reads_back_equal)
{
	json_t *model = hostile_model(), *back;
	char *text = shown(model, NULL);

	ck_assert(tidy(text, false));
	ck_assert_ptr_nonnull(strstr(text, "\\u202e"));
	ck_assert_ptr_nonnull(strstr(text, "\\u009b"));
	back = json_loads(text, 0, NULL);
	ck_assert(json_equal(back, model));
	json_decref(back);
	json_decref(model);
	free(text);
}
END_TEST

static char *without_styles(const char *s)
{
	char *plain_text = calloc(1, strlen(s) + 1), *to = plain_text;

	while (*s) {
		if (*s == '\033') {
			s += strcspn(s, "m") + 1;
			continue;
		}
		*to++ = *s++;
	}
	return plain_text;
}

START_TEST(colour_adds_nothing_but_colour)
{
	json_t *models[] = { fault_model(A4, B4, &plain), hostile_model(),
			     model_of(facts_of(30, A4, B4), faults(30), &plain) };

	for (size_t i = 0; i < 3; i++) {
		struct text_options o = { .columns = 100, .color = true, .verbose = true, .command = "a.pcap" };
		char *colored = shown(models[i], &o), *stripped = without_styles(colored);
		char *text = shown_at(models[i], 100, false, true);

		ck_assert_ptr_nonnull(strstr(colored, "\033[31m"));
		ck_assert_str_eq(stripped, text);
		free(colored);
		free(stripped);
		free(text);
		json_decref(models[i]);
	}
}
END_TEST

START_TEST(two_runs_are_byte_identical)
{
	json_t *first = hostile_model(), *second = hostile_model();
	char *a = shown(first, NULL), *b = shown(second, NULL);
	char *c = shown_at(first, 100, true, true), *d = shown_at(second, 100, true, true);

	ck_assert_str_eq(a, b);
	ck_assert_str_eq(c, d);
	free(a);
	free(b);
	free(c);
	free(d);
	json_decref(first);
	json_decref(second);
}
END_TEST

START_TEST(a_healthy_page_has_no_red_and_no_advice)
{
	json_t *facts = facts_of(1, A4, B4), *model;
	json_t *t = json_array_get(json_object_get(facts, "tunnels"), 0);
	struct text_options o = { .columns = 100, .color = true };
	char *text;

	set(t, "works", parsed("{'since': 0.5, 'last': 30, 'basis': 'data', 'frames': [7]}"));
	set(t, "data", parsed("{'a': {'packets': 14}, 'b': {'packets': 12}}"));
	set(t, "messages", json_array());
	set(t, "progress",
	    parsed("{'reachability': {'state': 'ok', 'what': 'data'},"
		   "'negotiation': {'state': 'ok', 'what': 'init_agreed'},"
		   "'authentication': {'state': 'ok', 'what': 'established'},"
		   "'data': {'state': 'ok', 'what': 'both_ways'}}"));
	model = model_of(facts, calm(1, "healthy"), &plain);
	text = shown(model, &o);
	ck_assert_ptr_nonnull(strstr(text, "WORKS, confirmed"));
	ck_assert_ptr_null(strstr(text, "\033[31m"));
	ck_assert_ptr_null(strstr(text, "[X]"));
	ck_assert_ptr_null(strstr(text, "Do now"));
	free(text);
	text = shown_at(model, 100, false, false);
	assert_before(text, "[+] WORKS", "Works since   05:51:25.510 UTC");
	ck_assert_ptr_nonnull(strstr(text, "14 packets out, 12"));
	free(text);
	json_decref(model);
}
END_TEST

START_TEST(without_a_tunnel_the_report_says_what_to_record)
{
	json_t *model = model_of(facts_of(0, A4, B4), calm(0, "nothing_to_judge"), &plain);
	char *text = shown_at(model, 100, false, false);

	assert_before(text, "NOTHING TO JUDGE", "Any VPN: there is no IKE, ESP or AH in it.");
	ck_assert_ptr_null(strstr(text, "Reachability"));
	free(text);
	json_decref(model);
}
END_TEST

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

START_TEST(three_thousand_tunnels_fold_to_twenty_rows_failing_first)
{
	enum { MANY = 3000 };
	json_t *findings = calm(MANY, "healthy"), *tunnels = json_object_get(findings, "tunnels"),
	       *model;
	char *text;

	json_array_set_new(
		tunnels, 2222,
		json_pack("{s:o,s:o}", "findings", fault_findings(), "verdict",
			  verdict_of("path.frag.non_first_missing", "confirmed", "path", 0)));
	set(findings, "verdict", verdict_of("path.frag.non_first_missing", "confirmed", "path", 0));
	set(json_object_get(findings, "verdict"), "tunnel", json_integer(2222));
	model = model_of(facts_of(MANY, A4, B4), findings, &plain);
	text = shown_at(model, 100, false, false);
	ck_assert_uint_eq(json_array_size(json_object_get(model, "tunnels")), MANY);
	ck_assert_uint_eq(count_of(text, A4 " - " B4),
			  20 + 1); /* rows, and the tunnel told in detail */
	assert_before(text, "3,000 tunnels: 1 with a fault, 2,999 working, 0 that cannot",
		      "T2223 ");
	assert_before(text, "T2223 ", "T1 ");
	assert_before(text, "2,980 more not shown", "The worst of them, T2223:");
	ck_assert_ptr_null(strstr(text, "Next, "));
	ck_assert_uint_lt(count_of(text, "\n"), 110);
	free(text);
	json_decref(model);
}
END_TEST

START_TEST(of_many_failing_tunnels_two_are_told_in_detail)
{
	json_t *model = model_of(facts_of(5, A4, B4), faults(5), &plain);
	char *text = shown_at(model, 100, false, false);

	assert_before(text, "The worst of them, T1:", "Next, T2:");
	ck_assert_uint_eq(count_of(text, "FAULT, confirmed"), 2);
	free(text);
	json_decref(model);
}
END_TEST

static const json_t *rows_of(const json_t *model)
{
	const json_t *t = json_array_get(json_object_get(model, "tunnels"), 0);

	return json_object_get(json_object_get(t, "ladder"), "rows");
}

static const json_t *find_row(const json_t *rows, const char *kind)
{
	json_t *r;
	size_t i;

	json_array_foreach(rows, i, r) if (!strcmp(json_string_value(json_object_get(r, "kind")),
						   kind)) return r;
	return NULL;
}

START_TEST(two_hundred_messages_fold_to_at_most_24_rows_and_keep_what_fails)
{
	json_t *facts = facts_of(1, A4, B4), *model,
	       *t = json_array_get(json_object_get(facts, "tunnels"), 0);
	json_t *rows = json_object_get(t, "messages");

	for (int i = 0; i < 120;
	     i++) { /* liveness checks that are answered, between ones that are not */
		double at = 31 + i;

		json_array_append_new(rows, row(at, 15, "a", "INFORMATIONAL", 10 + i, true));
		if (i % 2)
			json_array_append_new(
				rows, row(at + 0.01, 16, "b", "INFORMATIONAL", 10 + i, false));
	}
	set(t, "messages_total", json_integer(9000));
	model = model_of(facts, faults(1), &plain);
	ck_assert_uint_le(json_array_size(rows_of(model)), 24);
	ck_assert_ptr_nonnull(find_row(rows_of(model), "missing"));
	ck_assert_ptr_nonnull(find_row(rows_of(model), "resends"));
	ck_assert_ptr_nonnull(find_row(rows_of(model), "more"));
	json_decref(model);
}
END_TEST

START_TEST(finished_exchanges_in_a_run_become_one_row)
{
	json_t *facts = facts_of(1, A4, B4), *model,
	       *t = json_array_get(json_object_get(facts, "tunnels"), 0);
	json_t *rows = json_array(), *r;
	size_t i, exchanges = 0;

	for (int k = 0; k < 60; k++) {
		json_array_append_new(
			rows,
			row(k, 10, "a", k % 2 ? "INFORMATIONAL" : "CREATE_CHILD_SA", k + 1, true));
		json_array_append_new(rows, row(k + 0.01, 11, "b",
						k % 2 ? "INFORMATIONAL" : "CREATE_CHILD_SA", k + 1,
						false));
	}
	set(t, "messages", rows);
	model = model_of(facts, calm(1, "healthy"), &plain);
	json_array_foreach(rows_of(model), i, r) exchanges += !strcmp(
		json_string_value(json_object_get(r, "label")), "60 exchanges, all answered");
	ck_assert_uint_eq(exchanges, 1);
	ck_assert_uint_eq(json_array_size(rows_of(model)), 1);
	json_decref(model);
}
END_TEST

START_TEST(further_attempts_are_the_first_two_a_count_and_the_last)
{
	json_t *facts = facts_of(1, A4, B4), *model,
	       *t = json_array_get(json_object_get(facts, "tunnels"), 0);
	json_t *rows = json_object_get(t, "messages"), *r;
	size_t attempts = 0, i;

	for (int n = 2; n <= 12; n++) {
		r = row(30 + n, 20, "a", "IKE_SA_INIT", 100 + n, true);
		set(r, "attempt", json_integer(n));
		json_array_append_new(rows, r);
	}
	model = model_of(facts, faults(1), &plain);
	json_array_foreach(rows_of(model), i, r) attempts +=
		!strcmp(json_string_value(json_object_get(r, "kind")), "attempt");
	ck_assert_uint_eq(attempts, 3);
	ck_assert_str_eq(
		json_string_value(json_object_get(find_row(rows_of(model), "more"), "label")),
		"8 more attempts");
	json_decref(model);
}
END_TEST

START_TEST(a_capture_blind_for_fragments_draws_none_as_missing)
{
	json_t *facts = facts_of(1, A4, B4), *model;

	set(json_object_get(facts, "capture"), "frag_blind", json_string("suspected"));
	model = model_of(facts, faults(1), &plain);
	ck_assert_ptr_null(find_row(rows_of(model), "missing"));
	json_decref(model);
}
END_TEST

START_TEST(with_one_direction_recorded_nothing_is_said_about_answers)
{
	json_t *facts = facts_of(1, A4, B4), *model, *rows = json_array(), *text;
	json_t *t = json_array_get(json_object_get(facts, "tunnels"), 0);

	json_array_append_new(rows, row(0, 3, "a", "IKE_SA_INIT", 1, true));
	json_array_append_new(rows, row(4, 5, "a", "IKE_SA_INIT", 1, true));
	set(t, "messages", rows);
	model = model_of(json_deep_copy(facts), faults(1), &plain);
	text = json_object_get(find_row(rows_of(model), "resends"), "label");
	ck_assert_str_eq(json_string_value(text), "1 resend, +4.00 s, no answer");
	json_decref(model);
	set(json_object_get(facts, "capture"), "one_direction", parsed("{'packets': 20}"));
	model = model_of(facts, faults(1), &plain);
	text = json_object_get(find_row(rows_of(model), "resends"), "label");
	ck_assert_str_eq(json_string_value(text), "1 resend, +4.00 s");
	json_decref(model);
}
END_TEST

START_TEST(only_frames_that_exist_are_evidence_and_a_filter_shows_them)
{
	json_t *model = fault_model(A4, B4, &plain);
	json_t *t = json_array_get(json_object_get(model, "tunnels"), 0);
	json_t *e = json_object_get(json_array_get(json_object_get(t, "findings"), 0), "evidence");
	json_t *frames = json_object_get(e, "frames"), *want = parsed("[[0, 6], [0, 8]]");

	ck_assert(json_equal(frames, want));
	ck_assert_str_eq(json_string_value(json_object_get(e, "filter")), "frame.number in {6,8}");
	json_decref(want);
	json_decref(model);
}
END_TEST

START_TEST(a_step_that_only_stalls_is_told_from_one_that_breaks)
{
	json_t *model = fault_model(A4, B4, &plain);
	json_t *t = json_array_get(json_object_get(model, "tunnels"), 0),
	       *steps = json_object_get(t, "steps");
	json_t *broken = json_object_get(steps, "reachability"),
	       *stalls = json_object_get(steps, "authentication");

	ck_assert_str_eq(json_string_value(json_object_get(broken, "state")), "fault");
	ck_assert(json_is_false(json_object_get(broken, "follows")));
	ck_assert_str_eq(json_string_value(json_object_get(stalls, "state")), "fault");
	ck_assert(json_is_true(json_object_get(stalls, "follows")));
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(steps, "data"), "state")),
		"not_reached");
	json_decref(model);
}
END_TEST

START_TEST(what_failed_and_then_came_up_says_both_times)
{
	json_t *facts = facts_of(1, A4, B4), *findings = calm(1, "healthy"), *model, *t,
	       *past = fault_findings();

	set(json_array_get(json_object_get(facts, "tunnels"), 0), "works",
	    parsed("{'since': 35, 'last': 40, 'basis': 'established', 'frames': [30]}"));
	set(json_array_get(past, 0), "past", json_true());
	set(json_array_get(json_object_get(findings, "tunnels"), 0), "findings", past);
	model = model_of(facts, findings, &plain);
	t = json_array_get(json_object_get(model, "tunnels"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(t, "works_since")),
			 "2026-11-22T05:52:00.010435000Z");
	ck_assert_str_eq(json_string_value(json_object_get(t, "failing_since")),
			 "2026-11-22T05:51:25.040435000Z");
	json_decref(model);
}
END_TEST

static const struct {
	const char *culprit, *who;
} actors[] = {
	{ "local", "you, at " A4 },
	{ "peer", "the administrator of Head office (" B4 ")" },
	{ "path", "the provider, path between " A4 " and Head office (" B4 ")" },
	{ "nat", "whoever runs the NAT device between " A4 " and Head office (" B4 ")" },
	{ "both", "both sides: they disagree" },
	{ "none", "nobody, as far as this capture shows" },
	{ "unknown", "cannot be told from this side alone" },
	{ "capture", "whoever records the capture" },
};

START_TEST(who_must_act_is_named)
{
	static const struct report_name head_office = { B4, "Head office" };
	struct report_options o = {
		.version = "1", .rules_hash = "00", .names = &head_office, .names_len = 1
	};
	json_t *findings = faults(1), *t = json_array_get(json_object_get(findings, "tunnels"), 0),
	       *model;

	set(json_object_get(t, "verdict"), "culprit", json_string(actors[_i].culprit));
	model = model_of(facts_of(1, A4, B4), findings, &o);
	t = json_array_get(json_object_get(model, "tunnels"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(t, "who")), actors[_i].who);
	json_decref(model);
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
	json_t *model = fault_model(A4, B4, &plain);
	struct text_options o = { .columns = 100 };
	FILE *f = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(f);
	setvbuf(f, NULL, _IONBF, 0);
	ck_assert(!report_text(f, model, &o));
	ck_assert(!report_json(f, model));
	fclose(f);
	json_decref(model);
}
END_TEST

START_TEST(facts_and_findings_without_content_make_a_report_all_the_same)
{
	json_t *model =
		model_of(parsed("{'tunnels': [{}], 'captures': [{}]}"), json_object(), &plain);
	char *text = shown_at(model, 100, false, true), *json = shown(model, NULL);

	ck_assert_ptr_nonnull(strstr(text, "CANNOT TELL"));
	ck_assert_ptr_nonnull(strstr(json, "\"id\": \"cannot_tell\""));
	free(text);
	free(json);
	json_decref(model);
}
END_TEST

/* --- the page --- */

START_TEST(wide_and_combining_characters_count_as_a_terminal_shows_them)
{
	ck_assert_uint_eq(cells("abc"), 3);
	ck_assert_uint_eq(cells("\xe5\x88\x86\xe6\x94\xaf"), 4);
	ck_assert_uint_eq(cells("e\xcc\x81"), 1);
	ck_assert_uint_eq(cells("\033[31m[X]\033[0m"), 3);
	ck_assert_uint_eq(cells("\xf0\x9f\x98\x80"), 2);
}
END_TEST

static void assert_wraps(const char *text, size_t width, const char *const *lines)
{
	const char *at = text;
	struct text line;

	text_init(&line);
	for (; *lines; lines++) {
		text_empty(&line);
		ck_assert(wrap_next(&at, width, &line));
		ck_assert_str_eq(line.at, *lines);
	}
	text_empty(&line);
	ck_assert(!wrap_next(&at, width, &line));
	text_clear(&line);
}

START_TEST(lines_break_at_blanks_beside_wide_characters_and_where_they_must)
{
	assert_wraps("one two three", 7, (const char *const[]){ "one two", "three", NULL });
	assert_wraps("one two three", 6, (const char *const[]){ "one", "two", "three", NULL });
	assert_wraps("  abcdefgh i", 3, (const char *const[]){ "abc", "def", "gh", "i", NULL });
	assert_wraps("\xe5\x88\x86\xe6\x94\xaf\xe6\x9c\xba", 5,
		     (const char *const[]){ "\xe5\x88\x86\xe6\x94\xaf", "\xe6\x9c\xba", NULL });
	assert_wraps("\u4e2d\u6587\u3002\u53e3", 4, /* the stop goes with its word, not to the next line */
		     (const char *const[]){ "\u4e2d", "\u6587\u3002", "\u53e3", NULL });
	assert_wraps("\u4e2d\uff08\u6587", 4, (const char *const[]){ "\u4e2d", "\uff08\u6587", NULL });
	assert_wraps("\u7aef\u53e3UDP 500\u3002", 8,
		     (const char *const[]){ "\u7aef\u53e3UDP", "500\u3002", NULL });
	assert_wraps("\u7aef\u53e3UDP", 5, (const char *const[]){ "\u7aef\u53e3", "UDP", NULL });
	assert_wraps("\u3002\u3002\u3002", 4, (const char *const[]){ "\u3002\u3002", "\u3002", NULL });
	assert_wraps("", 5, (const char *const[]){ NULL });
	assert_wraps("    ", 5, (const char *const[]){ NULL });
}
END_TEST

START_TEST(clipped_text_fits_and_keeps_whole_characters)
{
	struct text t;

	for (size_t width = 0; width < 12; width++) {
		text_init(&t);
		text_add(&t, "ab\xe5\x88\x86\xe6\x94\xaf"
			     "e\xcc\x81xyz");
		clip(&t, width);
		ck_assert_uint_le(cells(t.at), width);
		ck_assert_uint_eq(t.len, strlen(t.at));
		text_clear(&t);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report");
	TCase *model = tcase_create("model"), *view = tcase_create("view"),
	      *page = tcase_create("page");
	SRunner *r;
	int failed;

	setenv("TZ", "UTC", 1);
	tcase_set_timeout(view, 60);
	tcase_add_test(model, only_frames_that_exist_are_evidence_and_a_filter_shows_them);
	tcase_add_test(model, a_step_that_only_stalls_is_told_from_one_that_breaks);
	tcase_add_test(model, what_failed_and_then_came_up_says_both_times);
	tcase_add_loop_test(model, who_must_act_is_named, 0, sizeof actors / sizeof *actors);
	tcase_add_test(model, two_hundred_messages_fold_to_at_most_24_rows_and_keep_what_fails);
	tcase_add_test(model, finished_exchanges_in_a_run_become_one_row);
	tcase_add_test(model, further_attempts_are_the_first_two_a_count_and_the_last);
	tcase_add_test(model, a_capture_blind_for_fragments_draws_none_as_missing);
	tcase_add_test(model, with_one_direction_recorded_nothing_is_said_about_answers);
	tcase_add_test(model, facts_and_findings_without_content_make_a_report_all_the_same);
	tcase_add_test(view, parts_stand_in_the_order_that_a_reader_needs);
	tcase_add_test(view, verbose_adds_checks_commands_and_environment);
	tcase_add_test(view, no_line_is_wider_than_the_terminal);
	tcase_add_test(view, a_wide_terminal_still_gets_100_columns);
	tcase_add_test(view, below_72_columns_there_is_no_ladder);
	tcase_add_test(view, both_ipv6_addresses_stand_whole_over_the_ladder);
	tcase_add_test(view, what_came_from_the_wire_never_steers_the_terminal);
	tcase_add_test(view, json_holds_no_control_character_and_reads_back_equal);
	tcase_add_test(view, colour_adds_nothing_but_colour);
	tcase_add_test(view, two_runs_are_byte_identical);
	tcase_add_test(view, a_healthy_page_has_no_red_and_no_advice);
	tcase_add_test(view, without_a_tunnel_the_report_says_what_to_record);
	tcase_add_test(view, three_thousand_tunnels_fold_to_twenty_rows_failing_first);
	tcase_add_test(view, of_many_failing_tunnels_two_are_told_in_detail);
	tcase_add_test(view, a_full_disk_is_noticed);
	tcase_add_test(page, wide_and_combining_characters_count_as_a_terminal_shows_them);
	tcase_add_test(page, lines_break_at_blanks_beside_wide_characters_and_where_they_must);
	tcase_add_test(page, clipped_text_fits_and_keeps_whole_characters);
	suite_add_tcase(s, model);
	suite_add_tcase(s, view);
	suite_add_tcase(s, page);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
