/*
 * Which language to speak: --lang, or what the environment asks for. Needs no installed locale.
 */
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyzer/cli/cli.h"
#include "analyzer/judge/builtin.h"
#include "dissect/base/language.h"

/* What people write for a language that we have under another name. */
static const struct alias {
	const char *word, *name;
} aliases[] = {
	{ "zh", "zh_CN" },      { "zh_SG", "zh_CN" },   { "zh_Hans", "zh_CN" }, { "zh_Hans_CN", "zh_CN" },
	{ "zh_Hant", "zh_TW" }, { "zh_HK", "zh_TW" },   { "zh_MO", "zh_TW" },   { "zh_Hant_TW", "zh_TW" },
	{ "C", "en" },          { "POSIX", "en" },      { "", "en" },
};

/* "build/po/zh_CN.mo" is zh_CN. */
static bool is_catalog(const struct builtin *b, const char *name)
{
	const char *slash = strrchr(b->path, '/'), *base = slash ? slash + 1 : b->path;
	size_t len = strlen(name);

	return !strncasecmp(base, name, len) && !strcmp(base + len, ".mo");
}

/* "zh-CN.UTF-8@x" as zh_CN */
static void plain_name(const char *word, char ret[32])
{
	size_t len = strcspn(word, ".@");

	len = len < 31 ? len : 31;
	memcpy(ret, word, len);
	ret[len] = 0;
	for (char *p = ret; (p = strchr(p, '-'));)
		*p = '_';
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (!strcasecmp(ret, aliases[i].word))
			snprintf(ret, 32, "%s", aliases[i].name);
}

static bool use(const char *word)
{
	struct catalog c;
	char name[32];

	plain_name(word, name);
	if (!strncasecmp(name, "en", 2) && !isalpha((unsigned char)name[2])) {
		language_use(NULL);
		return true;
	}
	for (size_t i = 0; i < builtin_catalogs_len; i++) {
		const struct builtin *b = &builtin_catalogs[i];

		if (is_catalog(b, name) &&
		    catalog_open((struct bytes){ (const uint8_t *)b->text, b->len }, &c)) {
			language_use(&c);
			return true;
		}
	}
	return false;
}

bool language_choose(const char *option, const char *word)
{
	if (use(word))
		return true;
	fprintf(stderr, "ikescope: %s: \"%s\" is no language this program speaks: en", option, word);
	for (size_t i = 0; i < builtin_catalogs_len; i++) {
		const char *slash = strrchr(builtin_catalogs[i].path, '/');
		int len = (int)strcspn(slash ? slash + 1 : "", ".");

		fprintf(stderr, ", %.*s", len, slash ? slash + 1 : "");
	}
	fputc('\n', stderr);
	return false;
}

static const char *asked(const char *category)
{
	const char *all = getenv("LC_ALL"), *one = getenv(category), *lang = getenv("LANG");

	return all && *all ? all : one && *one ? one : lang ? lang : "";
}

bool locale_is_utf8(void)
{
	const char *dot = strrchr(asked("LC_CTYPE"), '.');

	if (setlocale(LC_CTYPE, ""))
		return !strcmp(nl_langinfo(CODESET), "UTF-8");
	return dot && (!strcasecmp(dot, ".UTF-8") || !strcasecmp(dot, ".utf8"));
}

void language_of_environment(void)
{
	if (locale_is_utf8())
		use(asked("LC_MESSAGES"));
}
