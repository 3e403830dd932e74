#!/bin/sh
# usage: rooms.sh BUILD - asks nm which room calls what, and holds it against the table.
#
# A row: what it is about, the functions (anchored patterns, without the __ and _chk that a hardened libc
# adds), and after the bar the only places that may call them: rooms, or one file without its ending.
# Before it looks at BUILD, the script looks at objects of its own that it must refuse.
set -eu
export LC_ALL=C

table='
heap        malloc calloc realloc reallocarray free strdup strndup v?asprintf aligned_alloc posix_memalign getline getdelim open_memstream | dissect/base/
digests     EVP_.* OPENSSL_.* OSSL_.* RAND_.* ERR_.* CRYPTO_.* X509_.* BN_.* ASN1_.* BIO_.* OBJ_.* d2i_.* i2d_.* | dissect/base/
chance      getrandom getentropy rand srand random srandom drand48 arc4random.* | dissect/base/
captures    pcap_.* bpf_.* trace_.* | dissect/capture/
unpacking   gz[a-z]+ inflate.* uncompress.* BZ2_.* lzma_.* ZSTD_.* | dissect/capture/
rules       lua_.* luaL_.* luaopen_.* | analyzer/judge/
documents   json_.* jansson_.* | analyzer/
store       sqlite3_.* | analyzer/archive/
web         MHD_.* | analyzer/serve/
sockets     socket socketpair connect bind listen accept4? send sendto sendmsg recv recvfrom recvmsg | analyzer/serve/
names       getaddrinfo getnameinfo gethostby.* res_.* |
files       fopen fdopen freopen open openat creat read pread readv mmap fread fgets fgetc getc opendir readdir unlink rename mkdir mkstemp tmpfile | dissect/capture/ dissect/base/lock analyzer/judge/ analyzer/evidence/ analyzer/worker/ analyzer/archive/ analyzer/serve/ analyzer/cli/
processes   fork vfork exec[lv].* posix_spawn.* pipe2? dup[23]? wait wait4 waitid waitpid kill pidfd_.* signal sigaction | dissect/capture/ analyzer/worker/ analyzer/archive/ analyzer/serve/ analyzer/cli/
locks       setrlimit prlimit seccomp_.* memfd_create syscall | dissect/base/lock
prctl       prctl | dissect/base/lock dissect/capture/child analyzer/worker/
shells      system popen |
threads     pthread_create thrd_create | analyzer/serve/
clocks      time gettimeofday clock clock_gettime timespec_get sleep usleep nanosleep alarm | analyzer/worker/ analyzer/archive/ analyzer/serve/ analyzer/cli/
environment getenv secure_getenv setenv unsetenv putenv setlocale | dissect/capture/ analyzer/worker/ analyzer/cli/
stdout      stdout printf vprintf puts putchar | analyzer/report/ analyzer/cli/
stderr      stderr perror err errx warn warnx | dissect/base/mem analyzer/worker/ analyzer/cli/
ending      exit _exit _Exit quick_exit abort | dissect/base/mem dissect/capture/ analyzer/worker/ analyzer/cli/
no-bounds   strcpy strcat stpcpy v?sprintf gets strtok |
'

# Says every object below $1 that calls what its room may not; fails when there is one. An object whose
# source is gone from $2 says nothing.
trespasses() {
	(cd "$1" && find dissect analyzer -name '*.o' | sort | while read -r object; do
		[ -f "$2/${object%.o}.c" ] && echo "$object"
	done | xargs -r nm -A -P) |
	awk -v table="$table" '
	BEGIN {
		n = split(table, line, "\n")
		for (i = 1; i <= n; i++)
			if (split(line[i], half, "|") == 2) {
				rows++
				subject[rows] = half[1]
				sub(/ .*/, "", subject[rows])
				pattern[rows] = half[1]
				sub(/^[^ ]+ +/, "", pattern[rows])
				gsub(/ +/, "|", pattern[rows])
				sub(/\|$/, "", pattern[rows])
				pattern[rows] = "^(" pattern[rows] ")$"
				places[rows] = split(half[2], place, " ")
				for (j = 1; j <= places[rows]; j++)
					home[rows, j] = place[j]
			}
	}
	function at_home(row, object,    j) {
		for (j = 1; j <= places[row]; j++)
			if (substr(object, 1, length(home[row, j])) == home[row, j] &&
			    (home[row, j] ~ /\/$/ || object == home[row, j] ".o"))
				return 1
		return 0
	}
	function plain(symbol) { # __printf_chk, fopen64, __isoc99_fscanf@GLIBC_2.7 ...
		sub(/@.*/, "", symbol)
		sub(/^__isoc[0-9]+_/, "", symbol)
		sub(/^__/, "", symbol)
		sub(/_chk$|_2$/, "", symbol)
		sub(/64$/, "", symbol)
		return symbol
	}
	{
		sub(/:$/, "", $1)
		objects[$1]
		if ($3 ~ /^[A-TV-Z]$/)
			ours[$2]
		else if ($3 == "U") {
			calls++
			object[calls] = $1
			symbol[calls] = $2
		}
	}
	END {
		for (i = 1; i <= calls; i++)
			for (row = 1; row <= rows; row++)
				if (!(symbol[i] in ours) && plain(symbol[i]) ~ pattern[row] &&
				    !at_home(row, object[i])) {
					printf "%s: %s (%s) is not for this room\n", object[i],
						symbol[i], subject[row]
					bad = 1
				}
		if (!calls) {
			print "found nothing to look at"
			bad = 1
		}
		exit bad
	}'
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# expect fine|refused FILE STATEMENT: a tree of that object, and of one that offers trace_words().
expect() {
	mkdir -p "$scratch/dissect" "$scratch/analyzer" "$scratch/$(dirname "$2")"
	cat >"$scratch/$2.c" <<-END
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <time.h>
		#include <unistd.h>
		#include <sys/socket.h>
		char buffer[9], *text;
		void f(void); void f(void) { $3; }
	END
	echo 'int trace_words(void); int trace_words(void) { return 0; }' >"$scratch/dissect/words.c"
	for file in "$scratch/$2" "$scratch/dissect/words"; do
		${CC:-cc} -O0 -w -c -o "$file.o" "$file.c"
	done
	got=refused
	trespasses "$scratch" "$scratch" >"$scratch/said" && got=fine
	if [ "$got" != "$1" ]; then
		echo "rooms.sh does not do its work: $2 with $3 is $got, not $1"
		cat "$scratch/said"
		exit 1
	fi
	rm -r "$scratch/dissect" "$scratch/analyzer"
}
expect refused dissect/net/udp       'text = malloc(9)'
expect refused dissect/base/map      'printf("%s", text)'
expect refused dissect/base/text     'exit(1)'
expect refused dissect/ike/header    'time(NULL)'
expect refused dissect/capture/pcap  'socket(0, 0, 0)'
expect refused dissect/ike/notify    'int json_null(void); json_null()'
expect refused analyzer/track/tunnel 'int pcap_close(void); pcap_close()'
expect refused analyzer/report/text  'int lua_gettop(void); lua_gettop()'
expect refused analyzer/run/run      'fork()'
expect refused analyzer/run/run      'int __fprintf_chk(void *, ...); __fprintf_chk(stdout, 1)'
expect refused analyzer/cli/main     'strcpy(buffer, text)'
expect refused analyzer/cli/main     'int __sprintf_chk(char *); __sprintf_chk(buffer)'
expect refused analyzer/worker/worker 'int setrlimit(int); setrlimit(0)'
expect refused dissect/base/mem      'int prctl(int); prctl(0)'
expect fine    dissect/base/lock     'int seccomp_load(void); seccomp_load()'
expect fine    dissect/base/mem      'text = malloc(9); exit(1)'
expect fine    dissect/capture/child 'fork(); _exit(1)'
expect fine    analyzer/judge/host   'int lua_gettop(void); lua_gettop()'
expect fine    analyzer/cli/main     'time(NULL); printf("%s", text)'
expect fine    analyzer/track/path   'int trace_words(void); trace_words()'
expect refused analyzer/track/path   'int trace_start(void); trace_start()'

top=$(cd "$(dirname "$0")/.." && pwd)
trespasses "${1:-$top/build}" "$top"
