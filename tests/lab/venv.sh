#!/bin/sh
# Makes .venv from requirements.lock, with nothing but Python 3.11 on the machine, and then touches the file $1.
# Can be run again at any time: what is there already stays, if it was made here and is whole.
set -eu
stamp=$1
python=${PYTHON:-python3}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() {
    tail -n 20 "$log" >&2
    echo "cannot make .venv: $1" >&2
    exit 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>"$log" ||
    fail "$python is not Python 3.11 or later; name one with make PYTHON=…"

if ! { [ -e "$stamp" ] && .venv/bin/python -m pip --version; } >/dev/null 2>&1; then
    echo "making .venv"
    if ! "$python" -m venv --clear .venv >"$log" 2>&1; then
        # Debian keeps what venv needs in a package of its own.
        [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "install the Debian package python3-venv"
        echo "installing the Debian package python3-venv"
        { apt-get update && apt-get install --yes --no-install-recommends python3-venv; } >"$log" 2>&1 ||
            fail "the Debian package python3-venv cannot be installed"
        "$python" -m venv --clear .venv >"$log" 2>&1 || fail "$python -m venv does not work"
    fi
fi

echo "installing the Python packages of requirements.lock into .venv"
install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps "$@" >"$log" 2>&1; }
install --require-hashes --requirement requirements.lock || fail "a package cannot be installed"
# The build tools are in the lock too, so nothing else is fetched.
install --no-build-isolation --editable . || fail "azure-migrate-exporter itself cannot be installed"
touch "$stamp"
