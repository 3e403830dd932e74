/*
 * Finished text: where a line may not end, and which part of a sentence is to be typed.
 */
#include "analyzer/report/shown.h"

#include <ctype.h>

#include "analyzer/judge/format.h"

#define NO_BREAK "\xc2\xa0"

struct piece {
	const char *at;
	size_t len;
};

static bool is_one_of(struct piece p, const char *const *words, size_t n)
{
	while (p.len && strchr(".,;:)", p.at[p.len - 1]))
		p.len -= 1;
	for (size_t i = 0; i < n; i++)
		if (strlen(words[i]) == p.len && !memcmp(words[i], p.at, p.len))
			return true;
	return false;
}

/* "7 of 7", "4.86 s", "1,396 bytes", "UDP 4500", "RFC 7296": no line ends in these. */
static bool are_tied(struct piece before, struct piece after)
{
	static const char *const units[] = { "bytes", "byte", "B",  "ms", "s", "min",
					     "h",     "d",    "of", "UTC" };
	static const char *const heads[] = { "of",     "UDP",   "TCP",   "port", "RFC",  "section", "group",
					     "attempt", "frame", "type", "code", "protocol", "message" };

	if (!before.len || !after.len)
		return false;
	if (isdigit((unsigned char)before.at[before.len - 1]) && is_one_of(after, units, sizeof units / sizeof *units))
		return true;
	while (before.len && *before.at == '(')
		before.at += 1, before.len -= 1;
	return isdigit((unsigned char)*after.at) && is_one_of(before, heads, sizeof heads / sizeof *heads);
}

static struct piece word_at(const char *s)
{
	return (struct piece){ s, strcspn(s, " ") };
}

static void add_tied(struct text *t, const char *s, size_t len)
{
	const char *end = s + len;
	struct piece before = { s, 0 };

	while (s < end) {
		struct piece p = word_at(s);

		p.len = p.len > (size_t)(end - s) ? (size_t)(end - s) : p.len;
		if (s > before.at)
			text_add(t, are_tied(before, p) ? NO_BREAK : " ");
		text_add_bytes(t, s, p.len);
		before = p;
		s += p.len;
		if (s < end && ++s == end)
			text_add(t, " ");
	}
}

json_t *shown_text(const struct shown *how, const char *s)
{
	struct text t;

	if (!s)
		return json_null();
	text_init(&t);
	if (how->ties)
		add_tied(&t, s, strlen(s));
	else
		text_add(&t, s);
	return take_string(&t);
}

json_t *shown_taken(const struct shown *how, json_t *take)
{
	json_t *made = shown_text(how, json_string_value(take));

	json_decref(take);
	return made;
}

json_t *shown_markup(const char *made)
{
	return json_pack("{s:s}", SHOWN_MARKUP, made);
}

/* One backtick more than stand together anywhere in it, `least` at the least. */
static void make_fence(struct text *t, const char *s, size_t least)
{
	size_t longest = 0, n;

	for (; *s; s += n ? n : 1) {
		n = strspn(s, "`");
		longest = n > longest ? n : longest;
	}
	for (n = longest + 1; n < least; n++)
		text_add(t, "`");
	for (n = 0; n <= longest; n++)
		text_add(t, "`");
}

/* CommonMark 6.1: code may hold any backticks but those of its fence. */
static void add_fenced(struct text *t, const char *s)
{
	const char *gap = strchr(s, '`') ? " " : "";
	struct text fence;

	text_init(&fence);
	make_fence(&fence, s, 1);
	text_addf(t, "%s%s", fence.at, gap);
	for (; *s; s++)
		text_add_bytes(t, *s == '\n' ? " " : s, 1);
	text_addf(t, "%s%s", gap, fence.at);
	text_clear(&fence);
}

json_t *shown_block(const char *lines)
{
	struct text t, fence, safe;
	json_t *made;

	text_init(&t);
	text_init(&fence);
	text_init(&safe);
	make_fence(&fence, lines, 3);
	escape_add(&safe, ESCAPE_NONE, lines);
	while (safe.len && safe.at[safe.len - 1] == '\n')
		safe.at[--safe.len] = '\0';
	text_addf(&t, "%s\n%s\n%s", fence.at, safe.at, fence.at);
	made = shown_markup(t.at);
	text_clear(&t);
	text_clear(&fence);
	text_clear(&safe);
	return made;
}

json_t *shown_code(const struct shown *how, const char *s)
{
	struct text t, safe;
	json_t *made;

	if (!s || !*s)
		return json_null();
	text_init(&t);
	text_init(&safe);
	escape_add(&safe, how->escape == ESCAPE_HTML ? ESCAPE_HTML : ESCAPE_NONE, s);
	if (how->escape == ESCAPE_HTML)
		text_addf(&t, "<code>%s</code>", safe.at);
	else if (how->escape == ESCAPE_MARKDOWN)
		add_fenced(&t, safe.at);
	else
		escape_add(&t, how->escape, s);
	made = shown_markup(t.at);
	text_clear(&t);
	text_clear(&safe);
	return made;
}

/* --- what is to be typed ------------------------------------------------------- */

/* "ip.src==1.2.3.4", or "!icmp" before an operator: what a display filter of ours begins with. */
static bool begins_filter(const char *s)
{
	static const char *const protocols[] = { "ip",  "ipv6", "udp",    "udpencap", "tcp", "esp",
						 "ah",  "icmp", "icmpv6", "isakmp",   "frame", "arp", "eth", "dns" };
	size_t n;

	s += strspn(s, "(!");
	n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (!is_one_of((struct piece){ s, n }, protocols, sizeof protocols / sizeof *protocols))
		return false;
	return (s[n] == '.' && islower((unsigned char)s[n + 1])) || !strncmp(s + n, " && ", 4) || !strncmp(s + n, " || ", 4);
}

/* What is typed is ASCII: Chinese around it ends it, with a blank or without. */
static bool is_ascii(char c)
{
	return !((unsigned char)c & 0x80);
}

static size_t skip_blanks(const char *s)
{
	return strspn(s, " ");
}

/* Where a display filter that begins here ends; 0: none begins. */
static size_t filter_len(const char *s)
{
	size_t end = 0, at = 0;

	if (!begins_filter(s))
		return 0;
	for (;;) {
		size_t n;

		while (s[at] && s[at] != ' ' && is_ascii(s[at]))
			at += 1;
		end = at;
		at += skip_blanks(s + at);
		if (!strncmp(s + at, "in {", 4) && strchr(s + at, '}')) {
			end = at = (size_t)(strchr(s + at, '}') - s) + 1;
			at += strspn(s + at, ")");
			end = at;
			at += skip_blanks(s + at);
		}
		n = !strncmp(s + at, "&& ", 3) || !strncmp(s + at, "|| ", 3) ? 3 : !strncmp(s + at, "== ", 3) ? 3 : 0;
		if (!n)
			break;
		at += n;
	}
	while (end && strchr(".,;:", s[end - 1]))
		end--;
	return end;
}

/* Where a command with an option that begins here ends: at its line's end, a bracket, a comma or a word of Chinese outside quotes. */
static size_t command_len(const char *s)
{
	static const char *const programs[] = { "tcpdump -", "ping -", "tshark -", "swanctl -", "journalctl -", "ikescope " };
	bool quoted = false;
	size_t len = 0;

	for (size_t i = 0; !len && i < sizeof programs / sizeof *programs; i++)
		if (!strncmp(s, programs[i], strlen(programs[i])))
			len = strlen(programs[i]);
	if (!len)
		return 0;
	for (; s[len]; len++) {
		bool ends = s[len + 1] == ' ' || !s[len + 1];

		quoted ^= s[len] == '\'';
		if (!quoted && (!is_ascii(s[len]) || (strchr(".,;:", s[len]) && ends) || !strncmp(s + len, " (", 2) || s[len] == ')'))
			break;
	}
	while (s[len - 1] == ' ')
		len--;
	return len;
}

static void add_run(const struct shown *how, json_t *runs, const char *s, size_t len, bool code)
{
	struct text t;

	if (!len)
		return;
	text_init(&t);
	if (code || !how->ties)
		text_add_bytes(&t, s, len);
	else
		add_tied(&t, s, len);
	json_array_append_new(runs, json_pack("{s:o,s:o}", "plain", code ? json_null() : json_string(t.at), "code",
					      code ? shown_code(how, t.at) : json_null()));
	text_clear(&t);
}

json_t *shown_runs(const struct shown *how, const char *s)
{
	json_t *runs = json_array();
	const char *from = s, *at = s;

	while (s && *at) {
		bool begins = at == s || at[-1] == ' ' || at[-1] == '(' || !is_ascii(at[-1]);
		size_t code = begins ? filter_len(at) : 0;

		code = code || !begins ? code : command_len(at);
		if (!code) {
			at += 1;
			continue;
		}
		add_run(how, runs, from, (size_t)(at - from), false);
		add_run(how, runs, at, code, true);
		from = at += code;
	}
	if (s)
		add_run(how, runs, from, (size_t)(at - from), false);
	return runs;
}

json_t *shown_paragraphs(const struct shown *how, const json_t *texts, size_t most)
{
	json_t *list = json_array(), *s;
	size_t i;

	json_array_foreach(texts, i, s)
		if (i < most && json_is_string(s))
			json_array_append_new(list, json_pack("{s:o}", "text", shown_runs(how, json_string_value(s))));
	return list;
}

