#!/bin/sh
# usage: deps.sh LIST - installs the Debian packages of LIST that are not here yet; '#' starts a comment.
set -eu

packages=$(sed 's/#.*//' "$1")
missing=
for package in $packages; do
	status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
	[ "$status" = "install ok installed" ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
	echo "nothing to install"
	exit 0
fi

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
# Another apt may be at work on a fresh machine: wait for its lock.
$as_root apt-get -o DPkg::Lock::Timeout=300 -q update
$as_root apt-get -o DPkg::Lock::Timeout=300 -q -y --no-install-recommends install $missing
