/* What a file is when it is no capture, so that its owner knows what to fetch or convert. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dissect/capture/reader.h"

enum { ELF_CORE = 4 };

static const struct format {
	size_t offset, len;
	const char *magic, *words;
} formats[] = {
#define FORMAT(offset, magic, words) { offset, sizeof magic - 1, magic, words },
#define LINE(token, words)
#include "dissect/capture/formats.def"
#undef FORMAT
#undef LINE
};

#define FORMAT(offset, magic, words)
#define LINE(token, words) static const char SAY_##token[] = words;
#include "dissect/capture/formats.def"
#undef FORMAT
#undef LINE

static bool has_at(struct bytes b, size_t offset, const void *what, size_t len)
{
	return offset <= b.len && len <= b.len - offset && !memcmp(b.at + offset, what, len);
}

static const char *by_magic(struct bytes head)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (has_at(head, formats[i].offset, formats[i].magic, formats[i].len))
			return formats[i].words;
	return NULL;
}

static bool is_core(struct bytes head)
{
	return has_at(head, 0, "\x7f" "ELF", 4) && head.len > 17 &&
	       (head.at[5] == 1 ? head.at[16] : head.at[17]) == ELF_CORE;
}

/* --- text -------------------------------------------------------------------------------- */

static bool is_text(struct bytes head)
{
	size_t odd = 0;

	for (size_t i = 0; i < head.len; i++) {
		if (!head.at[i])
			return false;
		odd += head.at[i] < ' ' && !isspace(head.at[i]) && head.at[i] != 0x1b;
	}
	return odd <= head.len / 100;
}

/* Whether `line` begins with the format: digits (9), words (a), blanks ( ), others as they are. */
static bool looks_like(const char *line, size_t len, const char *format)
{
	size_t i = 0;

	for (; *format; format++) {
		size_t start = i;

		if (*format == '9')
			while (i < len && isdigit((unsigned char)line[i]))
				i++;
		else if (*format == 'a')
			while (i < len && isgraph((unsigned char)line[i]))
				i++;
		else if (*format == ' ')
			while (i < len && (line[i] == ' ' || line[i] == '\t'))
				i++;
		else if (i < len && line[i] == *format)
			i++;
		if (i == start)
			return false;
	}
	return true;
}

static bool begins(const char *line, size_t len, const char *with)
{
	return len >= strlen(with) && !strncasecmp(line, with, strlen(with));
}

static bool holds(const char *line, size_t len, const char *what)
{
	return memmem(line, len, what, strlen(what)) != NULL;
}

static const char *by_line(const char *line, size_t len)
{
	if (begins(line, len, "<!doctype html") || begins(line, len, "<html"))
		return SAY_HTML;
	if (begins(line, len, "<?xml"))
		return holds(line, len, "pdml") ? SAY_PDML : SAY_XML;
	if (begins(line, len, "interfaces=[") || begins(line, len, "filters=["))
		return SAY_FORTIGATE;
	if (looks_like(line, len, "9.9 a ") && holds(line, len, " -> ") &&
	    (holds(line, len, " in ") || holds(line, len, " out ")))
		return SAY_FORTIGATE;
	if (looks_like(line, len, "9:9:9.9 IP") || looks_like(line, len, "9-9-9 9:9:9.9 IP"))
		return SAY_TCPDUMP;
	if (looks_like(line, len, "9: 9:9:9.9 ") || holds(line, len, "packets captured"))
		return SAY_CISCO;
	if (looks_like(line, len, "0x9: 9") || looks_like(line, len, "0x9 9") ||
	    (looks_like(line, len, "9 9") && holds(line, len, " 45 00 ")))
		return SAY_HEX;
	if (holds(line, len, "No. ") && holds(line, len, "Source") &&
	    holds(line, len, "Destination"))
		return SAY_LIST;
	return NULL;
}

static const char *by_text(struct bytes head)
{
	const char *at = (const char *)head.at, *end = at + head.len;
	const char *first = NULL;

	if (!is_text(head))
		return NULL;
	for (int lines = 0; at < end && lines < 40; lines++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const char *words;

		if (!stop)
			stop = end;
		while (at < stop && isspace((unsigned char)*at))
			at++;
		words = by_line(at, (size_t)(stop - at));
		if (words)
			return words;
		first = first ? first : at;
		at = stop < end ? stop + 1 : end;
	}
	if (first && first < end && (*first == '{' || *first == '['))
		return SAY_JSON;
	return SAY_TEXT;
}

/* --- a capture behind something else, such as the greeting of a login -------------------- */

static size_t find_capture(struct bytes head)
{
	for (size_t i = 1; i + 12 <= head.len; i++) {
		const uint8_t *at = head.at + i;

		if (pcapng_is(at) ||
		    (pcap_is(at) && (half(at + 4, false) == 2 || half(at + 4, true) == 2)))
			return i;
	}
	return 0;
}

void format_say(struct bytes head, char *to, size_t len)
{
	const char *words = is_core(head) ? SAY_CORE : by_magic(head);
	size_t at = words ? 0 : find_capture(head);

	if (!words && !at)
		words = by_text(head);
	if (at)
		snprintf(to, len, SAY_BEHIND, at, at + 1);
	else
		snprintf(to, len, "%s", words ? words : SAY_UNKNOWN);
}
