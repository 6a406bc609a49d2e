#!/bin/sh
# apt_install.sh PACKAGE...: install Debian packages without asking, if this user may; exit 1 in silence if not.
# SAY="..." is said before the work begins.
set -u
command -v apt-get >/dev/null 2>&1 || exit 1
if [ "$(id -u)" = 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n env"
else
    exit 1
fi

[ -z "${SAY:-}" ] || echo "setup: $SAY"

apt() {
    # The lock may be held by unattended upgrades; a closed stdin keeps any question from waiting for an answer.
    $as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 "$@" </dev/null
}

# Package lists may be absent (fresh container) or so old that the files are gone: fetch them only in those cases.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if apt install -y --no-install-recommends "$@" >"$log" 2>&1; then
    exit 0
fi
apt update >"$log" 2>&1
apt install -y --no-install-recommends "$@" >>"$log" 2>&1 && exit 0
grep '^E:' "$log" | tail -n 2 >&2
exit 1
