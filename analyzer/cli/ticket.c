/*
 * ikescope ticket CAPTURE...: the text for whoever must act.
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/cli/cli.h"
#include "analyzer/track/fields.h"
#include "dissect/base/language.h"

/* Texts that --peer would bring. */
static size_t other_tickets(const json_t *model)
{
	const json_t *told = ticket_tunnel(model);
	json_t *t;
	size_t n = 0, i;

	json_array_foreach(json_object_get(model, "tunnels"), i, t)
		n += t != told && text_of(t, "ticket");
	return n;
}

bool tickets_start(struct options *o, bool only_ticket)
{
	struct catalog report = language_in_use();

	if (!o->ticket_language)
		return true;
	if (!language_choose("--ticket-lang", o->ticket_language))
		return false;
	if (only_ticket) {
		o->language_given = true;
		return true;
	}
	o->page.ticket_language = language_in_use();
	if (o->format == FORMAT_PAGE)
		o->run.ticket_judge = load_rules(o);
	language_use(&report);
	return o->format != FORMAT_PAGE || o->run.ticket_judge;
}

/* What is known of the files by now goes with them. */
json_t *tickets_taken(json_t *models)
{
	json_t *tickets = NULL, *model;
	size_t i;

	json_array_foreach(models, i, model)
	{
		json_t *ticket = json_object_get(model, "ticket");

		if (!ticket)
			continue;
		json_object_set(ticket, "captures", json_object_get(model, "captures"));
		tickets = tickets ? tickets : json_array();
		json_array_append(tickets, ticket);
		json_object_del(model, "ticket");
	}
	return tickets;
}

bool write_tickets(const struct options *o, const json_t *models, FILE *f)
{
	const struct ticket_options how = { .utf8 = locale_is_utf8() || o->language_given };
	bool fine = true;

	for (size_t i = 0; i < json_array_size(models); i++) {
		if (i)
			fine = fprintf(f, "\n%.*s\n\n", TICKET_COLUMNS,
				       "------------------------------------------------------------------------") > 0 && fine;
		fine = report_ticket(f, json_array_get(models, i), NULL, &how) && fine;
	}
	return fine;
}

static enum exit_code code_of_ticket(const json_t *model)
{
	enum exit_code code = code_of(model);

	if (code != EXIT_PARTLY && text_of(ticket_tunnel(model), "ticket"))
		return EXIT_FAULTS;
	return code == EXIT_FAULTS ? EXIT_NOBODY : code;
}

static enum exit_code tell(const struct options *o, const json_t *models)
{
	const json_t *model;
	size_t i;

	if (!write_out(o, models, write_tickets))
		return EXIT_INTERNAL;
	json_array_foreach(models, i, model)
		if (other_tickets(model))
			complain(NULL, "%zu more tunnels need a text of their own: choose one with --peer ADDR",
				 other_tickets(model));
	return worst(models, code_of_ticket);
}

static bool shows_both_ends(const json_t *models)
{
	const json_t *tunnels = json_object_get(json_array_get(models, 0), "tunnels");
	json_t *t;
	size_t i;

	json_array_foreach(tunnels, i, t) {
		const char *joined = text_of(json_object_get(t, "ends"), "joined");

		if (joined && (!strcmp(joined, "messages") || !strcmp(joined, "addresses")))
			return true;
	}
	return false;
}

/* Two captures of the same two hosts are the two ends of a tunnel: only together they prove where packets get lost. */
static json_t *models_of(struct options *o, struct judge *j, struct run_trouble *ret)
{
	json_t *models = models_one_by_one(o, j, ret), *both = NULL;
	struct run_trouble trouble = { 0 };

	if (o->files_len != 2 || json_array_size(models) != 2)
		return models;
	both = models_of_ends(o, j, &trouble);
	if (!shows_both_ends(both)) {
		json_decref(both);
		return models;
	}
	json_decref(models);
	return both;
}

int ticket(int argc, char **argv)
{
	return judged("ticket", argc, argv, models_of, tell);
}
