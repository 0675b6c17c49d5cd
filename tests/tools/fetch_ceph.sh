#!/bin/sh
# Unpack Debian's Ceph object gateway into a folder; nothing is installed and no root is needed,
# but for a machine whose package lists are empty. Usage: fetch_ceph.sh [FOLDER]
set -eu
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/govgate/ceph}
[ ! -e "$folder/.done" ] || exit 0
archives=$(mktemp -d)
trap 'rm -rf "$archives"' EXIT
mkdir -p "$archives/partial" "$folder"
if ! apt-cache show radosgw >/dev/null 2>&1; then
	if [ "$(id -u)" = 0 ]; then apt-get update --quiet; else sudo apt-get update --quiet; fi
fi
apt-get install --yes --quiet=2 --no-install-recommends --download-only \
	-o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" -o Dir::Cache::archives="$archives" \
	radosgw ceph-mon ceph-osd
for package in "$archives"/*.deb; do
	dpkg-deb --extract "$package" "$folder"
done
touch "$folder/.done"
