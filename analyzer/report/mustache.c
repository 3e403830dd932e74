/*
 * Templates are cut into tags once, with the places of their sections' ends, and then written.
 */
#include "analyzer/report/mustache.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dissect/base/mem.h"

enum {
	MOST_OPEN = 32,      /* sections within sections, of one template */
	MOST_DEPTH = 96,     /* of all values in sight */
	MOST_PARTIALS = 24,  /* within each other */
	MOST_PARSED = 512,   /* partials, counted with their indentation */
	MOST_TAGS = 1 << 20, /* of all templates */
	MOST_STEPS = 4 << 20,
	DELIMITER = 16,
};

enum kind { TEXT, ESCAPED, RAW, SECTION, INVERTED, CLOSE, PARTIAL };

struct tag {
	enum kind kind;
	uint32_t line, end;  /* end: of a section, the index of its closing tag */
	struct bytes is;     /* the text, or the name */
	struct bytes indent; /* of a partial alone on its line */
};

struct parsed {
	char *name, *indent; /* by which a partial is found again */
	char *text;          /* of our own, when it was indented; else NULL */
	struct mustache_template from;
	struct tag *tag;
	size_t len, room;
};

struct render {
	const struct mustache_options *o;
	struct mustache_error *error;
	struct text *out;
	size_t most, tags;
	uint64_t steps;
	unsigned partials;
	size_t depth;
	const json_t *sight[MOST_DEPTH];
	struct parsed **parsed;
	size_t parsed_len, parsed_room;
};

static bool fail(struct render *r, const struct parsed *p, uint32_t line, const char *text)
{
	snprintf(r->error->file, sizeof r->error->file, "%s", p->from.name ? p->from.name : "");
	r->error->line = line;
	snprintf(r->error->text, sizeof r->error->text, "%s", text);
	return false;
}

static bool is(struct bytes b, const char *s)
{
	return b.len == strlen(s) && !memcmp(b.at, s, b.len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct bytes trimmed(const char *from, const char *to)
{
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return (struct bytes){ (const uint8_t *)from, (size_t)(to - from) };
}

/* --- parsing -------------------------------------------------------------- */

struct parser {
	struct render *r;
	struct parsed *p;
	const char *at, *end;
	uint32_t line;
	char open[DELIMITER], close[DELIMITER];
	uint32_t opened[MOST_OPEN]; /* indices of sections that wait for their end */
	size_t opened_len;
};

static const char *find(const char *from, const char *end, const char *what)
{
	return memmem(from, (size_t)(end - from), what, strlen(what));
}

static bool push(struct parser *s, const struct tag *tag)
{
	if (tag->kind == TEXT && !tag->is.len)
		return true;
	if (++s->r->tags > MOST_TAGS)
		return fail(s->r, s->p, tag->line, "too many tags");
	*(struct tag *)MEM_PUSH(s->p->tag, s->p->len, s->p->room) = *tag;
	return true;
}

static uint32_t lines_in(const char *from, const char *to)
{
	uint32_t n = 0;

	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

/*
 * A tag that writes nothing itself and stands alone on its line takes the line with it. *from moves back
 * to the beginning of the line, *to behind its end.
 */
static bool alone(const struct parser *s, const char **from, const char **to)
{
	const char *start = s->p->from.text, *f = *from, *t = *to;

	while (f > start && is_blank(f[-1]))
		f--;
	while (t < s->end && is_blank(*t))
		t++;
	if ((f > start && f[-1] != '\n') || (t < s->end && *t != '\n' && !(*t == '\r' && t + 1 < s->end && t[1] == '\n')))
		return false;
	if (t < s->end)
		t += *t == '\r' ? 2 : 1;
	*from = f;
	*to = t;
	return true;
}

/* {{=<% %>=}} */
static bool set_delimiters(struct parser *s, struct bytes inside)
{
	const char *at = (const char *)inside.at, *end = at + inside.len, *mid = at, *second;

	while (mid < end && !isspace((unsigned char)*mid))
		mid++;
	second = mid;
	while (second < end && isspace((unsigned char)*second))
		second++;
	if (mid == at || second == end || mid - at >= DELIMITER || end - second >= DELIMITER)
		return fail(s->r, s->p, s->line, "delimiters are two words of at most 15 characters");
	for (const char *c = second; c < end; c++)
		if (isspace((unsigned char)*c) || *c == '=')
			return fail(s->r, s->p, s->line, "delimiters are two words without blanks and =");
	memset(s->open, 0, sizeof s->open);
	memset(s->close, 0, sizeof s->close);
	memcpy(s->open, at, (size_t)(mid - at));
	memcpy(s->close, second, (size_t)(end - second));
	return true;
}

static bool open_section(struct parser *s, const struct tag *tag)
{
	if (s->opened_len == MOST_OPEN)
		return fail(s->r, s->p, s->line, "sections are nested too deeply");
	s->opened[s->opened_len++] = (uint32_t)s->p->len;
	return push(s, tag);
}

static bool close_section(struct parser *s, const struct tag *tag)
{
	struct tag *open;
	char said[96];

	if (!s->opened_len) {
		snprintf(said, sizeof said, "{{/%.*s}} closes nothing", (int)(tag->is.len < 60 ? tag->is.len : 60),
			 (const char *)tag->is.at);
		return fail(s->r, s->p, s->line, said);
	}
	open = &s->p->tag[s->opened[--s->opened_len]];
	if (open->is.len != tag->is.len || memcmp(open->is.at, tag->is.at, tag->is.len)) {
		snprintf(said, sizeof said, "{{/%.*s}} does not close {{#%.*s}} of line %u",
			 (int)(tag->is.len < 24 ? tag->is.len : 24), (const char *)tag->is.at,
			 (int)(open->is.len < 24 ? open->is.len : 24), (const char *)open->is.at, open->line);
		return fail(s->r, s->p, s->line, said);
	}
	open->end = (uint32_t)s->p->len;
	return push(s, tag);
}

static bool keep(struct parser *s, enum kind kind, struct bytes name, struct bytes indent)
{
	struct tag tag = { .kind = kind, .line = s->line, .is = name, .indent = indent };

	if (!name.len)
		return fail(s->r, s->p, s->line, "a tag without a name");
	if (kind == SECTION || kind == INVERTED)
		return open_section(s, &tag);
	return kind == CLOSE ? close_section(s, &tag) : push(s, &tag);
}

/* The tag whose opening delimiter stands at `from`, and the text before it. */
static bool take_tag(struct parser *s, const char *from)
{
	static const char sigils[] = "!=&{#^/>";
	static const enum kind kinds[] = { TEXT, TEXT, RAW, RAW, SECTION, INVERTED, CLOSE, PARTIAL };
	const char *inside = from + strlen(s->open), *stop, *after, *line = from, *sigil;
	char until[DELIMITER + 2];
	enum kind kind = ESCAPED;
	struct tag before = { .kind = TEXT, .line = s->line };
	struct bytes name;
	bool whole;

	while (inside < s->end && isspace((unsigned char)*inside))
		inside++;
	sigil = inside < s->end && *inside ? strchr(sigils, *inside) : NULL;
	if (sigil && *sigil == '{' && strcmp(s->open, "{{"))
		sigil = NULL;
	snprintf(until, sizeof until, "%s%s", !sigil ? "" : *sigil == '{' ? "}" : *sigil == '=' ? "=" : "", s->close);
	s->line += lines_in(s->at, from);
	stop = find(inside + (sigil != NULL), s->end, until);
	if (!stop)
		return fail(s->r, s->p, s->line, "a tag that does not end");
	after = stop + strlen(until);
	if (sigil) {
		kind = kinds[sigil - sigils];
		inside += 1;
	}
	whole = sigil && *sigil != '{' && *sigil != '&' && alone(s, &line, &after);
	if (line < s->at)
		line = s->at;
	before.is = (struct bytes){ (const uint8_t *)s->at, (size_t)(line - s->at) };
	name = trimmed(inside, stop);
	if (!push(s, &before))
		return false;
	if (sigil && *sigil == '=' && !set_delimiters(s, name))
		return false;
	if (kind != TEXT &&
	    !keep(s, kind, name, (struct bytes){ (const uint8_t *)line, whole ? (size_t)(from - line) : 0 }))
		return false;
	s->line += lines_in(from, after);
	s->at = after;
	return true;
}

static bool parse(struct render *r, struct parsed *p)
{
	struct parser s = { .r = r, .p = p, .at = p->from.text, .end = p->from.text + p->from.len, .line = 1,
			    .open = "{{", .close = "}}" };
	struct tag rest = { .kind = TEXT };
	const char *from;

	while ((from = find(s.at, s.end, s.open)))
		if (!take_tag(&s, from))
			return false;
	if (s.opened_len)
		return fail(r, p, p->tag[s.opened[s.opened_len - 1]].line, "a section that does not end");
	rest.line = s.line;
	rest.is = (struct bytes){ (const uint8_t *)s.at, (size_t)(s.end - s.at) };
	return push(&s, &rest);
}

/* The indentation of a partial's tag goes before each of its lines. */
static char *indented(const struct mustache_template *t, struct bytes indent, size_t *ret_len)
{
	struct text made;

	text_init(&made);
	for (const char *at = t->text, *end = at + t->len; at < end;) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		next = next ? next + 1 : end;
		text_add_bytes(&made, (const char *)indent.at, indent.len);
		text_add_bytes(&made, at, (size_t)(next - at));
		at = next;
	}
	*ret_len = made.len;
	return text_take(&made);
}

static char *string_of(struct bytes b)
{
	char *s = mem_zero(b.len + 1);

	if (b.len)
		memcpy(s, b.at, b.len);
	return s;
}

static void parsed_free(struct parsed *p)
{
	mem_free(p->name);
	mem_free(p->indent);
	mem_free(p->text);
	mem_free(p->tag);
	mem_free(p);
}

/* Lent; NULL when there is none (then r->error is untouched), or it is wrong. */
static struct parsed *partial_of(struct render *r, const struct tag *tag, bool *ret_wrong)
{
	struct parsed *p;

	*ret_wrong = false;
	for (size_t i = 0; i < r->parsed_len; i++)
		if (is(tag->is, r->parsed[i]->name) && is(tag->indent, r->parsed[i]->indent))
			return r->parsed[i];
	p = mem_zero(sizeof *p);
	p->name = string_of(tag->is);
	p->indent = string_of(tag->indent);
	if (!r->o->partial || !r->o->partial(r->o->ctx, p->name, &p->from)) {
		parsed_free(p);
		return NULL;
	}
	if (tag->indent.len) {
		p->text = indented(&p->from, tag->indent, &p->from.len);
		p->from.text = p->text;
	}
	*(struct parsed **)MEM_PUSH(r->parsed, r->parsed_len, r->parsed_room) = p;
	*ret_wrong = !parse(r, p);
	return *ret_wrong ? NULL : p;
}

/* --- values --------------------------------------------------------------- */

static const json_t *member(const json_t *o, const char *name, size_t len)
{
	return json_is_object(o) ? json_object_getn(o, name, len) : NULL;
}

static const json_t *value_of(const struct render *r, struct bytes name)
{
	const char *at = (const char *)name.at, *end = at + name.len, *dot;
	const json_t *found = NULL;

	if (is(name, "."))
		return r->sight[r->depth - 1];
	dot = memchr(at, '.', name.len);
	dot = dot ? dot : end;
	for (size_t i = r->depth; i && !found; i--)
		found = member(r->sight[i - 1], at, (size_t)(dot - at));
	while (found && dot < end) {
		at = dot + 1;
		dot = memchr(at, '.', (size_t)(end - at));
		dot = dot ? dot : end;
		found = member(found, at, (size_t)(dot - at));
	}
	return found;
}

static bool holds(const json_t *value)
{
	if (json_is_array(value))
		return json_array_size(value) > 0;
	if (json_is_string(value))
		return json_string_length(value) > 0;
	return value && !json_is_null(value) && !json_is_false(value);
}

static void add_value(struct text *out, enum escape escape, const json_t *value)
{
	if (json_is_string(value))
		escape_add(out, escape, json_string_value(value));
	else if (json_is_integer(value))
		text_addf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		text_addf(out, "%.12g", json_real_value(value));
	else if (json_is_boolean(value))
		text_add(out, json_is_true(value) ? "true" : "false");
}

static void add_raw(struct render *r, const json_t *value)
{
	const json_t *made = r->o->markup && json_is_object(value) ? json_object_get(value, r->o->markup) : NULL;

	if (json_is_string(made))
		text_add(r->out, json_string_value(made));
	else
		add_value(r->out, r->o->markup ? r->o->escape : ESCAPE_NONE, value);
}

/* --- writing ---------------------------------------------------------------- */

static bool write_tags(struct render *r, const struct parsed *p, size_t from, size_t to);

static bool within(struct render *r, const struct parsed *p, size_t section, const json_t *value)
{
	bool fine;

	if (r->depth == MOST_DEPTH)
		return fail(r, p, p->tag[section].line, "values are nested too deeply");
	r->sight[r->depth++] = value;
	fine = write_tags(r, p, section + 1, p->tag[section].end);
	r->depth -= 1;
	return fine;
}

static bool write_section(struct render *r, const struct parsed *p, size_t section, const json_t *value)
{
	if (!json_is_array(value))
		return within(r, p, section, value);
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!within(r, p, section, json_array_get(value, i)))
			return false;
	return true;
}

static bool write_partial(struct render *r, const struct parsed *p, const struct tag *tag)
{
	struct parsed *partial;
	bool wrong, fine;

	if (r->partials == MOST_PARTIALS || r->parsed_len == MOST_PARSED)
		return fail(r, p, tag->line, "partials are nested too deeply");
	partial = partial_of(r, tag, &wrong);
	if (!partial)
		return !wrong;
	r->partials += 1;
	fine = write_tags(r, partial, 0, partial->len);
	r->partials -= 1;
	return fine;
}

static bool write_tag(struct render *r, const struct parsed *p, size_t i)
{
	const struct tag *tag = &p->tag[i];
	const json_t *value = NULL;

	if (tag->kind != TEXT && tag->kind != PARTIAL)
		value = value_of(r, tag->is);
	switch (tag->kind) {
	case TEXT: text_add_bytes(r->out, (const char *)tag->is.at, tag->is.len); return true;
	case ESCAPED: add_value(r->out, r->o->escape, value); return true;
	case RAW: add_raw(r, value); return true;
	case SECTION: return !holds(value) || write_section(r, p, i, value);
	case INVERTED: return holds(value) || write_tags(r, p, i + 1, tag->end);
	case PARTIAL: return write_partial(r, p, tag);
	case CLOSE: return true;
	}
	return true;
}

static bool write_tags(struct render *r, const struct parsed *p, size_t from, size_t to)
{
	for (size_t i = from; i < to;) {
		const struct tag *tag = &p->tag[i];

		if (++r->steps > MOST_STEPS)
			return fail(r, p, tag->line, "the template takes too long");
		if (!write_tag(r, p, i))
			return false;
		if (r->out->len > r->most)
			return fail(r, p, tag->line, "the template writes too much");
		i = tag->kind == SECTION || tag->kind == INVERTED ? tag->end : i + 1;
	}
	return true;
}

bool mustache_render(struct text *out, const struct mustache_template *t, const json_t *data,
		     const struct mustache_options *o, struct mustache_error *ret_error)
{
	size_t before = out->len, most = o->most_output ? o->most_output : MUSTACHE_MOST_OUTPUT;
	struct render r = { .o = o, .error = ret_error, .out = out, .most = before + most, .depth = 1, .sight = { data } };
	struct parsed *p = mem_zero(sizeof *p);
	bool fine;

	p->from = *t;
	fine = parse(&r, p) && write_tags(&r, p, 0, p->len);
	for (size_t i = 0; i < r.parsed_len; i++)
		parsed_free(r.parsed[i]);
	mem_free(r.parsed);
	parsed_free(p);
	if (!fine) {
		out->len = before;
		out->at[before] = '\0';
	}
	return fine;
}
