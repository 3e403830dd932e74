/* The text for whoever must act, and the packets that it shows. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/page.h"
#include "analyzer/report/report.h"
#include "analyzer/report/words.h"
#include "tests/support/json.h"

#define A4 "198.51.100.10"
#define B4 "203.0.113.10"

static void set(json_t *o, const char *key, json_t *take)
{
	ck_assert_int_eq(json_object_set_new(o, key, take), 0);
}

static json_t *packet(int frame, const char *from, int offset)
{
	json_t *o = json_pack("{s:[i,i],s:s,s:s,s:i,s:i,s:i,s:i,s:s}", "frame", 0, frame, "time",
			      "2026-11-22T05:51:25.014739000Z", "from", from, "bytes", 1396, "ttl", 62, "protocol",
			      17, "ip_id", 0x3672, "what", "UDP 4500 > 4500");

	if (offset >= 0) {
		set(o, "offset", json_integer(offset));
		set(o, "more", json_true());
	}
	return o;
}

/* A tunnel with one fault, recorded at a. */
static json_t *tunnel(const char *a, const char *b, const char *id, const char *culprit, const char *ticket)
{
	json_t *t = parsed("{'id': 'T1', 'a': {'recorded': true}, 'b': {'recorded': false}, 'nat': null,"
			   "'failing_since': '2026-11-22T05:51:25.014122000Z',"
			   "'verdict': {'confidence': 'confirmed', 'severity': 'critical', 'finding': 0,"
			   " 'sentence': 'It breaks.'},"
			   "'steps': {'negotiation': {'state': 'ok', 'why': 'agreed'}},"
			   "'findings': [{'title': 'A title', 'text': 'A text.', 'advice': {'now': ['Do this.'],"
			   " 'verify': ['See that.'], 'admin': ['ASA: show it'], 'isp': 'Please let it pass.',"
			   " 'peer': 'Please compare it.'}, 'args': {},"
			   " 'evidence': {'frames': [[0, 11], [0, 13]], 'packets': [], 'passed': []}}],"
			   "'checks': [{'id': 'no_icmp', 'text': 'No ICMP error.'}], 'ike_sas': [], 'flows': [],"
			   "'path': {'icmp': []}}");
	json_t *f = json_array_get(json_object_get(t, "findings"), 0), *e = json_object_get(f, "evidence");

	set(json_object_get(t, "a"), "address", json_string(a));
	set(json_object_get(t, "b"), "address", json_string(b));
	set(json_object_get(t, "verdict"), "id", json_string(id));
	set(json_object_get(t, "verdict"), "culprit", json_string(culprit));
	set(t, "ticket", ticket ? json_string(ticket) : json_null());
	set(f, "id", json_string(id));
	json_array_append_new(json_object_get(e, "packets"), packet(11, "b", 0));
	json_array_append_new(json_object_get(e, "packets"), packet(13, "a", -1));
	json_array_append_new(json_object_get(e, "passed"), packet(4, "b", -1));
	return t;
}

static json_t *model_of(json_t *take_tunnel)
{
	json_t *m = parsed("{'tool': {'version': '1.2', 'rules': 'abcdefabcdef00'}, 'findings': [],"
			   "'captures': [{'file': '/home/me/a.pcap', 'point': '198.51.100.10', 'frames': 35,"
			   " 'first': '2026-11-22T05:51:25.010000000Z', 'last': '2026-11-22T05:52:00.105000000Z'}],"
			   "'limits': [{'id': 'icmp', 'text': 'Whether routers complain.', 'how': 'Add icmp.'},"
			   " {'id': 'howto', 'text': 'More.', 'how': 'ikescope howto asa'}]}");

	set(m, "verdict", json_deep_copy(json_object_get(take_tunnel, "verdict")));
	set(json_object_get(m, "verdict"), "tunnel", json_string("T1"));
	set(m, "tunnels", json_pack("[o]", take_tunnel));
	return m;
}

static char *text_of(const json_t *model, const json_t *which, struct ticket_options o)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ck_assert(report_ticket(f, model, which, &o));
	fclose(f);
	return text;
}

static char *ticket(json_t *take_tunnel)
{
	json_t *m = model_of(take_tunnel);
	char *text = text_of(m, NULL, (struct ticket_options){ 0 });

	json_decref(m);
	return text;
}

/* Wrapped lines count as one: a sentence is looked for as it was written. */
static bool has(const char *text, const char *part)
{
	char *flat = strdup(text), *to = flat;
	bool found;

	for (const char *c = text; *c; c++)
		if (*c != '\n' && !(*c == ' ' && (to == flat || to[-1] == ' ')))
			*to++ = *c;
		else if (*c == '\n' && to > flat && to[-1] != ' ')
			*to++ = ' ';
	*to = 0;
	found = strstr(flat, part) != NULL;
	free(flat);
	return found;
}

static void wants(char *take_text, const char *const *parts, const char *const *absent)
{
	for (; *parts; parts++)
		ck_assert_msg(has(take_text, *parts), "no \"%s\" in:\n%s", *parts, take_text);
	for (; *absent; absent++)
		ck_assert_msg(!has(take_text, *absent), "\"%s\" in:\n%s", *absent, take_text);
	free(take_text);
}
#define WORDS_OF(...) (const char *const[]){ __VA_ARGS__, NULL }

static size_t widest(const char *text)
{
	size_t most = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");

		most = len > most ? len : most;
		text += len + (text[len] == '\n');
	}
	return most;
}

START_TEST(the_request_stands_before_everything_else)
{
	char *text = ticket(tunnel(A4, B4, "path.frag.non_first_missing", "path", "path"));
	const char *request = strstr(text, "Please let it pass."), *happens = strstr(text, "A text.");

	ck_assert(!strncmp(text, "To:", 3));
	ck_assert(request && happens && request < happens);
	free(text);
}
END_TEST

START_TEST(each_addressee_gets_its_own_text)
{
	wants(ticket(tunnel(A4, B4, "path.frag.non_first_missing", "path", "path")),
	      WORDS_OF("the network provider", "Please let it pass.", "IP protocol 50, not port 50", "RFC 8900"),
	      WORDS_OF("Please compare it."));
	wants(ticket(tunnel(A4, B4, "auth.refused", "both", "peer")),
	      WORDS_OF("the administrator of the VPN gateway " B4, "Please compare it.", "1. ASA: show it"),
	      WORDS_OF("Please let it pass.", "RFC ", "circuit"));
	wants(ticket(tunnel(A4, B4, "nat.mapping_expired", "nat", "nat")),
	      WORDS_OF("whoever runs the address translator", "Please let it pass.", "RFC 4787"), WORDS_OF("circuit"));
}
END_TEST

START_TEST(where_nobody_else_can_help_it_says_why)
{
	wants(ticket(tunnel(A4, B4, "path.pmtu.ptb_ignored", "local", NULL)),
	      WORDS_OF("Nothing to ask of others", "on the side where this was recorded", "1. Do this."),
	      WORDS_OF("To:", "Please"));
	wants(ticket(tunnel(A4, B4, "healthy", "none", NULL)), WORDS_OF("The tunnel works."), WORDS_OF("To:", "Do this."));
	wants(ticket(tunnel(A4, B4, "cannot_tell", "capture", NULL)),
	      WORDS_OF("does not show where the fault lies", "ikescope howto asa"), WORDS_OF("To:"));
	wants(ticket(tunnel(A4, B4, "nothing_to_judge", "none", NULL)), WORDS_OF("no IKE, ESP or AH"), WORDS_OF("To:"));
}
END_TEST

START_TEST(packets_stand_by_time_ip_id_size_and_direction)
{
	wants(ticket(tunnel(A4, B4, "path.frag.non_first_missing", "path", "path")),
	      WORDS_OF("11 05:51:25.014739 0x3672 1396 0+ 62 UDP 4500 > 4500",
		       "13 05:51:25.014739 0x3672 1396 - 62 <UDP 4500 > 4500",
		       "4 05:51:25.014739 0x3672 1396 - 62 UDP 4500 > 4500",
		       "< the other way, from " A4 " to " B4, "From " B4, "To " A4 ", recorded here",
		       "Of 1 fragmented packets only the first fragment", "Recorded and read 35 frames: a.pcap"),
	      WORDS_OF("/home/me", "limited to ports"));
}
END_TEST

/* As `ends` of the model has it, cut to what the text reads. */
static void record_both_ends(json_t *t, bool lost)
{
	json_t *e = json_object_get(json_array_get(json_object_get(t, "findings"), 0), "evidence");

	set(json_object_get(t, "b"), "recorded", json_true());
	set(t, "ends", parsed("{'joined': 'messages', 'clock': {'known': 'both', 'error': 0.00001},"
			      "'ways': {'a': {'classes': {'icmp': {'sent': 2, 'arrived': 0}}},"
			      "'b': {'classes': {'first_fragment': {'sent': 7, 'arrived': 7},"
			      "'later_fragment': {'sent': 7, 'arrived': 0}, 'esp': {'sent': 0, 'arrived': 0}}}}}"));
	if (lost)
		set(e, "lost", json_true());
}

START_TEST(two_ends_count_what_left_and_what_came)
{
	json_t *t = tunnel(A4, B4, "path.frag.non_first_missing", "path", "path");

	record_both_ends(t, true);
	wants(ticket(t),
	      WORDS_OF("Packets that left " B4 " and did not come to " A4, "Packets that left " B4 " and came to " A4,
		       B4 " to " A4 ", later fragment: 0 of 7 came", A4 " to " B4 ", ICMP: 0 of 2 came",
		       "at both ends, clocks compared, within 0.01 ms"),
	      WORDS_OF("of one recorder", "ESP: 0 of 0", "as recorded at"));
}
END_TEST

START_TEST(nothing_is_called_lost_that_two_ends_do_not_call_lost)
{
	json_t *t = tunnel(A4, B4, "auth.silent", "peer", "peer");

	record_both_ends(t, false);
	wants(ticket(t), WORDS_OF("Packets that show it, as recorded", "the VPN gateway " B4),
	      WORDS_OF("did not come", "and came to"));
}
END_TEST

START_TEST(requirements_are_those_of_the_address_family)
{
	wants(ticket(tunnel(A4, B4, "path.pmtu.blackhole", "path", "path")),
	      WORDS_OF("RFC 1191 section 4 (standards track)", "RFC 8900 (BCP 230) section 6.5 (best current practice)",
		       "RFC 2979 section 3.1.1 (informational)", "ICMP type 3"),
	      WORDS_OF("RFC 4443", "ICMPv6", "RFC 792"));
	wants(ticket(tunnel("2001:db8::a", "2001:db8::b", "path.pmtu.v6", "path", "path")),
	      WORDS_OF("RFC 4443 section 3.2 (standards track)", "ICMPv6 types 1, 2"), WORDS_OF("RFC 1191", "type 3 (code 4"));
}
END_TEST

START_TEST(an_inside_address_is_not_put_into_the_providers_filter)
{
	static const char *const inside[] = { "10.0.0.1", "172.16.0.1", "172.31.255.1", "192.168.77.20", "100.64.0.1",
					      "fd00::1" };
	static const char *const outside[] = { "172.15.0.1", "172.32.0.1", "100.128.0.1", "192.169.0.1", "11.0.0.1" };

	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
		wants(ticket(tunnel(inside[i], B4, "path.udp4500.blocked", "path", "path")),
		      WORDS_OF("OUR-OUTSIDE-ADDRESS", "is an inside address"), WORDS_OF("{sender}"));
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
		wants(ticket(tunnel(outside[i], B4, "path.udp4500.blocked", "path", "path")),
		      WORDS_OF("and (udp port 500 or udp port 4500)"), WORDS_OF("OUTSIDE", "inside address"));
}
END_TEST

START_TEST(no_line_is_wider_than_72)
{
	json_t *t = tunnel("2001:db8:aaaa:bbbb:cccc:dddd:eeee:f001", "2001:db8:1111:2222:3333:4444:5555:6002",
			   "path.frag.all_missing", "path", "path");
	json_t *p = json_array_get(json_object_get(json_object_get(json_array_get(json_object_get(t, "findings"), 0),
								    "evidence"), "packets"), 0);
	char *text;

	set(p, "ip_id", json_integer(0xffffffff));
	set(p, "bytes", json_integer(65535));
	set(p, "offset", json_integer(65528));
	set(p, "what", json_string("UDP 65535 > 65535"));
	text = ticket(t);
	ck_assert_msg(widest(text) <= TICKET_COLUMNS, "%zu columns:\n%s", widest(text), text);
	ck_assert(strstr(text, "0xffffffff"));
	free(text);
}
END_TEST

START_TEST(packets_of_several_days_name_the_day)
{
	json_t *t = tunnel(A4, B4, "path.frag.all_missing", "path", "path");
	json_t *f = json_array_get(json_object_get(t, "findings"), 0);

	set(json_array_get(json_object_get(json_object_get(f, "evidence"), "packets"), 1), "time",
	    json_string("2026-11-23T00:00:01.500000000Z"));
	wants(ticket(t), WORDS_OF("day time (UTC)", "22 05:51:25.014 0x3672", "23 00:00:01.500 0x3672"), WORDS_OF("{"));
}
END_TEST

START_TEST(what_came_from_the_wire_is_shown_and_not_obeyed)
{
	static const char evil[] = "evil \x1b]0;owned\x07 \x7f \xc2\x9b \xe2\x80\xae {sender}";
	json_t *t = tunnel(A4, B4, "path.frag.all_missing", "path", "path"), *m;
	json_t *f = json_array_get(json_object_get(t, "findings"), 0);
	char *text;

	set(f, "title", json_string(evil));
	set(f, "text", json_string(evil));
	set(json_object_get(f, "advice"), "isp", json_string(evil));
	set(json_object_get(t, "a"), "name", json_string(evil));
	set(json_array_get(json_object_get(json_object_get(f, "evidence"), "packets"), 0), "what", json_string(evil));
	m = model_of(t);
	set(json_array_get(json_object_get(m, "captures"), 0), "file", json_string(evil));
	for (int utf8 = 0; utf8 < 2; utf8++) {
		text = text_of(m, NULL, (struct ticket_options){ .utf8 = utf8 });
		for (const char *c = text; *c; c++)
			ck_assert_msg(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f), "octet %02x", (unsigned char)*c);
		ck_assert(!strstr(text, "\xc2\x9b") && !strstr(text, "\xe2\x80\xae"));
		ck_assert(strstr(text, "\\x1b"));
		free(text);
	}
	json_decref(m);
}
END_TEST

START_TEST(the_worst_tunnel_that_asks_others_is_chosen)
{
	json_t *mine = tunnel(A4, B4, "path.pmtu.ptb_ignored", "local", NULL), *m = model_of(mine);
	json_t *low = tunnel(A4, "203.0.113.11", "auth.refused", "both", "peer");
	json_t *high = tunnel(A4, "203.0.113.12", "auth.refused", "both", "peer");

	ck_assert_ptr_eq(ticket_tunnel(m), mine);
	set(json_object_get(low, "verdict"), "severity", json_string("high"));
	set(low, "id", json_string("T2"));
	set(high, "id", json_string("T3"));
	json_array_append_new(json_object_get(m, "tunnels"), low);
	ck_assert_ptr_eq(ticket_tunnel(m), low);
	json_array_append_new(json_object_get(m, "tunnels"), high);
	ck_assert_ptr_eq(ticket_tunnel(m), high);
	json_decref(m);
}
END_TEST

START_TEST(a_report_without_tunnels_has_a_text_too)
{
	json_t *m = parsed("{'verdict': {'id': 'nothing_to_judge', 'sentence': 'Nothing.'}, 'tunnels': [], 'captures': [],"
			   "'limits': [{'id': 'nothing', 'text': 'x', 'how': 'Record it.'}, {'id': 'howto', 'text': 'y',"
			   " 'how': 'ikescope howto'}]}");

	ck_assert_ptr_null(ticket_tunnel(m));
	wants(text_of(m, NULL, (struct ticket_options){ 0 }), WORDS_OF("no IKE, ESP or AH", "Record it.", "ikescope howto"),
	      WORDS_OF("To:"));
	json_decref(m);
}
END_TEST

/* --- the tables ------------------------------------------------------------ */

START_TEST(every_row_of_the_table_has_its_words)
{
	static const char *const kinds[] = {
#define TRAFFIC(diagnosis, kind) #kind,
#include "analyzer/report/ticket.def"
	};
	static const struct {
		const char *kind, *rank, *token;
		int family;
	} duties[] = {
#define DUTY(kind, family, document, rank, token) { #kind, #rank, #token, family },
#include "analyzer/report/ticket.def"
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		ck_assert_msg(word_named("seek", kinds[i], NULL) != NULL, "%s", kinds[i]);
		ck_assert_msg(word_named("ticket_about", kinds[i], NULL) != NULL, "%s", kinds[i]);
	}
	for (size_t i = 0; i < sizeof duties / sizeof *duties; i++) {
		ck_assert_msg(word_named("duty", duties[i].token, NULL) != NULL, "%s", duties[i].token);
		ck_assert_msg(word_named("rank", duties[i].rank, NULL) != NULL, "%s", duties[i].rank);
		ck_assert_msg(word_named("seek", duties[i].kind, NULL) != NULL, "%s", duties[i].kind);
		ck_assert(duties[i].family == 0 || duties[i].family == 4 || duties[i].family == 6);
	}
}
END_TEST

START_TEST(every_diagnosis_of_the_table_is_one)
{
	static const char *const ids[] = {
#define ID(id) id,
#include "analyzer/judge/ids.def"
#undef ID
	};
	static const char *const named[] = {
#define TRAFFIC(diagnosis, kind) #diagnosis,
#include "analyzer/report/ticket.def"
	};

	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		bool known = false;

		for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
			known |= !strcmp(ids[k], named[i]);
		ck_assert_msg(known, "%s", named[i]);
	}
}
END_TEST

/* --- the packets of the model ----------------------------------------------- */

static json_t *header(double at, int frame, const char *from)
{
	return json_pack("{s:f,s:i,s:s,s:i,s:i,s:i,s:i,s:i,s:i}", "at", at, "frame", frame, "from", from, "bytes", 300,
			 "ttl", 64, "protocol", 17, "id", frame, "sport", 500, "dport", 500);
}

/* Frames 1 to 14 of a, 15 and 16 of b; the finding cites 1 to 12; frame 13 was answered. */
static json_t *built(const char *vantage)
{
	json_t *facts = parsed("{'start_ns': 0, 'captures': [{'file': 'a', 'counts': {'frames': 20}}], 'capture': {},"
			       "'limits': [], 'tunnels': [{'id': 'T1', 'ends': {'a': '" A4 "', 'b': '" B4 "'},"
			       "'vantage': {}, 'headers': [], 'span': {'first': 0, 'last': 9},"
			       "'attempts': [{'exchanges': [{'from': 'a', 'answered': true, 'sends_after_answer': 0,"
			       " 'frames': [13]}, {'from': 'a', 'answered': false, 'frames': [1, 2, 14]}]}]}]}");
	json_t *findings = parsed("{'capture': [], 'verdict': {'id': 'path.udp500.no_reply', 'tunnel': 0}, 'tunnels':"
				  "[{'verdict': {'id': 'path.udp500.no_reply', 'finding': 0, 'culprit': 'path'}, 'findings': [{'id':"
				  "'path.udp500.no_reply', 'title': 'x', 'text': 'y', 'evidence': {'frames':"
				  "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}}]}]}");
	const struct report_options o = { .version = "1", .rules_hash = "0" };
	json_t *t = json_array_get(json_object_get(facts, "tunnels"), 0), *headers = json_object_get(t, "headers"), *m;

	set(json_object_get(t, "vantage"), "side", json_string(vantage));
	for (int i = 14; i >= 1; i--) /* told in any order */
		json_array_append_new(headers, header(i, i, "a"));
	json_array_append_new(headers, header(15, 15, "b"));
	json_array_append_new(headers, header(16, 16, "b"));
	m = report_model(facts, findings, &o);
	json_decref(facts);
	json_decref(findings);
	return m;
}

/* The same with both ends: of way a two packets are lost and one arrives. */
static json_t *built_of_ends(const char *cited)
{
	json_t *facts = parsed("{'start_ns': 0, 'captures': [{'file': 'a', 'counts': {'frames': 20}}, {'file': 'b',"
			       "'counts': {'frames': 20}}], 'capture': {}, 'limits': [], 'tunnels': [{'id': 'T1',"
			       "'ends': {'a': '" A4 "', 'b': '" B4 "'}, 'vantage': {'side': 'a', 'both': true},"
			       "'headers': [], 'span': {'first': 0, 'last': 9}, 'attempts': [], 'between': {'ways': {'a':"
			       "{'classes': {'later_fragment': {'lost_rows': [{'frame': 5, 'at': 2.0, 'id': 9, 'bytes': 180,"
			       "'offset': 1480, 'ttl': 64, 'df': false}, {'frame': 3, 'at': 1.0, 'id': 8, 'bytes': 180,"
			       "'offset': 1480, 'ttl': 64, 'df': false}]}, 'first_fragment': {'arrived_rows': [{'frame': 2,"
			       "'at': 1.0, 'id': 8, 'bytes': 1500, 'offset': 0, 'ttl': 64, 'df': false,"
			       "'there': [1, 4]}]}}}, 'b': {'classes': {}}}}}]}");
	json_t *findings = parsed("{'capture': [], 'verdict': {'id': 'path.frag.all_missing', 'tunnel': 0}, 'tunnels': [{"
				  "'verdict': {'id': 'path.frag.all_missing', 'finding': 0, 'culprit': 'path'},"
				  "'findings': [{'id': 'path.frag.all_missing', 'title': 'x', 'text': 'y'}]}]}");
	const struct report_options o = { .version = "1", .rules_hash = "0" };
	json_t *t = json_array_get(json_object_get(findings, "tunnels"), 0), *m;

	set(json_array_get(json_object_get(t, "findings"), 0), "evidence", parsed(cited));
	m = report_model(facts, findings, &o);
	json_decref(facts);
	json_decref(findings);
	return m;
}

static const json_t *evidence(const json_t *m)
{
	const json_t *t = json_array_get(json_object_get(m, "tunnels"), 0);

	return json_object_get(json_array_get(json_object_get(t, "findings"), 0), "evidence");
}

static int frame_at(const json_t *list, size_t i)
{
	return (int)json_integer_value(json_array_get(json_object_get(json_array_get(list, i), "frame"), 1));
}

START_TEST(ten_packets_in_order_of_time_the_last_among_them)
{
	json_t *m = built("a");
	const json_t *list = json_object_get(evidence(m), "packets");

	ck_assert_uint_eq(json_array_size(list), 10);
	for (int i = 0; i < 9; i++)
		ck_assert_int_eq(frame_at(list, (size_t)i), i + 1);
	ck_assert_int_eq(frame_at(list, 9), 12);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "what")), "UDP 500 > 500");
	json_decref(m);
}
END_TEST

START_TEST(at_the_sender_only_what_was_answered_got_through)
{
	json_t *m = built("a");
	const json_t *list = json_object_get(evidence(m), "passed");

	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_int_eq(frame_at(list, 0), 13);
	json_decref(m);
}
END_TEST

START_TEST(at_the_receiver_what_is_recorded_got_through_but_not_the_evidence)
{
	json_t *m = built("b");
	const json_t *list = json_object_get(evidence(m), "passed");

	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_int_eq(frame_at(list, 0), 13);
	ck_assert_int_eq(frame_at(list, 1), 14);
	json_decref(m);
}
END_TEST

START_TEST(of_two_ends_the_lost_ones_are_shown_beside_those_that_came)
{
	json_t *m = built_of_ends("{'frames': [3]}");
	const json_t *lost = json_object_get(evidence(m), "packets"), *came = json_object_get(evidence(m), "passed");

	ck_assert(json_is_true(json_object_get(evidence(m), "lost")));
	ck_assert_uint_eq(json_array_size(lost), 2);
	ck_assert_int_eq(frame_at(lost, 0), 3); /* in order of time */
	ck_assert_int_eq(frame_at(lost, 1), 5);
	ck_assert_uint_eq(json_array_size(came), 1);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(came, 0), "what")), "first fragment");
	ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(json_array_get(came, 0), "there"), 1)), 4);
	json_decref(m);
	m = built_of_ends("{'frames': [7]}");
	ck_assert_ptr_null(json_object_get(evidence(m), "lost"));
	ck_assert_uint_eq(json_array_size(json_object_get(evidence(m), "passed")), 0);
	json_decref(m);
}
END_TEST

START_TEST(from_the_middle_only_what_was_answered_got_through)
{
	json_t *m = built("middle");

	const json_t *list = json_object_get(evidence(m), "passed");

	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_int_eq(frame_at(list, 0), 13);
	json_decref(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ticket");
	TCase *text = tcase_create("text"), *tables = tcase_create("tables"), *packets = tcase_create("packets");
	SRunner *r;
	int failed;

	tcase_add_test(text, the_request_stands_before_everything_else);
	tcase_add_test(text, each_addressee_gets_its_own_text);
	tcase_add_test(text, where_nobody_else_can_help_it_says_why);
	tcase_add_test(text, packets_stand_by_time_ip_id_size_and_direction);
	tcase_add_test(text, two_ends_count_what_left_and_what_came);
	tcase_add_test(text, nothing_is_called_lost_that_two_ends_do_not_call_lost);
	tcase_add_test(text, requirements_are_those_of_the_address_family);
	tcase_add_test(text, an_inside_address_is_not_put_into_the_providers_filter);
	tcase_add_test(text, no_line_is_wider_than_72);
	tcase_add_test(text, packets_of_several_days_name_the_day);
	tcase_add_test(text, what_came_from_the_wire_is_shown_and_not_obeyed);
	tcase_add_test(text, the_worst_tunnel_that_asks_others_is_chosen);
	tcase_add_test(text, a_report_without_tunnels_has_a_text_too);
	tcase_add_test(tables, every_row_of_the_table_has_its_words);
	tcase_add_test(tables, every_diagnosis_of_the_table_is_one);
	tcase_add_test(packets, ten_packets_in_order_of_time_the_last_among_them);
	tcase_add_test(packets, at_the_sender_only_what_was_answered_got_through);
	tcase_add_test(packets, at_the_receiver_what_is_recorded_got_through_but_not_the_evidence);
	tcase_add_test(packets, of_two_ends_the_lost_ones_are_shown_beside_those_that_came);
	tcase_add_test(packets, from_the_middle_only_what_was_answered_got_through);
	suite_add_tcase(s, text);
	suite_add_tcase(s, tables);
	suite_add_tcase(s, packets);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
