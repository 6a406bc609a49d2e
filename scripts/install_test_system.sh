#!/bin/sh
# Install the servers that tests start for themselves, on Debian and where this user may: a Docker engine and PostgreSQL.
# Never fails: tests that lack a server are skipped and say so.
set -u
missing=""
# Only root can start a Docker engine of its own.
[ "$(id -u)" != 0 ] || command -v dockerd >/dev/null 2>&1 || missing=" docker.io"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
SAY="installing for the tests:$missing (about 170 MB to fetch, a minute)" sh scripts/apt_install.sh $missing || true
