#include "analyzer/evidence/evidence.h"

#include <stdio.h>
#include <unistd.h>

#include "analyzer/worker/worker.h"
#include "dissect/base/mem.h"
#include "tests/support/ike_build.h"
#include "tests/support/suite.h"

#define A "203.0.113.10"
#define B "198.51.100.20"

struct made { /* what the sink was given */
	uint8_t *at;
	size_t len;
	bool refuse;
};

static bool take(void *ctx, const void *at, size_t len)
{
	struct made *m = ctx;

	if (m->refuse)
		return false;
	m->at = mem_resize(m->at, m->len + len + 1);
	memcpy(m->at + m->len, at, len);
	m->len += len;
	m->at[m->len] = 0;
	return true;
}

static bool holds(const struct made *m, const char *words)
{
	return memmem(m->at, m->len, words, strlen(words)) != NULL;
}

static void put_frame(FILE *f, struct built *p)
{
	static uint32_t second;
	uint32_t head[4] = { 1700000000 + ++second, 7, (uint32_t)p->len, (uint32_t)p->len };

	fwrite(head, sizeof head, 1, f);
	fwrite(build_at(p), p->len, 1, f);
}

static void put_message(FILE *f, uint64_t spi, uint32_t id, uint8_t exchange, uint8_t flags)
{
	struct draft d;
	struct built p;

	draft_start(&d, 0x20, spi, exchange == 34 && !(flags & IKE2_RESPONSE) ? 0 : 9, exchange, flags, id);
	draft_nonce2(&d, 32);
	build_start(&p, d.at, d.len);
	build_udp(&p, 500, 500);
	build_ipv4(&p, flags & IKE2_RESPONSE ? B : A, flags & IKE2_RESPONSE ? A : B, 17);
	build_ether(&p, 0x0800);
	put_frame(f, &p);
}

static void put_pieces(FILE *f)
{
	uint8_t body[64] = { 0 };
	struct built p;

	for (uint32_t i = 0; i < 3; i++) {
		build_start(&p, body, sizeof body);
		build_ipv4_with(&p, &(struct build_ipv4){ .src = A, .dst = B, .protocol = 17, .id = 5, .offset = 64 * i,
							   .more = i < 2 });
		build_ether(&p, 0x0800);
		put_frame(f, &p);
	}
}

/* 1 INIT, 2 its answer, 3-5 fragments, 6 request, 7 resend, 8 of another SA, 9 UDP of nobody. */
static void write_capture(const char *path)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1 };
	FILE *f = fopen(path, "wb");
	struct built p;

	ck_assert_ptr_nonnull(f);
	fwrite(head, sizeof head, 1, f);
	put_message(f, 0x77, 0, 34, IKE2_INITIATOR);
	put_message(f, 0x77, 0, 34, IKE2_RESPONSE);
	put_pieces(f);
	put_message(f, 0x77, 1, 37, IKE2_INITIATOR);
	put_message(f, 0x77, 1, 37, IKE2_INITIATOR);
	put_message(f, 0x88, 4, 37, IKE2_INITIATOR);
	build_start(&p, "hello", 5);
	build_udp(&p, 7, 7);
	build_ipv4(&p, "192.0.2.1", "192.0.2.2", 17);
	build_ether(&p, 0x0800);
	put_frame(f, &p);
	fclose(f);
}

struct bench {
	char path[32];
	json_t *model;
	struct evidence_source source;
	struct evidence_order order;
	struct made made;
	struct evidence_result result;
	struct evidence_trouble trouble;
};

static void bench_start(struct bench *b, int cited)
{
	*b = (struct bench){ .path = "/tmp/evidence-XXXXXX" };
	close(mkstemp(b->path));
	write_capture(b->path);
	b->model = json_pack("{s:[{s:s,s:i,s:[]}],s:{s:s},s:[],s:[{s:{s:s},s:{s:s},s:[{s:s,s:s,s:s,s:s,s:{s:[[i,i]]}}]}]}",
			     "captures", "file", "a", "frames", 9, "notes", "verdict", "sentence", "It is broken.",
			     "findings", "tunnels", "a", "address", A, "b", "address", B, "findings", "id", "some.thing",
			     "step", "reachability", "severity", "high", "text", "This proves it.", "evidence", "frames",
			     0, cited);
	ck_assert_ptr_nonnull(b->model);
	b->source = (struct evidence_source){ .path = b->path, .name = "near.pcap", .sha256 = "abc", .model = b->model,
					      .told = b->model };
	b->order = (struct evidence_order){ .sources = &b->source, .sources_len = 1, .version = "9" };
}

static void bench_end(struct bench *b)
{
	unlink(b->path);
	json_decref(b->model);
	mem_free(b->made.at);
}

static bool make(struct bench *b)
{
	return worker_evidence(&b->order, take, &b->made, &b->result, &b->trouble);
}

START_TEST(a_cited_piece_brings_its_whole_train)
{
	struct bench b;

	bench_start(&b, 4);
	ck_assert(make(&b));
	ck_assert_uint_eq(b.result.frames, 3);
	ck_assert(holds(&b.made, "some.thing: This proves it.\nFrame 4 of near.pcap."));
	ck_assert(holds(&b.made, "Context: frame 3 of near.pcap.") && holds(&b.made, "Context: frame 5 of near.pcap."));
	ck_assert(holds(&b.made, "SHA-256 of the original: abc") && holds(&b.made, "Verdict: It is broken."));
	bench_end(&b);
}
END_TEST

START_TEST(a_cited_message_brings_resends_and_how_its_sa_began_and_no_other_sa)
{
	struct bench b;

	bench_start(&b, 7);
	ck_assert(make(&b));
	for (int i = 1; i <= 9; i++) {
		char words[32];

		snprintf(words, sizeof words, "rame %d of near", i);
		ck_assert_msg(holds(&b.made, words) == (i == 1 || i == 2 || i == 6 || i == 7), "frame %d", i);
	}
	bench_end(&b);
}
END_TEST

START_TEST(a_capture_that_is_gone_is_named)
{
	struct bench b;

	bench_start(&b, 4);
	unlink(b.path);
	ck_assert(!make(&b));
	ck_assert_uint_eq(b.trouble.source, 0);
	ck_assert_ptr_nonnull(strstr(b.trouble.text, "No such file"));
	ck_assert_uint_eq(b.made.len, 0);
	bench_end(&b);
}
END_TEST

START_TEST(an_output_that_takes_nothing_is_told_apart)
{
	struct bench b;

	bench_start(&b, 4);
	b.made.refuse = true;
	ck_assert(!make(&b));
	ck_assert_uint_eq(b.trouble.source, b.order.sources_len);
	bench_end(&b);
}
END_TEST

START_TEST(a_model_may_say_anything)
{
	static const char *const models[] = {
		"{}", "{\"tunnels\":7}", "{\"captures\":[{\"notes\":[\"worker_died\"],\"frames\":2}],\"tunnels\":[{\"findings\":[{\"evidence\":{\"frames\":[[0,-1],[0],7,[0,1e9],[0,\"x\"],[0,99999999]]}}]}]}",
	};

	for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
		struct bench b;

		bench_start(&b, 4);
		json_decref(b.model);
		b.model = json_loads(models[i], 0, NULL);
		b.source.model = b.source.told = b.model;
		ck_assert(make(&b));
		bench_end(&b);
	}
}
END_TEST

SUITE("evidence", a_cited_piece_brings_its_whole_train,
      a_cited_message_brings_resends_and_how_its_sa_began_and_no_other_sa, a_capture_that_is_gone_is_named,
      an_output_that_takes_nothing_is_told_apart, a_model_may_say_anything)
