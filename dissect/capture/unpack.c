/* What a child does with a compressed file. Streams that follow each other in one file are one. */
#include <bzlib.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "dissect/capture/reader.h"

enum {
	IN_LEN = 64 << 10,
	OUT_LEN = 128 << 10,
	XZ_MEMORY = 192 << 20, /* xz -9 needs 65 MiB */
};

struct view { /* moved on by a step */
	uint8_t *in, *out;
	size_t in_len, out_len; /* yet to be read; room left */
};

enum step_end { STEP_MORE, STEP_STREAM_ENDS, STEP_DAMAGED, STEP_UNFIT };

typedef enum step_end step(void *stream, struct view *v);

static void skip_zeros(struct view *v)
{
	while (v->in_len && !*v->in)
		v->in++, v->in_len--;
}

/* Every round reads or writes a byte, or is the last. */
static enum child_end pump(struct feed *f, step *take_step, void *stream)
{
	static uint8_t in[IN_LEN], out[OUT_LEN];
	struct view v = { .in = in };
	bool between = false, full = false, ended = false;

	for (;;) {
		enum step_end end;
		size_t wrote;

		if (!v.in_len && !full && !ended) {
			v.in = in;
			v.in_len = feed_read(f, in, sizeof in);
			ended = !v.in_len;
		}
		if (between)
			skip_zeros(&v); /* tapes and xz pad with zeros */
		if (between && !v.in_len) {
			if (ended)
				return CHILD_FINE;
			full = false;
			continue;
		}
		v.out = out;
		v.out_len = sizeof out;
		end = take_step(stream, &v);
		wrote = sizeof out - v.out_len;
		if (wrote && !feed_write(f, out, wrote))
			return CHILD_BOMB;
		if (end == STEP_DAMAGED)
			return CHILD_CUT;
		if (end == STEP_UNFIT)
			return CHILD_UNFIT;
		if (end == STEP_MORE && ended && !v.in_len && !wrote)
			return CHILD_CUT;
		between = end == STEP_STREAM_ENDS;
		full = !v.out_len;
	}
}

/* --- gzip: RFC 1952 ---------------------------------------------------------------------- */

static enum step_end step_gzip(void *stream, struct view *v)
{
	z_stream *z = stream;
	int r;

	z->next_in = v->in;
	z->avail_in = (uInt)v->in_len;
	z->next_out = v->out;
	z->avail_out = (uInt)v->out_len;
	r = inflate(z, Z_NO_FLUSH);
	v->in = z->next_in;
	v->in_len = z->avail_in;
	v->out_len = z->avail_out;
	if (r == Z_STREAM_END)
		return inflateReset(z) == Z_OK ? STEP_STREAM_ENDS : STEP_UNFIT;
	return r == Z_OK || r == Z_BUF_ERROR ? STEP_MORE : STEP_DAMAGED;
}

enum child_end unpack_gzip(struct feed *f)
{
	z_stream z = { .zalloc = Z_NULL };

	if (inflateInit2(&z, 15 + 16) != Z_OK) /* the largest window, and a gzip header */
		return CHILD_UNFIT;
	return pump(f, step_gzip, &z);
}

/* --- bzip2 ------------------------------------------------------------------------------- */

static enum step_end step_bzip2(void *stream, struct view *v)
{
	bz_stream *z = stream;
	int r;

	z->next_in = (char *)v->in;
	z->avail_in = (unsigned)v->in_len;
	z->next_out = (char *)v->out;
	z->avail_out = (unsigned)v->out_len;
	r = BZ2_bzDecompress(z);
	v->in = (uint8_t *)z->next_in;
	v->in_len = z->avail_in;
	v->out_len = z->avail_out;
	if (r == BZ_STREAM_END) {
		BZ2_bzDecompressEnd(z);
		return BZ2_bzDecompressInit(z, 0, 0) == BZ_OK ? STEP_STREAM_ENDS : STEP_UNFIT;
	}
	return r == BZ_OK ? STEP_MORE : STEP_DAMAGED;
}

enum child_end unpack_bzip2(struct feed *f)
{
	bz_stream z = { .opaque = NULL };

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return CHILD_UNFIT;
	return pump(f, step_bzip2, &z);
}

/* --- xz ---------------------------------------------------------------------------------- */

static enum step_end step_xz(void *stream, struct view *v)
{
	lzma_stream *z = stream;
	lzma_ret r;

	z->next_in = v->in;
	z->avail_in = v->in_len;
	z->next_out = v->out;
	z->avail_out = v->out_len;
	r = lzma_code(z, LZMA_RUN);
	v->in += v->in_len - z->avail_in;
	v->in_len = z->avail_in;
	v->out_len = z->avail_out;
	switch (r) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return STEP_MORE;
	case LZMA_STREAM_END:
		return lzma_stream_decoder(z, XZ_MEMORY, 0) == LZMA_OK ? STEP_STREAM_ENDS
								       : STEP_UNFIT;
	case LZMA_MEM_ERROR:
	case LZMA_MEMLIMIT_ERROR:
	case LZMA_OPTIONS_ERROR:
		return STEP_UNFIT;
	default:
		return STEP_DAMAGED;
	}
}

enum child_end unpack_xz(struct feed *f)
{
	lzma_stream z = LZMA_STREAM_INIT;

	if (lzma_stream_decoder(&z, XZ_MEMORY, 0) != LZMA_OK)
		return CHILD_UNFIT;
	return pump(f, step_xz, &z);
}

/* --- Zstandard: RFC 8878 ----------------------------------------------------------------- */

static enum step_end step_zstd(void *stream, struct view *v)
{
	ZSTD_inBuffer in = { v->in, v->in_len, 0 };
	ZSTD_outBuffer out = { v->out, v->out_len, 0 };
	size_t r = ZSTD_decompressStream(stream, &out, &in);

	v->in += in.pos;
	v->in_len -= in.pos;
	v->out_len -= out.pos;
	if (!ZSTD_isError(r))
		return r ? STEP_MORE : STEP_STREAM_ENDS;
	switch (ZSTD_getErrorCode(r)) {
	case ZSTD_error_frameParameter_windowTooLarge:
	case ZSTD_error_frameParameter_unsupported:
	case ZSTD_error_memory_allocation:
		return STEP_UNFIT;
	default:
		return STEP_DAMAGED;
	}
}

enum child_end unpack_zstd(struct feed *f)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	if (!z)
		return CHILD_UNFIT;
	return pump(f, step_zstd, z);
}
