/* What is known of words, numbers and pasted text, and how captures are made. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/explain/explain.h"
#include "analyzer/explain/parts.h"
#include "dissect/ike/ike.h"

static struct judge *rules;
static char *said;
static size_t said_len;
static struct page page;

static void begin(void)
{
	free(said);
	page = (struct page){ .f = open_memstream(&said, &said_len), .columns = 80, .utf8 = true };
}

static void end(void)
{
	ck_assert(!page.failed);
	fclose(page.f);
}

static bool explain(const char *word)
{
	bool known;

	begin();
	known = explain_word(&page, rules, word);
	end();
	return known;
}

/* Wrapped lines count as one. */
static bool says(const char *part)
{
	char *flat = strdup(said), *to = flat;
	bool found;

	for (const char *c = said; *c; c++) {
		char one = *c == '\n' ? ' ' : *c;

		if (one != ' ' || (to > flat && to[-1] != ' '))
			*to++ = one;
	}
	*to = 0;
	found = strstr(flat, part) != NULL;
	free(flat);
	return found;
}

static size_t paste(const char *text, size_t len)
{
	struct pasted *t;
	size_t told;

	begin();
	t = pasted_new(&page, rules);
	while (len) {
		const char *end_of_line = memchr(text, '\n', len);
		size_t line = end_of_line ? (size_t)(end_of_line - text) : len;

		pasted_line(t, text, line);
		text += line + (end_of_line != NULL);
		len -= line + (end_of_line != NULL);
	}
	told = pasted_end(t);
	end();
	return told;
}

static size_t paste_text(const char *text)
{
	return paste(text, strlen(text));
}

#define KNOWN(word) ck_assert_msg(explain(word), "unknown: %s", word)
#define SAYS(part) ck_assert_msg(says(part), "no \"%s\" in:\n%s", part, said)

/* --- every row of every table ------------------------------------------------- */

START_TEST(every_name_of_the_wire_is_known_in_every_spelling)
{
	for (int table = 0; table < IKE_TABLES; table++) {
		const char *name, *means;
		uint32_t number;

		for (size_t i = 0; ike_row((enum ike_table)table, i, &number, &name, &means); i++) {
			char other[EXPLAIN_WORD + 1];

			plain(name, strlen(name), other);
			ck_assert_msg(tell_wire(NULL, other) > 0, "unknown: %s", name);
			if (i % 16 == 0) /* the whole way is slow: rules are searched too */
				KNOWN(name);
		}
	}
}
END_TEST

START_TEST(a_number_is_shown_in_every_registry_that_has_it)
{
	KNOWN("14");
	SAYS("NO_PROPOSAL_CHOSEN: IKEv2 notify 14, an error");
	SAYS("NO-PROPOSAL-CHOSEN: IKEv1 notify 14, an error");
	SAYS("MODP-2048: Diffie-Hellman group");
	SAYS("DIGITAL_SIGNATURE: IKEv2 authentication method 14");
	KNOWN("notify 24");
	SAYS("AUTHENTICATION_FAILED");
	ck_assert(!says("MODP-2048"));
	KNOWN("IKEv2 notify 16388");
	SAYS("a status");
	ck_assert(!explain("99999999999999999999"));
	ck_assert(!explain("64999"));
}
END_TEST

START_TEST(every_state_log_phrase_and_topic_is_known)
{
	const struct logged *l;
	const struct state *s;

	for (size_t i = 0; (s = state_row(i)); i++) {
		char word[64];

		snprintf(word, sizeof word, "%.*s", (int)strcspn(s->word, "*"), s->word);
		KNOWN(word);
		SAYS(s->source);
	}
	for (size_t i = 0; (l = logged_row(i)); i++) {
		ck_assert_msg(topic_of(l) != NULL, "%s: no topic %s", l->phrase, l->topic);
		KNOWN(l->phrase);
	}
}
END_TEST

START_TEST(every_log_phrase_is_recognised_in_a_line)
{
	const struct logged *l;

	for (size_t i = 0; (l = logged_row(i)); i++) {
		char line[400] = "Nov 22 05:51:25 gw prog[12]: error ";
		const char *from = l->phrase, *dots;

		for (; (dots = strstr(from, "...")); from = dots + 3) {
			strncat(line, from, (size_t)(dots - from));
			strncat(line, "198.51.100.10", 20);
		}
		strncat(line, from, 200);
		strncat(line, " (x)", 5);
		ck_assert_msg(paste_text(line) > 0, "not recognised: %s", line);
	}
}
END_TEST

START_TEST(every_diagnosis_is_known)
{
	static const char *const ids[] = {
#define ID(id) id,
#include "analyzer/judge/ids.def"
#undef ID
	};
	json_t *rows = judge_list(rules), *row;
	size_t i;

	for (i = 0; i < sizeof ids / sizeof *ids; i++)
		KNOWN(ids[i]);
	json_array_foreach(rows, i, row)
		KNOWN(json_string_value(json_object_get(row, "id")));
	json_decref(rows);
	KNOWN("path.frag");
	SAYS("path.frag.non_first_missing: Only the first fragment arrives");
}
END_TEST

START_TEST(every_diagnosis_that_a_row_names_is_one)
{
	static const char *const known[] = {
#define ID(id) id,
#include "analyzer/judge/ids.def"
#undef ID
	};
	static const char *const named[] = {
#define STATE(word, where, means, ids, source) ids,
#define TOPIC(token, means, capture, ids) ids,
#define LOG(topic, where, phrase)
#include "analyzer/explain/device.def"
#undef STATE
#undef TOPIC
#undef LOG
#define SUBJECT(words, means, ids) ids,
#include "analyzer/explain/subject.def"
#undef SUBJECT
	};

	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		for (const char *at = named[i]; *at;) {
			size_t len = strcspn(at, " ");
			bool found = false;

			for (size_t k = 0; k < sizeof known / sizeof *known; k++)
				found |= strlen(known[k]) == len && !strncmp(known[k], at, len);
			ck_assert_msg(found, "%.*s", (int)len, at);
			at += len + strspn(at + len, " ");
		}
}
END_TEST

START_TEST(every_word_of_guides_is_known)
{
	static const char *const words[] = {
#define SUBJECT(words, means, ids) words,
#include "analyzer/explain/subject.def"
#undef SUBJECT
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (const char *at = words[i]; *at;) {
			size_t len = strcspn(at, "|");
			char word[80];

			snprintf(word, sizeof word, "%.*s", (int)len, at);
			KNOWN(word);
			at += len + (at[len] == '|');
		}
}
END_TEST

START_TEST(the_words_of_the_two_stories_are_known)
{
	static const char *const words[] = {
		"timeout", "NO_PROPOSAL_CHOSEN", "AUTHENTICATION_FAILED", "INVALID_ID_INFORMATION", "unsupported transform",
		"invalid payload type", "TS_UNACCEPTABLE", "certificate chain", "CRL/OCSP", "fragmentation",
		"ICMP blackhole", "port 50", "protocol 50", "AH", "ESP", "IKE_SA_INIT", "IKE_AUTH", "NAT-T",
		"AM_TM_INIT_XAUTH_V6C", "AM_TM_INIT_MODECFG_V6H", "peer announced invalid certificate",
		"certificate not trusted", "certificate chain incomplete", "traffic selectors", "PSK", "Child SA", "EZVPN",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		KNOWN(words[i]);
	KNOWN("ESP");
	SAYS("has no ports, and a rule for TCP or UDP port 50 does not match it");
	KNOWN("AM_TM_INIT_XAUTH_V6C");
	SAYS("Cisco has published no explanation");
	SAYS("auth.xauth.stall");
}
END_TEST

/* --- what is asked ------------------------------------------------------------- */

START_TEST(icmp_is_known_in_the_ways_people_write_it)
{
	static const char *const ways[] = { "icmp 3/4", "3/4", "ICMP type 3 code 4", "icmp 3 4", "fragmentation needed" };

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		KNOWN(ways[i]);
		SAYS("ICMP type 3 code 4, fragmentation needed");
	}
	KNOWN("icmpv6 2");
	SAYS("ICMPv6 type 2 code 0, packet too big");
	ck_assert(!says("ICMP type 2"));
	KNOWN("icmp 11/1");
	SAYS("reassembly");
	ck_assert(!explain("icmp 77/1"));
}
END_TEST

START_TEST(a_slip_is_met_with_the_words_that_come_near)
{
	ck_assert(!explain("NO_PROPOSAL_CHOSE"));
	SAYS("Did you mean: NO_PROPOSAL_CHOSEN");
	ck_assert(!explain("AUTHENTICATON_FAILED"));
	SAYS("AUTHENTICATION_FAILED");
	ck_assert(!explain("MM_WAIT_MSG7"));
	SAYS("MM_WAIT_MSG");
	ck_assert(!explain("path.pmtu.blackhol"));
	SAYS("path.pmtu.blackhole");
	ck_assert(!explain("qwertzuiop"));
	ck_assert(!says("Did you mean"));
}
END_TEST

START_TEST(hostile_words_are_shown_and_not_obeyed)
{
	char *word = malloc(100001);

	memset(word, 'A', 100000);
	word[100000] = 0;
	ck_assert(!explain(word));
	ck_assert(said_len < 2000);
	free(word);
	ck_assert(!explain("\x1b]0;owned\x07\x7f\xc2\x9b\xff"));
	for (size_t i = 0; i < said_len; i++)
		ck_assert(said[i] == '\n' || ((unsigned char)said[i] >= 0x20 && said[i] != 0x7f));
	ck_assert(!explain(""));
	ck_assert(!explain("   "));
	ck_assert(!explain("%s%n{name}"));
}
END_TEST

/* --- pasted text ------------------------------------------------------------------ */

START_TEST(the_output_of_the_field_report_is_read)
{
	ck_assert_uint_eq(paste_text("Active SA: 1\n    Rekey SA: 0\n1   IKE Peer: 203.0.113.10\n"
				     "    Type    : user            Role    : initiator\n"
				     "    Rekey   : no              State   : AM_TM_INIT_XAUTH_V6C\r\n"),
			  1);
	SAYS("line 5: Rekey");
	SAYS("auth.xauth.stall");
	SAYS("ikescope howto");
}
END_TEST

START_TEST(lines_of_logs_are_read_once_each)
{
	ck_assert_uint_gt(paste_text("x giving up after 5 retransmits\nx giving up after 5 retransmits\n"
				     "%ASA-4-713903: Group = x, Can't find a valid tunnel group, aborting...!\n"
				     "%ASA-3-713902: IP = 1.2.3.4, QM FSM error (P2 struct &0x1, mess id 0x2)!\n"
				     "received TS_UNACCEPTABLE notify, no CHILD_SA built\n"),
			  4);
	SAYS("line 1: x giving up");
	ck_assert(!says("line 2:"));
	SAYS("Cisco ASA \"713902\": as above.");
	SAYS("TS_UNACCEPTABLE: IKEv2 notify 38");
}
END_TEST

START_TEST(what_only_looks_like_a_word_is_left_alone)
{
	ck_assert_uint_eq(paste_text("connecting to 10.0.0.1, esp and ah, data path, cookie\nsent 809 bytes, 14 packets\n"
				     "id 1713136, 7131360\nQM_IDLENESS mm_active\n"),
			  0);
	SAYS("No word that is known here in 4 lines.");
	ck_assert_uint_gt(paste_text("The error code returned on failure is 809."), 0);
	ck_assert_uint_gt(paste_text("connection failed with error 13801"), 0);
}
END_TEST

START_TEST(hostile_text_is_bounded_and_shown)
{
	size_t len = 4 << 20;
	char *big = malloc(len);

	for (size_t i = 0; i < len; i++)
		big[i] = (char)(i * 2654435761u >> 13);
	paste(big, len);
	ck_assert(said_len < 100000);
	memset(big, 'x', len);
	ck_assert_uint_eq(paste(big, len), 0);
	SAYS("More was pasted than is looked at");
	memset(big, '\n', len);
	ck_assert_uint_eq(paste(big, len), 0);
	SAYS("More was pasted than is looked at");
	free(big);
	ck_assert_uint_eq(paste("a\0b QM_IDLE \x1b[31m", 18), 1);
	SAYS("QM_IDLE");
	ck_assert(!strchr(said, 0x1b));
}
END_TEST

/* --- howto -------------------------------------------------------------------------- */

static const char *const platforms[] = {
#define PLATFORM(token, words, title) words,
#define COMMAND(token, part, text)
#define NOTE(token, part, sentence)
#include "analyzer/explain/howto.def"
#undef PLATFORM
#undef COMMAND
#undef NOTE
};
enum { PLATFORMS = sizeof platforms / sizeof *platforms };

START_TEST(every_platform_is_found_by_each_of_its_names)
{
	for (size_t i = 0; i < PLATFORMS; i++)
		for (const char *at = platforms[i]; *at;) {
			size_t len = strcspn(at, "|");
			char name[40];

			snprintf(name, sizeof name, "%.*s", (int)len, at);
			begin();
			ck_assert_msg(howto_tell(&page, name, "198.51.100.10", "203.0.113.10"), "%s", name);
			end();
			SAYS("Record");
			SAYS("What such a capture cannot show");
			SAYS("no filter on ports");
			ck_assert_msg(!says("{") && !says("}"), "%s", said);
			at += len + (at[len] == '|');
		}
	begin();
	ck_assert(!howto_tell(&page, "no-such-box", NULL, NULL));
	ck_assert(!howto_tell(&page, "", NULL, NULL));
	end();
}
END_TEST

START_TEST(no_command_filters_by_port)
{
	static const char *const commands[] = {
#define PLATFORM(token, words, title)
#define COMMAND(token, part, text) text,
#define NOTE(token, part, sentence)
#include "analyzer/explain/howto.def"
#undef PLATFORM
#undef COMMAND
#undef NOTE
	};

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		ck_assert_msg(!strstr(commands[i], "port 500") && !strstr(commands[i], "4500") &&
				      !strstr(commands[i], "eq isakmp") && !strstr(commands[i], "-port"),
			      "%s", commands[i]);
}
END_TEST

START_TEST(addresses_stand_in_the_commands_or_words_in_their_place)
{
	begin();
	ck_assert(howto_tell(&page, "asa", "198.51.100.10", "203.0.113.10"));
	end();
	SAYS("permit ip host 198.51.100.10 host 203.0.113.10");
	SAYS("permit icmp any host 198.51.100.10");
	begin();
	ck_assert(howto_tell(&page, "asa", NULL, "2001:db8::1"));
	end();
	SAYS("permit ip host LOCAL-ADDRESS host 2001:db8::1");
	SAYS("icmp6");
	begin();
	howto_list(&page, "198.51.100.10", NULL);
	end();
	SAYS("ikescope howto asa --local 198.51.100.10 Cisco ASA");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("explain");
	TCase *tables = tcase_create("tables"), *words = tcase_create("words"), *pasted = tcase_create("pasted"),
	      *howto = tcase_create("howto");
	struct judge_error error;
	SRunner *r;
	int failed;

	rules = judge_new(NULL, &error);
	if (!rules)
		return EXIT_FAILURE;
	tcase_set_timeout(tables, 60);
	tcase_set_timeout(words, 60);
	tcase_set_timeout(pasted, 60);
	tcase_add_test(tables, every_name_of_the_wire_is_known_in_every_spelling);
	tcase_add_test(tables, a_number_is_shown_in_every_registry_that_has_it);
	tcase_add_test(tables, every_state_log_phrase_and_topic_is_known);
	tcase_add_test(tables, every_log_phrase_is_recognised_in_a_line);
	tcase_add_test(tables, every_diagnosis_is_known);
	tcase_add_test(tables, every_diagnosis_that_a_row_names_is_one);
	tcase_add_test(tables, every_word_of_guides_is_known);
	tcase_add_test(tables, the_words_of_the_two_stories_are_known);
	tcase_add_test(words, icmp_is_known_in_the_ways_people_write_it);
	tcase_add_test(words, a_slip_is_met_with_the_words_that_come_near);
	tcase_add_test(words, hostile_words_are_shown_and_not_obeyed);
	tcase_add_test(pasted, the_output_of_the_field_report_is_read);
	tcase_add_test(pasted, lines_of_logs_are_read_once_each);
	tcase_add_test(pasted, what_only_looks_like_a_word_is_left_alone);
	tcase_add_test(pasted, hostile_text_is_bounded_and_shown);
	tcase_add_test(howto, every_platform_is_found_by_each_of_its_names);
	tcase_add_test(howto, no_command_filters_by_port);
	tcase_add_test(howto, addresses_stand_in_the_commands_or_words_in_their_place);
	suite_add_tcase(s, tables);
	suite_add_tcase(s, words);
	suite_add_tcase(s, pasted);
	suite_add_tcase(s, howto);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	free(said);
	judge_free(rules);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
