#!/bin/sh
# install_python.sh run|dev: make .venv with the pinned packages; `dev` adds what tests and checks need.
# PYTHON=/path/to/python chooses the interpreter. Safe to repeat: the stamp is written last.
set -eu
what=${1:-run}

fail() {
    echo "setup: $1" >&2
    exit 1
}

find_python() {
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python3.14}; do
        # A name on PATH may be a shim with nothing behind it: only a Python that runs counts.
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
}

can_make_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

make_venv() {
    python=$(find_python)
    [ -n "$python" ] || fail "Python 3.11 or later is needed and was not found; install it, or give its path: make PYTHON=/path/to/python3 ..."
    if ! can_make_venv "$python"; then
        package="$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
        SAY="installing $package" sh scripts/apt_install.sh "$package" python3-venv && can_make_venv "$python" ||
            fail "$python has no venv module; on Debian or Ubuntu: sudo apt-get install -y $package"
    fi
    echo "setup: making .venv with $("$python" --version) ($(command -v "$python"))"
    "$python" -m venv --clear .venv
    printf '%s\n' "$PWD" >.venv/.place
}

is_usable() {
    [ "$(cat .venv/.place 2>/dev/null)" = "$PWD" ] && .venv/bin/python -m pip --version >/dev/null 2>&1
}

install() {
    # Compiled now, because where Python may not write bytecode (PYTHONDONTWRITEBYTECODE) every start would compile anew.
    .venv/bin/python -m pip install -qq --disable-pip-version-check --compile -c constraints.txt -e "$1" ||
        fail "pip could not install the pinned packages (see above); check the network and the disk, then run make again"
    .venv/bin/python -m compileall -qq -x /slots/ agents reviewer templates
}

is_usable || make_venv
echo "setup: installing the pinned Python packages (about 2 GB on disk with PyTorch, a minute or more)"
if [ "$what" = dev ]; then
    install ".[dev]"
    touch .venv/.installed .venv/.installed-dev
else
    install .
    touch .venv/.installed
fi
