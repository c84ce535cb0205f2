# Shared by the scripts beside it; sourced, never run. Leaves the shell in the checkout.
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$*"
    exit 2
}

# The first Python of at least 3.11, or nothing.
find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

make_venv() {
    [ -x .venv/bin/python ] && .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' && return
    python=$(find_python)
    if [ -z "$python" ]; then
        found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "none on the path")
        die "ContactGuard needs Python 3.11 or newer (found: $found). Install it, or name it: PYTHON=/path/to/python3.11 $0"
    fi
    say "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv || die "$python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv"
}

# install NAME REQUIREMENT...: installs at the versions of constraints.txt, once for each state of the two files.
install() {
    stamp=".venv/installed-$1"
    state=$(cat constraints.txt pyproject.toml | cksum)
    shift
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && return
    say "Installing the pinned dependencies into .venv ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$@" ||
        die "The dependencies could not be installed; what pip says is above. Run $0 again once that is mended."
    printf '%s\n' "$state" >"$stamp"
}
