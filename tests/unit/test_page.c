/*
 * Pages out of models: nothing from the wire becomes markup, a formula or a line of its own.
 *
 * With WEB_PAGE=FILE in the environment the page about the hostile capture is written there, for tests/web.
 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/judge/judge.h"
#include "analyzer/report/report.h"
#include "analyzer/report/shown.h"
#include "analyzer/run/run.h"
#include "dissect/base/mem.h"
#include "tests/support/scene.h"

#define EVIL "\"'><img class=pwned src=x onerror=ran(1)><script>ran(2)</script>`|{{x}}"
#define EVIL_NAME "\"'><img class=pwned src=x onerror=ran(1)><script>ran(2)<" /* without a slash */

static const struct ike_suite aes = { .encr = 12, .key_bits = 256, .prf = 5, .integ = 12, .group = 14, .version = 2 },
				aes1 = { .encr = 7, .key_bits = 256, .prf = 2, .integ = 2, .group = 14, .auth = 1, .version = 1 };

static json_t *models_of(const char *path)
{
	const struct run_options o = { .version = "0" };
	struct run_trouble trouble = { 0 };
	struct judge_error error;
	struct judge *j = judge_new(NULL, &error);
	json_t *models;

	ck_assert_msg(j != NULL, "%s", error.text);
	models = run_models(&path, 1, j, &o, run_group, &trouble);
	ck_assert_msg(models != NULL, "%s: %s", path, trouble.text);
	judge_free(j);
	return models;
}

static char *sample(const char *name)
{
	const char *top = getenv("TOP");
	char *path = malloc(4096);

	snprintf(path, 4096, "%s/samples/%s/a.pcap", top ? top : ".", name);
	return path;
}

static json_t *models_of_sample(const char *name)
{
	char *path = sample(name);
	json_t *models = models_of(path);

	free(path);
	return models;
}

static char *page_by(const json_t *models, enum page_format format, const char *template)
{
	const struct page_options o = { .format = format, .template_name = "t", .template_text = template,
					.template_len = template ? strlen(template) : 0 };
	char error[PAGE_ERROR], *page = NULL;
	size_t len;
	FILE *f = open_memstream(&page, &len);

	ck_assert_msg(report_page(f, models, &o, error), "%s", error);
	fclose(f);
	return page;
}

static char *page_of(const json_t *models, enum page_format format)
{
	return page_by(models, format, NULL);
}

static size_t count(const char *s, const char *what)
{
	size_t n = 0;

	for (; (s = strstr(s, what)); s += strlen(what))
		n += 1;
	return n;
}

/* --- a capture full of markup ------------------------------------------------------------- */

static const char *hostile_capture(void)
{
	static char dir[] = "/tmp/ikescope-page-XXXXXX", path[sizeof dir + 128];
	static struct ike_out one, two;
	struct scene s;
	struct pair p;
	struct sa sa;
	uint8_t redirect[2 + sizeof EVIL - 1] = { 3, sizeof EVIL - 1 }; /* RFC 5685 section 6: a name */

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/%s.pcap", dir, EVIL_NAME);
	memcpy(redirect + 2, EVIL, sizeof EVIL - 1);
	scene_init(&s, AT_A);
	p = pair_of(&s, "198.51.100.10", "203.0.113.10");
	sa = sa_of(&p, A, &aes);
	sa_refused(&sa, 16407, redirect, sizeof redirect);
	pass(&s, 5);
	sa = sa_of(&p, A, &aes1);
	one.pieces = two.pieces = 1;
	for (int i = 0; i < 2; i++) {
		struct draft *d = i ? two.piece : one.piece;

		sa.spi_r = i ? 7 : 0;
		header1(&sa, d, AGGRESSIVE, false, 0);
		draft_sa1(d, &aes1, 1);
		draft_payload1(d, IKE1_P_KE, 256);
		draft_payload1(d, IKE1_P_NONCE, 32);
		draft_id1(d, EVIL);
		draft_vendor(d, IKE1_P_VID, EVIL);
		if (i) {
			draft_payload1(d, 8, 20); /* HASH */
			draft_notify1(d, 14, false);
			draft_bytes(d, EVIL, sizeof EVIL - 1);
		}
	}
	sa.spi_r = 0;
	exchange(&sa, A, &one, &two);
	ck_assert(scene_save(&s, path));
	scene_clear(&s);
	return path;
}

static void forget(const char *path)
{
	char dir[512];

	snprintf(dir, sizeof dir, "%.*s", (int)(strchr(path + strlen("/tmp/"), '/') - path), path);
	unlink(path);
	rmdir(dir);
}

static void no_markup_in(const char *page)
{
	ck_assert_uint_eq(count(page, "<script"), 0);
	ck_assert_uint_eq(count(page, "<img"), 0);
	ck_assert_uint_eq(count(page, "<style>"), 1);
	ck_assert_uint_eq(count(page, "</style>"), 1);
	ck_assert_uint_eq(count(page, "</body>"), 1);
}

START_TEST(markup_in_a_capture_stays_text_in_html)
{
	const char *path = hostile_capture(), *to = getenv("WEB_PAGE");
	json_t *models = models_of(path);
	char *page = page_of(models, PAGE_HTML);
	FILE *f;

	no_markup_in(page);
	ck_assert_uint_gt(count(page, "&lt;img class=pwned"), 3); /* it is there: name, redirect, identity */
	if (to) {
		f = fopen(to, "w");
		ck_assert(f && fputs(page, f) >= 0 && !fclose(f));
	}
	free(page);
	json_decref(models);
	forget(path);
}
END_TEST

START_TEST(markup_in_a_capture_stays_text_in_markdown)
{
	const char *path = hostile_capture();
	json_t *models = models_of(path);
	char *page = page_of(models, PAGE_MARKDOWN), *at = page;
	bool block = false;

	ck_assert_uint_gt(count(page, "\\<img class=pwned"), 1);
	for (char *line; (line = strsep(&at, "\n"));) {
		char *found = line;

		if (!strncmp(line, "```", 3))
			block = !block;
		while (!block && (found = strstr(found, "<img"))) {
			ck_assert_msg(found > line && found[-1] == '\\', "%s", line);
			found += 4;
		}
	}
	free(page);
	json_decref(models);
	forget(path);
}
END_TEST

/* --- every string of a model, poisoned ------------------------------------------------------- */

/* Words of the schema, times and ids steer what is shown; `all` spoils them too. */
static bool steers(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.");

	return !s[n] || (strlen(s) > 20 && s[10] == 'T' && isdigit((unsigned char)*s)) || (s[0] == 'T' && isdigit((unsigned char)s[1]));
}

static json_t *poisoned(const json_t *value, bool all)
{
	json_t *made, *v;
	const char *key;
	size_t i;

	if (json_is_string(value) && (all || !steers(json_string_value(value))))
		return json_sprintf("%s%s", json_string_value(value), EVIL);
	if (json_is_array(value)) {
		made = json_array();
		json_array_foreach(value, i, v)
			json_array_append_new(made, poisoned(v, all));
		return made;
	}
	if (json_is_object(value)) {
		made = json_object();
		json_object_foreach((json_t *)(uintptr_t)value, key, v)
			json_object_set_new(made, key, poisoned(v, all));
		return made;
	}
	return json_deep_copy(value);
}

static const char *const names[] = { "field-report-ezvpn", "healthy", "wrong-pre-shared-key", "large-packets-vanish",
				     "three-tunnels-two-failing", "intermediate-certificate-missing" };
enum { NAMES = sizeof names / sizeof *names };

START_TEST(no_string_of_a_model_can_become_markup)
{
	json_t *models = models_of_sample(names[_i / 2]), *evil = poisoned(models, _i % 2);
	char *page = page_of(evil, PAGE_HTML);

	no_markup_in(page);
	ck_assert_uint_gt(count(page, "&lt;img class=pwned"), 10);
	free(page);
	page = page_of(evil, PAGE_MARKDOWN);
	free(page);
	json_decref(evil);
	json_decref(models);
}
END_TEST

START_TEST(a_template_of_ones_own_cannot_let_markup_in)
{
	json_t *models = models_of_sample("field-report-ezvpn"), *evil = poisoned(models, false);
	char *page = page_by(evil, PAGE_HTML, "{{#reports}}{{#first}}{{{sentence}}}{{&state}}{{{id}}}{{{ladder.wide}}}{{/first}}{{/reports}}");

	ck_assert_uint_eq(count(page, "<img"), 0);
	ck_assert_uint_gt(count(page, "&lt;img"), 0);
	ck_assert_uint_eq(count(page, "<svg"), 1);
	free(page);
	json_decref(evil);
	json_decref(models);
}
END_TEST

/* --- what a page has ---------------------------------------------------------------------------- */

START_TEST(a_page_needs_nothing_else_and_runs_nothing)
{
	json_t *models = models_of_sample(names[_i]);
	char *page = page_of(models, PAGE_HTML), *csp = strstr(page, "Content-Security-Policy");

	ck_assert_ptr_nonnull(csp);
	ck_assert_msg(!strncmp(strchr(csp, '='), "=\"default-src 'none'; style-src 'sha256-", 40), "%.90s", csp);
	ck_assert_uint_eq(count(page, "<script") + count(page, " style=") + count(page, " src=") + count(page, "@import") +
				  count(page, "url("), 0);
	ck_assert_uint_eq(count(page, "href=\"") - count(page, "href=\"#i-"), 0);
	ck_assert_uint_eq(count(page, "<h1"), 1);
	ck_assert_uint_eq(count(page, "<main"), 1);
	ck_assert_uint_eq(count(page, "role=\"img\"") >= count(page, "<figure"), 1);
	ck_assert_uint_eq(count(page, "{{"), 0);
	ck_assert_uint_lt(strlen(page), 300 * 1024);
	free(page);
	json_decref(models);
}
END_TEST

START_TEST(a_healthy_page_has_no_red)
{
	json_t *models = models_of_sample("healthy");
	char *page = page_of(models, PAGE_HTML), *body = strstr(page, "<div class=\"sheet\"");

	ck_assert_ptr_nonnull(body);
	ck_assert_uint_eq(count(body, "is-fault") + count(body, "f-fault") + count(body, "s-fault") + count(body, "i-fault"), 0);
	ck_assert_uint_eq(count(body, "<details open>"), 1);
	free(page);
	json_decref(models);
}
END_TEST

START_TEST(two_thousand_tunnels_are_a_table_and_ten_reports)
{
	json_t *models = models_of_sample("wrong-pre-shared-key"), *tunnels, *tunnel;
	char *page;

	tunnels = json_object_get(json_array_get(models, 0), "tunnels");
	tunnel = json_array_get(tunnels, 0);
	for (int i = 2; i <= 2000; i++) {
		json_t *more = json_deep_copy(tunnel);

		json_object_set_new(more, "id", json_sprintf("T%d", i));
		json_array_append_new(tunnels, more);
	}
	page = page_of(models, PAGE_HTML);
	ck_assert_uint_eq(count(page, "class=\"case"), 10);
	ck_assert_uint_eq(count(page, "mono tid"), 2000);
	ck_assert_ptr_nonnull(strstr(page, "1,990 more tunnels"));
	ck_assert_ptr_nonnull(strstr(page, "1,980 more"));
	ck_assert_uint_eq(count(page, "<h1"), 1);
	ck_assert_uint_lt(strlen(page), 3 << 20);
	free(page);
	json_decref(models);
}
END_TEST

START_TEST(several_captures_are_one_page)
{
	json_t *models = models_of_sample("healthy"), *more = models_of_sample("wrong-pre-shared-key");
	char *page;

	json_array_extend(models, more);
	page = page_of(models, PAGE_HTML);
	ck_assert_uint_eq(count(page, "<h1"), 1);
	ck_assert_uint_eq(count(page, "class=\"report\""), 2);
	free(page);
	json_decref(more);
	json_decref(models);
}
END_TEST

/* RFC 4180: fields in quotes, a quote doubled, lines end in CR LF. */
START_TEST(each_finding_is_a_row_of_csv)
{
	json_t *models = models_of_sample("field-report-ezvpn"), *evil = poisoned(models, false);
	char *page = page_of(evil, PAGE_CSV);
	size_t quotes = 0, fields = 1, rows = 0, findings;

	findings = json_array_size(json_object_get(json_array_get(json_object_get(json_array_get(models, 0), "tunnels"), 0), "findings"));
	for (char *c = page; *c; c++) {
		quotes += *c == '"';
		fields += *c == ',' && quotes % 2 == 0;
		if (*c != '\n' || quotes % 2)
			continue;
		ck_assert_int_eq(c[-1], '\r');
		ck_assert_uint_eq(fields, 16);
		fields = 1;
		rows += 1;
	}
	ck_assert_uint_eq(quotes % 2, 0);
	ck_assert_uint_eq(rows, findings + 1);
	free(page);
	json_decref(evil);
	json_decref(models);
}
END_TEST

START_TEST(no_field_of_csv_is_a_formula)
{
	json_t *models = models_of_sample("field-report-ezvpn");
	json_t *capture = json_array_get(json_object_get(json_array_get(models, 0), "captures"), 0);
	char *page;

	json_object_set_new(capture, "file", json_string("=HYPERLINK(\"http://x\")"));
	page = page_of(models, PAGE_CSV);
	ck_assert_ptr_nonnull(strstr(page, "\"'=HYPERLINK(\"\"http://x\"\")\""));
	ck_assert_ptr_null(strstr(page, "\"=HYPERLINK"));
	free(page);
	json_decref(models);
}
END_TEST

static void nagios_says(const char *name, bool partly, enum nagios_state wanted, const char *beginning)
{
	json_t *models = models_of_sample(name), *evil;
	enum nagios_state state;
	char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);

	evil = poisoned(models, false);
	ck_assert(report_nagios(f, evil, partly, &state));
	fclose(f);
	ck_assert_int_eq((int)state, (int)wanted);
	ck_assert_msg(!strncmp(line, beginning, strlen(beginning)), "%s", line);
	ck_assert_uint_eq(count(line, "\n"), 1);
	ck_assert_uint_eq(count(line, "|"), 1); /* before the performance data alone */
	free(line);
	json_decref(evil);
	json_decref(models);
}

START_TEST(a_monitoring_system_gets_one_line_and_its_code)
{
	nagios_says("healthy", false, NAGIOS_OK, "IKESCOPE OK - This tunnel works.");
	nagios_says("healthy", true, NAGIOS_UNKNOWN, "IKESCOPE UNKNOWN - ");
	nagios_says("wrong-pre-shared-key", true, NAGIOS_CRITICAL, "IKESCOPE CRITICAL - 203.0.113.10 refuses");
}
END_TEST

static void in_manual(const json_t *value, const char *manual)
{
	const char *key;
	json_t *v;
	size_t i;

	json_array_foreach(value, i, v)
		in_manual(v, manual);
	json_object_foreach((json_t *)(uintptr_t)value, key, v) {
		const char *at = manual;
		size_t len = strlen(key);

		while ((at = strstr(at, key)) && (isalnum((unsigned char)at[-1]) || at[-1] == '_' || isalnum((unsigned char)at[len]) || at[len] == '_'))
			at += 1;
		ck_assert_msg(at != NULL, "ikescope-template(5) does not name %s", key);
		if (strcmp(key, "words"))
			in_manual(v, manual);
	}
}

START_TEST(every_member_of_the_view_model_is_in_the_manual)
{
	const struct shown how = { .escape = _i % 2 ? ESCAPE_HTML : ESCAPE_MARKDOWN, .figures = _i % 2 };
	const char *top = getenv("TOP");
	json_t *models = models_of_sample(names[_i / 2]), *shown = shown_report(models, &how), *rows = shown_rows(models);
	static char manual[1 << 16];
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/man/ikescope-template.5", top ? top : ".");
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	manual[fread(manual, 1, sizeof manual - 1, f)] = '\0';
	fclose(f);
	in_manual(shown, manual);
	in_manual(rows, manual);
	json_decref(rows);
	json_decref(shown);
	json_decref(models);
}
END_TEST

/* Runs as "plain[code]plain". */
static char *runs_of(const char *s)
{
	const struct shown how = { .escape = ESCAPE_NONE };
	json_t *runs = shown_runs(&how, s), *run;
	struct text t;
	size_t i;

	text_init(&t);
	json_array_foreach(runs, i, run) {
		const json_t *code = json_object_get(json_object_get(run, "code"), "markup");

		text_addf(&t, code ? "[%s]" : "%s", json_string_value(code ? code : json_object_get(run, "plain")));
	}
	json_decref(runs);
	return text_take(&t);
}

START_TEST(what_is_to_be_typed_stands_apart)
{
	static const char *const rows[][2] = {
		{ "Log in again. This filter must show frames: ip.src==1.2.3.4 && ip.frag_offset>0",
		  "Log in again. This filter must show frames: [ip.src==1.2.3.4 && ip.frag_offset>0]" },
		{ "Filter: isakmp.cert.encoding==4.", "Filter: [isakmp.cert.encoding==4]." },
		{ "frame.number in {7,16} shows it", "[frame.number in {7,16}] shows it" },
		{ "No frame matches: !icmp || (udp.port==500 && ip.len>9)", "No frame matches: [!icmp || (udp.port==500 && ip.len>9)]" },
		{ "Try it: ping -M do -s N 1.2.3.4 (Linux), ping -f -l N (Windows).",
		  "Try it: [ping -M do -s N 1.2.3.4] (Linux), [ping -f -l N] (Windows)." },
		{ "Record whole frames: tcpdump -s 0", "Record whole frames: [tcpdump -s 0]" },
		{ "Use tcpdump -ni eth0 'ip[6:2] & 0x1fff != 0 (x), y'. Then wait.", "Use [tcpdump -ni eth0 'ip[6:2] & 0x1fff != 0 (x), y']. Then wait." },
		{ "过滤器：ip.src==1.2.3.4 && ip.frag_offset>0，应有帧。", "过滤器：[ip.src==1.2.3.4 && ip.frag_offset>0]，应有帧。" },
		{ "用isakmp.cert.encoding==4显示", "用[isakmp.cert.encoding==4]显示" },
		{ "（ping -f -l N，Windows）；再用 tcpdump -s 0 抓包", "（[ping -f -l N]，Windows）；再用 [tcpdump -s 0] 抓包" },
		{ "Is it reachable (ping, another service)?", "Is it reachable (ping, another service)?" },
		{ "The host vpn.example.com, the file swanctl.conf.", "The host vpn.example.com, the file swanctl.conf." },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *made = runs_of(rows[i][0]);

		ck_assert_str_eq(made, rows[i][1]);
		mem_free(made);
	}
}
END_TEST

START_TEST(a_line_does_not_end_within_a_number_and_its_unit)
{
	const struct shown how = { .escape = ESCAPE_HTML, .ties = true };
	json_t *made = shown_text(&how, "7 of 7 packets (UDP 4500) of 1,396 bytes, 4.86 s later, see RFC 7296 2.21; of them");

	ck_assert_str_eq(json_string_value(made),
			 "7\u00a0of\u00a07 packets (UDP\u00a04500) of\u00a01,396\u00a0bytes, 4.86\u00a0s later, see RFC\u00a07296 2.21; of them");
	json_decref(made);
}
END_TEST

START_TEST(a_template_that_is_wrong_is_told_by_its_line)
{
	const char *text = "one\n{{#two}}\n";
	const struct page_options o = { .format = PAGE_PLAIN, .template_name = "mine.txt", .template_text = text,
					.template_len = strlen(text) };
	json_t *models = json_array();
	char error[PAGE_ERROR];
	FILE *f = fopen("/dev/null", "w");

	ck_assert(!report_page(f, models, &o, error));
	ck_assert_str_eq(error, "mine.txt:2: a section that does not end");
	fclose(f);
	json_decref(models);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page");
	TCase *c = tcase_create("page");
	SRunner *r;
	int failed;

	tcase_add_test(c, markup_in_a_capture_stays_text_in_html);
	tcase_add_test(c, markup_in_a_capture_stays_text_in_markdown);
	tcase_add_loop_test(c, no_string_of_a_model_can_become_markup, 0, 2 * NAMES);
	tcase_add_test(c, a_template_of_ones_own_cannot_let_markup_in);
	tcase_add_loop_test(c, a_page_needs_nothing_else_and_runs_nothing, 0, NAMES);
	tcase_add_test(c, a_healthy_page_has_no_red);
	tcase_add_test(c, two_thousand_tunnels_are_a_table_and_ten_reports);
	tcase_add_test(c, several_captures_are_one_page);
	tcase_add_test(c, each_finding_is_a_row_of_csv);
	tcase_add_test(c, no_field_of_csv_is_a_formula);
	tcase_add_test(c, a_monitoring_system_gets_one_line_and_its_code);
	tcase_add_loop_test(c, every_member_of_the_view_model_is_in_the_manual, 0, 2 * NAMES);
	tcase_add_test(c, what_is_to_be_typed_stands_apart);
	tcase_add_test(c, a_line_does_not_end_within_a_number_and_its_unit);
	tcase_add_test(c, a_template_that_is_wrong_is_told_by_its_line);
	tcase_set_timeout(c, 60);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
