#!/bin/sh
# apt_install.sh PACKAGE...: install Debian packages without asking, if this user may; exit 1 in silence if not.
# SAY="..." is said before the work begins. Programs are wanted, not services: nothing starts by being installed.
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
policy=/usr/sbin/policy-rc.d # Debian asks it before a package starts its service
no_cluster=/etc/postgresql-common/createcluster.d/naturalist.conf
ours=$no_cluster

apt() {
    # The lock may be held by unattended upgrades; a closed stdin keeps any question from waiting for an answer.
    $as_root DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 "$@" </dev/null
}

keep_services_off() {
    $as_root mkdir -p "${no_cluster%/*}"
    echo "create_main_cluster = false" | $as_root tee $no_cluster >/dev/null
    [ ! -e $policy ] || return 0
    ours="$ours $policy"
    # Left behind by a kill, it would forbid nothing.
    printf '#!/bin/sh\nkill -0 %s 2>/dev/null && exit 101\nexit 0\n' $$ | $as_root tee $policy >/dev/null
    $as_root chmod 755 $policy
}

clean_up() {
    rm -f "$log"
    $as_root rm -f $ours
    $as_root rmdir --parents --ignore-fail-on-non-empty "${no_cluster%/*}"
}

log=$(mktemp)
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
keep_services_off
# Package lists may be absent (fresh container) or so old that the files are gone: fetch them only in those cases.
if apt install -y --no-install-recommends "$@" >"$log" 2>&1; then
    exit 0
fi
apt update >"$log" 2>&1
apt install -y --no-install-recommends "$@" >>"$log" 2>&1 && exit 0
grep '^E:' "$log" | tail -n 2 >&2
exit 1
