#include "analyzer/report/page.h"

#include <string.h>

#include "dissect/base/mem.h"

struct range {
	uint32_t first, last;
};

/* Unicode: combining marks stand on the character before them. */
static const struct range zero_wide[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f }, { 0x0900, 0x0902 }, { 0x0941, 0x0948 }, { 0x0e31, 0x0e31 },
	{ 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff }, { 0x3099, 0x309a }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};
/* Unicode TR 11, classes W and F. */
static const struct range double_wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2329, 0x232a },   { 0x23e9, 0x23ec },
	{ 0x25fd, 0x25fe },   { 0x2614, 0x2615 },   { 0x2648, 0x2653 },   { 0x26aa, 0x26ab },
	{ 0x26bd, 0x26be },   { 0x2705, 0x2705 },   { 0x270a, 0x270b },   { 0x274c, 0x274c },
	{ 0x2753, 0x2755 },   { 0x2795, 0x2797 },   { 0x2b1b, 0x2b1c },   { 0x2e80, 0x303e },
	{ 0x3041, 0x4dbf },   { 0x4e00, 0xa4cf },   { 0xa960, 0xa97c },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
	{ 0x16fe0, 0x18cff }, { 0x1b000, 0x1b2ff }, { 0x1f004, 0x1f004 }, { 0x1f18e, 0x1f19a },
	{ 0x1f200, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f7e0, 0x1f7eb }, { 0x1f900, 0x1faff },
	{ 0x20000, 0x3fffd },
};

/* They ascend, and most characters stand before the first of them. */
static bool within(const struct range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n && c >= r[i].first; i++)
		if (c <= r[i].last)
			return true;
	return false;
}

static size_t char_len(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : 4, i = 1;

	while (i < n && ((unsigned char)s[i] & 0xc0) == 0x80)
		i++;
	return i;
}

static size_t char_cells(const char *s, size_t len)
{
	uint32_t c = (unsigned char)*s;

	if (len > 1)
		c &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3fu);
	if (within(zero_wide, sizeof zero_wide / sizeof *zero_wide, c))
		return 0;
	return within(double_wide, sizeof double_wide / sizeof *double_wide, c) ? 2 : 1;
}

size_t page_wide_run(const char *s)
{
	size_t n = 0, len;

	while (s[n] && (len = char_len(s + n)) > 1 && char_cells(s + n, len) == 2)
		n += len;
	return n;
}

size_t cells(const char *s)
{
	size_t n = 0;

	while (*s) {
		size_t len = char_len(s);

		if (*s == '\033') { /* ours: page_safe() lets none through */
			s += strcspn(s, "m");
			s += *s == 'm';
			continue;
		}
		n += char_cells(s, len);
		s += len;
	}
	return n;
}

void page_safe(const struct page *p, struct text *t, const char *s)
{
	size_t from = t->len, len;
	char *made;

	text_add_wire(t, (struct bytes){ (const uint8_t *)s, strlen(s) });
	if (p->utf8)
		return;
	len = t->len - from;
	made = mem_copy(t->at + from, len + 1);
	t->len = from;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)made[i] < 0x80)
			text_add_bytes(t, made + i, 1);
		else
			text_addf(t, "\\x%02x", (unsigned)(unsigned char)made[i]);
	t->at[t->len] = '\0';
	mem_free(made);
}

void text_empty(struct text *t)
{
	t->len = 0;
	t->at[0] = '\0';
}

void clip(struct text *t, size_t width)
{
	size_t room = width > 2 ? width - 2 : 0, at = 0, used = 0;

	if (cells(t->at) <= width)
		return;
	while (t->at[at]) {
		size_t len = char_len(t->at + at), more = char_cells(t->at + at, len);

		if (used + more > room)
			break;
		used += more;
		at += len;
	}
	t->len = at;
	t->at[at] = '\0';
	text_add_bytes(t, "..", width < 2 ? width : 2);
}

void fill_cells(struct text *t, const char *with, size_t width)
{
	size_t have = cells(t->at), each = cells(with);

	for (; each && have + each <= width; have += each)
		text_add(t, with);
}

/* Characters of Chinese that no line begins with, and those that none ends with. */
static const char closing[] = "\u3001\u3002\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff1a\uff1b\uff1f";
static const char opening[] = "\u300a\u300c\u300e\u3010\uff08";

static bool among(const char *s, size_t len, const char *set)
{
	for (; *set; set += char_len(set))
		if (char_len(set) == len && !memcmp(s, set, len))
			return true;
	return false;
}

/* A line ends at a blank, beside a wide character, or where it is full. */
bool wrap_next(const char **at, size_t width, struct text *line)
{
	const char *s = *at, *end = NULL, *next = NULL, *before = NULL;
	size_t used = 0, len_before = 0;

	width = width ? width : 1;
	while (*s == ' ')
		s++;
	*at = s;
	if (!*s)
		return false;
	for (;;) {
		size_t len = *s ? char_len(s) : 0, more = len ? char_cells(s, len) : 0;
		bool wide = more == 2 || (before && char_cells(before, len_before) == 2);

		if (!len || (before && *s == ' ') ||
		    (before && wide && !among(s, len, closing) && !among(before, len_before, opening)))
			end = next = s;
		if (!len)
			break;
		if (used + more > width && before) {
			if (!end)
				end = next = s;
			break;
		}
		used += more;
		before = s;
		len_before = len;
		s += len;
	}
	text_add_bytes(line, *at, (size_t)(end - *at));
	*at = next;
	return true;
}

void styled(const struct page *p, struct text *t, enum style style, const char *safe)
{
	static const char *const codes[] = { "", "1", "2", "31", "36", "33" };

	if (!p->color || style == PLAIN || !*safe) {
		text_add(t, safe);
		return;
	}
	text_addf(t, "\033[%sm%s\033[0m", codes[style], safe);
}

void page_line(struct page *p, const char *safe)
{
	size_t len = strlen(safe);

	while (len && safe[len - 1] == ' ')
		len--;
	if (!p->f) {
		text_add_bytes(p->to, safe, len);
		text_add(p->to, "\n");
	} else if (fwrite(safe, 1, len, p->f) != len || fputc('\n', p->f) == EOF) {
		p->failed = true;
	}
}

void page_gap(struct page *p)
{
	page_line(p, "");
}

void page_paragraph(struct page *p, const char *lead, enum style style, const char *text)
{
	size_t indent = cells(lead), width = p->columns > indent + 8 ? p->columns - indent : 8;
	struct text safe, line, piece;
	const char *at;

	text_init(&safe);
	text_init(&line);
	text_init(&piece);
	page_safe(p, &safe, text);
	at = safe.at;
	text_add(&line, lead);
	while (wrap_next(&at, width, &piece)) {
		styled(p, &line, style, piece.at);
		page_line(p, line.at);
		text_empty(&line);
		text_empty(&piece);
		fill_cells(&line, " ", indent);
	}
	text_clear(&safe);
	text_clear(&line);
	text_clear(&piece);
}
