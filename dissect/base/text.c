#include "dissect/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dissect/base/mem.h"

void text_init(struct text *t)
{
	*t = (struct text){ .at = mem_zero(16), .len = 0, .room = 16 };
}

void text_clear(struct text *t)
{
	mem_free(t->at);
	*t = (struct text){ 0 };
}

char *text_take(struct text *t)
{
	char *at = t->at;

	*t = (struct text){ 0 };
	return at;
}

static void make_room(struct text *t, size_t more)
{
	size_t room = t->room ? t->room : 16; /* 0 after text_clear */

	while (room - t->len <= more && room <= SIZE_MAX / 2)
		room *= 2;
	if (room != t->room)
		t->at = mem_resize(t->at, t->room = room);
}

void text_add_bytes(struct text *t, const char *s, size_t len)
{
	make_room(t, len);
	if (len)
		memcpy(t->at + t->len, s, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

/* Ideographs and full-width signs: U+3000 to U+9FFF, U+FF00 to U+FF7F. */
static bool is_wide(const char *s, size_t len)
{
	const uint8_t *u = (const uint8_t *)s;

	return len >= 3 && ((u[0] >= 0xe3 && u[0] <= 0xe9) || (u[0] == 0xef && (u[1] == 0xbc || u[1] == 0xbd)));
}

static bool ends_wide(const char *s, size_t len)
{
	return len >= 3 && is_wide(s + len - 3, 3);
}

void text_join(struct text *t, size_t from, const char *s, size_t len)
{
	const char *before = t->at + from;
	size_t n = t->len - from;

	if (n && before[n - 1] == ' ' && is_wide(s, len) && ends_wide(before, n - 1))
		t->at[--t->len] = '\0';
	else if (len && *s == ' ' && is_wide(s + 1, len - 1) && ends_wide(before, n))
		s++, len--;
	text_add_bytes(t, s, len);
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		make_room(t, (size_t)n);
		vsnprintf(t->at + t->len, (size_t)n + 1, format, again);
		t->len += (size_t)n;
	}
	va_end(again);
}

void text_add_hex(struct text *t, struct bytes b)
{
	static const char digits[] = "0123456789abcdef";

	make_room(t, b.len * 2);
	for (size_t i = 0; i < b.len; i++) {
		t->at[t->len++] = digits[b.at[i] >> 4];
		t->at[t->len++] = digits[b.at[i] & 15];
	}
	t->at[t->len] = '\0';
}

/* Length of the valid UTF-8 sequence at s, its code point in *ret; 0 when there is none. */
static size_t utf8_at(const uint8_t *s, size_t left, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	uint32_t c;

	if (n == 0 || n > left)
		return 0;
	c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return n;
}

static bool shows(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false; /* C0, DEL, C1 */
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f))
		return false; /* invisible, line separators, bidirectional overrides */
	if (c == 0xad || c == 0x061c || c == 0x180e || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb))
		return false; /* soft hyphen, marks, interlinear annotation: invisible too */
	return (c & 0xfffe) != 0xfffe && c < 0xe0000; /* no character, tags, private planes */
}

void text_add_wire(struct text *t, struct bytes b)
{
	for (size_t i = 0; i < b.len;) {
		uint32_t c = 0;
		size_t n = utf8_at(b.at + i, b.len - i, &c);

		if (n && shows(c)) {
			text_add_bytes(t, (const char *)b.at + i, n);
			i += n;
		} else {
			text_addf(t, "\\x%02x", b.at[i]);
			i += 1;
		}
	}
}
