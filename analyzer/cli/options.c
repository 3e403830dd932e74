/*
 * The options that every reading command shares.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/cli/cli.h"
#include "dissect/base/language.h"
#include "dissect/base/mem.h"

enum {
	PEER = 256, SINCE, UNTIL, FILTER, LOCAL, NAME, TZ, RULES, COLOR, LANGUAGE, TEMPLATE, NAGIOS, HASH,
	REDACT, REDACT_KEY, REDACT_MAP, PCAP, WITH_SECRETS, TICKET_LANGUAGE,
};

static const struct option long_options[] = {
	{ "format", required_argument, NULL, 'f' },	{ "output", required_argument, NULL, 'o' },
	{ "verbose", no_argument, NULL, 'v' },		{ "peer", required_argument, NULL, PEER },
	{ "since", required_argument, NULL, SINCE },	{ "until", required_argument, NULL, UNTIL },
	{ "filter", required_argument, NULL, FILTER },	{ "local", required_argument, NULL, LOCAL },
	{ "name", required_argument, NULL, NAME },	{ "tz", required_argument, NULL, TZ },
	{ "rules", required_argument, NULL, RULES },	{ "color", required_argument, NULL, COLOR },
	{ "lang", required_argument, NULL, LANGUAGE },	{ "template", required_argument, NULL, TEMPLATE },
	{ "ticket-lang", required_argument, NULL, TICKET_LANGUAGE },
	{ "nagios", no_argument, NULL, NAGIOS },	{ "hash", no_argument, NULL, HASH },
	{ "redact", no_argument, NULL, REDACT },
	{ "redact-key", required_argument, NULL, REDACT_KEY },
	{ "redact-map", required_argument, NULL, REDACT_MAP },
	{ "pcap", no_argument, NULL, PCAP },		{ "with-secrets", no_argument, NULL, WITH_SECRETS },
	{ 0 },
};

static bool bad(const char *option, const char *value, const char *wanted)
{
	complain(option, "\"%s\" is no %s", value, translated(wanted));
	return false;
}

static void push(const char ***list, size_t *len, const char *s)
{
	*list = mem_resize(*list, (*len + 2) * sizeof **list);
	(*list)[(*len)++] = s;
	(*list)[*len] = NULL;
}

static bool set_format(struct options *o, const char *name, const char *option)
{
	if (!strcmp(name, "text") || !strcmp(name, "txt"))
		o->format = FORMAT_TEXT;
	else if (!strcmp(name, "json"))
		o->format = FORMAT_JSON;
	else if (!strcmp(name, "nagios"))
		o->format = FORMAT_NAGIOS;
	else if (!strcmp(name, "ticket"))
		o->format = FORMAT_TICKET;
	else if (page_format_named(name, &o->page.format))
		o->format = FORMAT_PAGE;
	else if (!strcmp(name, "pcapng"))
		o->format = FORMAT_PCAPNG;
	else if (!strcmp(name, "pcap"))
		o->format = FORMAT_PCAP;
	else
		return bad(option, name, "format this version writes: text, json, html, md, csv, ticket or nagios");
	return true;
}

static bool set_color(struct options *o, const char *when)
{
	static const char *const words[] = { [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always",
					     [COLOR_NEVER] = "never" };

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(when, words[i])) {
			o->color = (enum color)i;
			return true;
		}
	return bad("--color", when, "choice of auto, always, never");
}

static bool add_local(struct options *o, const char *text)
{
	struct addr *locals = mem_resize((void *)(uintptr_t)o->run.locals,
					 (o->run.locals_len + 1) * sizeof *locals);

	o->run.locals = locals;
	if (!addr_parse(text, &locals[o->run.locals_len]))
		return bad("--local", text, "IP address");
	o->run.locals_len += 1;
	return true;
}

/* The report compares addresses as text, so the address is written the one way it writes them. */
static bool add_name(struct options *o, const char *text)
{
	const char *equal = strchr(text, '=');
	struct report_name *names = mem_resize((void *)(uintptr_t)o->run.names,
					       (o->run.names_len + 1) * sizeof *names);
	char given[ADDR_TEXT] = "", plain[ADDR_TEXT];
	struct addr a;

	o->run.names = names;
	if (equal && (size_t)(equal - text) < sizeof given)
		memcpy(given, text, (size_t)(equal - text));
	if (!equal || !equal[1] || !addr_parse(given, &a))
		return bad("--name", text, "ADDRESS=NAME");
	names[o->run.names_len++] = (struct report_name){ mem_string(addr_text(&a, plain)), equal + 1 };
	return true;
}

static bool set_peer(struct options *o, const char *text)
{
	struct addr *peer = mem_zero(sizeof *peer);

	mem_free((void *)(uintptr_t)o->run.peer);
	o->run.peer = peer;
	return addr_parse(text, peer) || bad("--peer", text, "IP address");
}

/* glibc takes any word for a zone and calls it UTC: ask whether there is such a zone file. */
static bool set_zone(const char *zone)
{
	char path[256];

	snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
	if (strcmp(zone, "UTC") && (strstr(zone, "..") || *zone == '/' || access(path, R_OK) < 0))
		return bad("--tz", zone, "time zone this system knows, such as Europe/Berlin");
	setenv("TZ", zone, 1);
	tzset();
	return true;
}

static bool take(struct options *o, int which, const char *value)
{
	switch (which) {
	case 'f':
		o->format_given = true;
		return set_format(o, value, "-f");
	case 'o':
		o->output = value;
		return true;
	case 'v':
		o->verbose = true;
		return true;
	case PEER:
		return set_peer(o, value);
	case SINCE:
		return moment_parse(value, &o->since) || bad("--since", value, "time");
	case UNTIL:
		return moment_parse(value, &o->until) || bad("--until", value, "time");
	case FILTER:
		o->run.filter = value;
		return true;
	case LOCAL:
		return add_local(o, value);
	case NAME:
		return add_name(o, value);
	case TZ:
		return set_zone(value);
	case RULES:
		push(&o->rules_dirs, &o->rules_dirs_len, value);
		return true;
	case COLOR:
		return set_color(o, value);
	case TEMPLATE:
		return template_load(o, value);
	case NAGIOS:
		o->format = FORMAT_NAGIOS;
		o->format_given = true;
		return true;
	case HASH:
		o->hash = true;
		return true;
	case LANGUAGE:
		o->language_given = true;
		return language_choose("--lang", value);
	case TICKET_LANGUAGE:
		o->ticket_language = value;
		return true;
	case REDACT:
		o->redact = true;
		return true;
	case REDACT_KEY:
		o->redact = true;
		o->redact_key = value;
		return true;
	case REDACT_MAP:
		o->redact = true;
		o->redact_map = value;
		return true;
	case PCAP:
		o->pcap = true;
		return true;
	case WITH_SECRETS:
		o->with_secrets = true;
		return true;
	default:
		return false; /* getopt has complained */
	}
}

static const char *ending_of(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *dot = path ? strrchr(slash ? slash + 1 : path, '.') : NULL;

	return dot && dot[1] ? dot + 1 : NULL;
}

/* What a template writes, -f says, else its own name: report.html, report.html.mustache. */
static bool format_of_template(struct options *o)
{
	const char *ending = ending_of(o->page.template_name);
	char name[64];

	if (ending && !strcmp(ending, "mustache")) {
		snprintf(name, sizeof name, "%.*s", (int)(ending - 1 - o->page.template_name), o->page.template_name);
		ending = ending_of(name);
	}
	if (!o->format_given && !(ending && page_format_named(ending, &o->page.format))) {
		complain(o->page.template_name, "what it writes shows neither in its name nor by -f: html, md, csv or txt");
		return false;
	}
	if (o->format_given && o->format == FORMAT_TEXT)
		o->page.format = PAGE_PLAIN;
	else if (o->format_given && o->format != FORMAT_PAGE) {
		complain("--template", "fits -f html, md, csv and txt");
		return false;
	}
	o->format = FORMAT_PAGE;
	return true;
}

static bool format_by_ending(struct options *o)
{
	const char *ending = ending_of(o->output);

	if (o->page.template_text)
		return format_of_template(o);
	if (o->format_given || !ending)
		return true;
	o->format_given = true;
	return set_format(o, ending, "-o");
}

bool reads_once(const char *file)
{
	struct stat s;

	return !strcmp(file, "-") || (stat(file, &s) == 0 && (S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode)));
}

bool options_parse(struct options *o, int argc, char **argv)
{
	int which;

	*o = (struct options){ .run.version = IKESCOPE_VERSION };
	argv[0] = (char *)(uintptr_t)"ikescope"; /* getopt complains in its name */
	setenv("TZ", "UTC", 1);
	tzset();
	optind = 1;
	while ((which = getopt_long(argc, argv, "f:o:v", long_options, NULL)) != -1)
		if (!take(o, which, optarg))
			return false;
	for (int i = optind; i < argc; i++)
		push(&o->files, &o->files_len, argv[i]);
	if (!format_by_ending(o))
		return false;
	if (!o->language_given && o->format != FORMAT_TEXT)
		language_use(NULL);
	for (size_t i = 0; i < o->files_len && o->files_len > 1; i++)
		if (reads_once(o->files[i])) {
			complain(strcmp(o->files[i], "-") ? o->files[i] : "standard input",
				 "can be read only once, and not beside other files: save it first");
			return false;
		}
	return true;
}

void options_clear(struct options *o)
{
	pseudonyms_free(o->pseudonyms);
	judge_free(o->run.ticket_judge);
	for (size_t i = 0; i < o->run.names_len; i++)
		mem_free((void *)(uintptr_t)o->run.names[i].address);
	mem_free((void *)(uintptr_t)o->run.names);
	mem_free((void *)(uintptr_t)o->run.locals);
	mem_free((void *)(uintptr_t)o->run.peer);
	mem_free(o->template_text);
	mem_free(o->rules_dirs);
	mem_free(o->files);
}
