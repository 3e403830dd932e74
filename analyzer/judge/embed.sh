#!/bin/sh
# usage: embed.sh TABLE FILE... - writes C on standard output: the files, byte for byte, as a table of builtin.h.
set -eu
export LC_ALL=C

table=$1
shift
echo '#include "analyzer/judge/builtin.h"'
n=0
for file; do
	printf '\nstatic const char text_%d[] = {\n' "$n"
	od -An -v -to1 "$file" | sed "s/ \\([0-7]*\\)/'\\\\\\1',/g"
	echo '0 };'
	n=$((n + 1))
done

printf '\nconst struct builtin %s[] = {\n' "$table"
n=0
for file; do
	printf '\t{ "%s", text_%d, sizeof text_%d - 1 },\n' "$file" "$n" "$n"
	n=$((n + 1))
done
printf '\t{ 0, 0, 0 } };\nconst size_t %s_len = %d;\n' "$table" "$n"
