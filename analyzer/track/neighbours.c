/*
 * What else the capture shows around the tunnels: pings, questions to name
 * servers, connections to web and directory servers (a certificate check needs
 * them), and packets between private addresses in clear text.
 */
#include "analyzer/track/state.h"
#include "dissect/base/cursor.h"

enum {
	SYN = 0x02, ACK = 0x10, DNS = 53, HTTP = 80, LDAP = 389, HTTPS = 443, LDAPS = 636, PROXY = 8080,
	COPY_NS = 5000000, OUTSIDE_MIN = 36, OUTSIDE_MAX = 130, ROWS = 16,
};

/* --- pings --- */

static struct ping *ping_of(struct track *t, const struct addr *asker, const struct addr *target, bool add)
{
	struct ping_key k;
	struct ping *p;

	memset(&k, 0, sizeof k);
	k.asker = *asker;
	k.target = *target;
	p = map_find(t->pings, &k);
	if (!p && add && map_full(t->pings))
		map_remove(t->pings, map_key(t->pings, map_oldest(t->pings)));
	return p || !add ? p : map_add(t->pings, &k);
}

static void saw_echo(struct track *t, const struct message *m)
{
	const struct packet *p = m->packet;
	struct ping *ping;

	t->echoes += m->u.other.kind == OTHER_ECHO_REQUEST;
	t->echo_replies += m->u.other.kind == OTHER_ECHO_REPLY;
	if (m->u.other.kind == OTHER_ECHO_REQUEST) {
		ping = ping_of(t, &p->src, &p->dst, true);
		if (!ping->asked++)
			ping->first = m->seen;
		ping->last = m->seen;
		ping->last_len = p->len;
		ping->last_df = p->df || p->src.family == 6;
		if (p->len > ping->largest)
			ping->largest = p->len;
		return;
	}
	ping = ping_of(t, &p->dst, &p->src, false);
	if (!ping)
		return;
	ping->answered += 1;
	ping->last_answer = m->seen;
	if (p->len > ping->largest_answered)
		ping->largest_answered = p->len;
	if (ping->last_df && p->len == ping->last_len && p->len > ping->largest_df)
		ping->largest_df = p->len;
}

/* --- fetches --- */

static struct fetch *fetch_of(struct track *t, const struct packet *p, bool from_client, bool add)
{
	struct fetch_key k;
	struct fetch *f;

	memset(&k, 0, sizeof k);
	k.src = from_client ? p->src : p->dst;
	k.dst = from_client ? p->dst : p->src;
	k.sport = from_client ? p->sport : p->dport;
	k.dport = from_client ? p->dport : p->sport;
	k.protocol = p->protocol;
	f = map_find(t->fetches, &k);
	if (!f && add && map_full(t->fetches))
		map_remove(t->fetches, map_key(t->fetches, map_oldest(t->fetches)));
	return f || !add ? f : map_add(t->fetches, &k);
}

static void name_add(struct fetch *f, size_t *at, uint8_t octet)
{
	if (*at < sizeof f->name - 1)
		f->name[(*at)++] = octet > ' ' && octet < 0x7f ? (char)octet : '?';
	f->name[*at] = 0;
}

static void asked(struct fetch *f, enum fetch_kind kind, struct seen seen)
{
	if (!f->sends++)
		f->first = seen;
	f->last = seen;
	f->kind = kind;
}

/* RFC 1035 4.1: the first question; its labels are never compressed. */
static void read_question(struct fetch *f, struct bytes b)
{
	struct cursor c = cur_over(b.at, b.len, true);
	size_t at = 0;

	cur_skip(&c, 12);
	while (cur_ok(&c) && at < sizeof f->name - 1) {
		uint8_t len = cur_u8(&c);
		struct bytes label = cur_bytes(&c, len & 0x3f);

		if (!len || len > 63 || !cur_ok(&c))
			break;
		if (at)
			name_add(f, &at, '.');
		for (size_t i = 0; i < label.len; i++)
			name_add(f, &at, label.at[i]);
	}
}

static void saw_dns(struct track *t, const struct message *m)
{
	bool question = m->packet->dport == DNS;
	struct bytes b = m->u.other.payload;
	struct fetch *f = fetch_of(t, m->packet, question, question);

	if (!f || b.len < 12)
		return;
	if (question) {
		asked(f, FETCH_DNS, m->seen);
		read_question(f, b);
	} else if (!f->status) {
		f->status = (uint16_t)(1 + (b.at[3] & 15));
		f->answered = m->seen;
		f->connected = true;
	}
}

static bool begins(struct bytes b, const char *with)
{
	size_t n = strlen(with);

	return b.len >= n && !memcmp(b.at, with, n);
}

/* RFC 9112 3: what is asked for, with its host in front. */
static void read_request(struct fetch *f, struct bytes b)
{
	static const char host[] = "\r\nHost: ";
	size_t at = 0, path = begins(b, "GET ") ? 4 : 5;

	for (size_t i = 0; i + sizeof host - 1 < b.len; i++)
		if (!memcmp(b.at + i, host, sizeof host - 1)) {
			for (size_t k = i + sizeof host - 1; k < b.len && b.at[k] > ' '; k++)
				name_add(f, &at, b.at[k]);
			break;
		}
	for (size_t i = path; i < b.len && b.at[i] > ' '; i++)
		name_add(f, &at, b.at[i]);
	f->kind = FETCH_HTTP;
}

static void saw_http(struct track *t, const struct message *m, bool to_server)
{
	struct bytes b = m->u.other.payload;
	struct fetch *f;

	if (to_server && (begins(b, "GET ") || begins(b, "POST "))) {
		f = fetch_of(t, m->packet, true, true);
		if (!f->first.frame)
			f->first = m->seen;
		f->last = m->seen;
		f->connected = true;
		f->status = 0;
		read_request(f, b);
	} else if (!to_server && begins(b, "HTTP/1.") && b.len >= 12) {
		f = fetch_of(t, m->packet, false, false);
		if (!f || f->status)
			return;
		for (size_t i = 9; i < 12 && b.at[i] >= '0' && b.at[i] <= '9'; i++)
			f->status = (uint16_t)(f->status * 10 + b.at[i] - '0');
		f->answered = m->seen;
	}
}

static bool is_server(uint16_t port)
{
	return port == HTTP || port == HTTPS || port == LDAP || port == LDAPS || port == PROXY;
}

static void saw_tcp(struct track *t, const struct message *m)
{
	const struct packet *p = m->packet;
	uint8_t flags = m->u.other.tcp_flags;
	struct fetch *f;

	if ((flags & (SYN | ACK)) == SYN && is_server(p->dport)) {
		asked(fetch_of(t, p, true, true), FETCH_TCP, m->seen);
	} else if ((flags & (SYN | ACK)) == (SYN | ACK) && is_server(p->sport)) {
		f = fetch_of(t, p, false, false);
		if (f && !f->connected) {
			f->connected = true;
			f->answered = m->seen;
		}
	} else if (m->u.other.payload.len && (p->dport == HTTP || p->dport == PROXY)) {
		saw_http(t, m, true);
	} else if (m->u.other.payload.len && (p->sport == HTTP || p->sport == PROXY)) {
		saw_http(t, m, false);
	}
}

/* --- clear text between private addresses --- */

/* RFC 1918, RFC 4193; broadcasts of the usual networks are nobody's traffic for a tunnel. */
static bool is_private(const struct addr *a)
{
	const uint8_t *b = a->at;

	if (a->family == 6)
		return (b[0] & 0xfe) == 0xfc;
	return b[3] != 255 && (b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168));
}

static bool same_packet(const struct nearby *x, int64_t now_ns, uint32_t inner, uint32_t outer)
{
	int64_t since = now_ns - x->time_ns;

	return x->len && since >= 0 && since < COPY_NS && outer >= inner + OUTSIDE_MIN && outer <= inner + OUTSIDE_MAX;
}

static void pair_up(struct clear *c, unsigned way, struct seen seen)
{
	if (!c->paired[0] && !c->paired[1])
		c->first_paired = seen;
	c->paired[way] += 1;
}

static void saw_clear(struct track *t, const struct message *m)
{
	const struct packet *p = m->packet;
	unsigned way = memcmp(&p->src, &p->dst, sizeof p->src) > 0;
	struct pair_key k;
	struct clear *c;

	if (!is_private(&p->src) || !is_private(&p->dst) || m->train || p->depth)
		return;
	memset(&k, 0, sizeof k);
	k.low = way ? p->dst : p->src;
	k.high = way ? p->src : p->dst;
	c = map_add(t->clears, &k);
	if (!c)
		return;
	if (!c->packets[way]++)
		c->first[way] = m->seen;
	c->last[way] = m->seen;
	t->last_clear_ns = m->seen.time_ns;
	for (unsigned i = 0; i < RECENT_CLEAR; i++)
		if (same_packet(&t->esp_lately[i], m->seen.time_ns, p->len, t->esp_lately[i].len)) {
			t->esp_lately[i].len = 0;
			pair_up(c, way, m->seen);
			return;
		}
	t->clear_lately[t->clear_at++ % RECENT_CLEAR] =
		(struct nearby){ m->seen.time_ns, p->len, (uint8_t)way, c };
	if (p->has_mac) {
		c->has_mac[way] = true;
		memcpy(c->mac[way], p->mac_src, 6);
		memcpy(c->mac[way] + 6, p->mac_dst, 6);
	}
}

/* The copy in clear text may come before the ESP packet or behind it. */
static void saw_esp(struct track *t, const struct message *m)
{
	bool lately = map_count(t->clears) && m->seen.time_ns - t->last_clear_ns < COPY_NS;
	uint32_t len = m->packet->len;

	for (unsigned i = 0; lately && i < RECENT_CLEAR; i++) {
		struct nearby *x = &t->clear_lately[i];

		if (same_packet(x, m->seen.time_ns, x->len, len)) {
			x->len = 0;
			pair_up(x->clear, x->way, m->seen);
			return;
		}
	}
	t->esp_lately[t->esp_at++ % RECENT_CLEAR] = (struct nearby){ m->seen.time_ns, len, 0, NULL };
}

/* RFC 6598: a router of the provider's own translator answers a probe. */
static void saw_icmp(struct track *t, const struct message *m)
{
	const struct addr *a = &m->packet->src;

	if (a->family == 4 && a->at[0] == 100 && (a->at[1] & 0xc0) == 64 && m->u.icmp.type == 11) {
		t->cgn_source = *a;
		witness_add(&t->cgn_frames, m->seen);
	}
}

void neighbours_saw(struct track *t, const struct message *m)
{
	enum other_kind kind = m->kind == MSG_OTHER ? m->u.other.kind : OTHER_NOT_IP;
	const struct packet *p = m->packet;

	if (m->kind == MSG_ESP)
		saw_esp(t, m);
	else if (m->kind == MSG_ICMP)
		saw_icmp(t, m);
	if (m->kind != MSG_OTHER)
		return;
	if (kind == OTHER_ECHO_REQUEST || kind == OTHER_ECHO_REPLY)
		saw_echo(t, m);
	else if (kind == OTHER_UDP && (p->dport == DNS || p->sport == DNS))
		saw_dns(t, m);
	else if (kind == OTHER_TCP)
		saw_tcp(t, m);
	if (kind == OTHER_TCP || kind == OTHER_UDP || kind == OTHER_ECHO_REQUEST || kind == OTHER_ECHO_REPLY ||
	    kind == OTHER_IP)
		saw_clear(t, m);
}

/* --- facts --- */

static json_t *side_of(const struct told *told, uint8_t end)
{
	char s[2] = { told->letter[end & 1], 0 };

	return json_string(s);
}

static json_t *two_frames(struct seen a, struct seen b)
{
	return a.frame == b.frame && a.capture == b.capture ? json_pack("[o]", told_frame(a))
							    : json_pack("[o,o]", told_frame(a), told_frame(b));
}

static void put_rows(json_t *into, const char *name, json_t *take_rows)
{
	if (json_array_size(take_rows))
		told_put(into, name, take_rows);
	else
		json_decref(take_rows);
}

static json_t *pings(const struct told *told)
{
	const struct track *t = told->track;
	json_t *rows = json_array();

	for (const struct ping *p = map_oldest(t->pings); p && json_array_size(rows) < ROWS;
	     p = map_younger(t->pings, p)) {
		const struct ping_key *k = map_key(t->pings, p);
		uint8_t end = tunnel_end(told->tunnel, &k->target);
		char asker[ADDR_TEXT];
		json_t *o;

		if (end > 1)
			continue;
		o = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:f,s:f}", "from", addr_text(&k->asker, asker), "asked",
			      (json_int_t)p->asked, "answered", (json_int_t)p->answered, "largest",
			      (json_int_t)p->largest, "largest_answered", (json_int_t)p->largest_answered,
			      "largest_df", (json_int_t)p->largest_df, "first", seconds_at(t, p->first.time_ns),
			      "last", seconds_at(t, p->last.time_ns));
		told_put(o, "to", side_of(told, end));
		told_put(o, "frames", two_frames(p->first, p->answered ? p->last_answer : p->last));
		json_array_append_new(rows, o);
	}
	return rows;
}

static json_t *fetch(const struct told *told, const struct fetch *f, const struct fetch_key *k, uint8_t end)
{
	static const char *const kinds[] = { "tcp", "dns", "http" };
	const struct track *t = told->track;
	char server[ADDR_TEXT];
	json_t *o = json_pack("{s:s,s:s,s:i,s:s,s:i,s:b,s:f,s:f}", "kind", kinds[f->kind], "to",
			      addr_text(&k->dst, server), "port", k->dport, "name", f->name, "sends",
			      (int)f->sends, "connected", f->connected, "first", seconds_at(t, f->first.time_ns),
			      "last", seconds_at(t, f->last.time_ns));

	told_put(o, "from", side_of(told, end));
	told_put(o, "frames", two_frames(f->first, f->answered.frame ? f->answered : f->last));
	if (f->answered.frame)
		told_put(o, "answered", json_real(seconds_at(t, f->answered.time_ns)));
	if (f->status)
		told_put(o, "status", json_integer(f->kind == FETCH_DNS ? f->status - 1 : f->status));
	return o;
}

static json_t *fetches(const struct told *told)
{
	const struct track *t = told->track;
	json_t *rows = json_array();

	for (const struct fetch *f = map_oldest(t->fetches); f && json_array_size(rows) < ROWS;
	     f = map_younger(t->fetches, f)) {
		const struct fetch_key *k = map_key(t->fetches, f);
		uint8_t end = tunnel_end(told->tunnel, &k->src);

		if (end < 2)
			json_array_append_new(rows, fetch(told, f, k, end));
	}
	return rows;
}

/* The same network, as far as a usual mask tells. */
static bool same_net(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && !memcmp(a->at, b->at, a->family == 6 ? 8 : 3);
}

/* Did packets between these networks also come as copies of ESP packets? Then the tunnel is for them. */
static bool in_tunnel(const struct track *t, const struct pair_key *k)
{
	for (const struct clear *c = map_oldest(t->clears); c; c = map_younger(t->clears, c)) {
		const struct pair_key *o = map_key(t->clears, c);

		if ((c->paired[0] || c->paired[1]) && same_net(&o->low, &k->low) && same_net(&o->high, &k->high))
			return true;
	}
	return false;
}

/* Packets between private addresses that leave by the same next hop as the tunnel's own. */
static json_t *clear(const struct told *told)
{
	const struct track *t = told->track;
	const struct tunnel *n = told->tunnel;
	json_t *rows = json_array();

	for (const struct clear *c = map_oldest(t->clears); c && told->local >= 0 && json_array_size(rows) < ROWS;
	     c = map_younger(t->clears, c)) {
		const struct pair_key *k = map_key(t->clears, c);

		for (int way = 0; way < 2; way++) {
			const struct look *l = &n->look[told->local];
			const struct addr *from = way ? &k->high : &k->low, *to = way ? &k->low : &k->high;
			char text[2][ADDR_TEXT];
			json_t *o;

			if (c->packets[way] == c->paired[way] || !c->has_mac[way] || !l->has_mac ||
			    memcmp(l->mac, c->mac[way], sizeof l->mac) || tunnel_end(n, from) < 2 ||
			    tunnel_end(n, to) < 2)
				continue;
			o = json_pack("{s:s,s:s,s:I,s:I,s:b,s:f,s:f}", "from", addr_text(from, text[0]), "to",
				      addr_text(to, text[1]), "packets", (json_int_t)c->packets[way], "paired",
				      (json_int_t)c->paired[way], "in_tunnel", in_tunnel(t, k), "first",
				      seconds_at(t, c->first[way].time_ns), "last",
				      seconds_at(t, c->last[way].time_ns));
			told_put(o, "frames", two_frames(c->first[way], c->last[way]));
			json_array_append_new(rows, o);
		}
	}
	return rows;
}

void neighbours_put(const struct told *told, json_t *tunnel)
{
	put_rows(tunnel, "pings", pings(told));
	put_rows(tunnel, "fetches", fetches(told));
	put_rows(tunnel, "clear", clear(told));
}

static json_t *decrypted(const struct track *t)
{
	struct witness frames = { 0 };
	uint64_t packets = 0;
	unsigned pairs = 0;
	json_t *o = NULL;

	for (const struct clear *c = map_oldest(t->clears); c; c = map_younger(t->clears, c))
		if (c->paired[0] + c->paired[1]) {
			packets += c->paired[0] + c->paired[1];
			pairs += 1;
			witness_add(&frames, c->first_paired);
		}
	if (packets) {
		o = json_pack("{s:I,s:i}", "packets", (json_int_t)packets, "pairs", (int)pairs);
		told_put_frames(o, "frames", &frames);
	}
	witness_clear(&frames);
	return o;
}

void neighbours_capture(const struct track *t, json_t *capture)
{
	char text[ADDR_TEXT];
	uint64_t errors = 0;

	told_put(capture, "decrypted", decrypted(t));
	for (size_t i = 0; i < t->sources_len; i++)
		errors += t->sources[i].counts.icmp_errors;
	told_put(capture, "icmp_seen", json_pack("{s:I,s:I,s:I}", "errors", (json_int_t)errors, "requests",
						 (json_int_t)t->echoes, "replies", (json_int_t)t->echo_replies));
	if (t->cgn_frames.count) {
		json_t *o = json_pack("{s:s,s:i}", "source", addr_text(&t->cgn_source, text), "count",
				      (int)t->cgn_frames.count);

		told_put_frames(o, "frames", &t->cgn_frames);
		told_put(capture, "cgn", o);
	}
}
