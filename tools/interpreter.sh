#!/bin/sh
# Prints the path of a real CPython of the version given, such as 3.13: pyenv's, PATH's, else one that uv fetches.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/progress.sh"
version=$1

# A shim answers only for the version that its folder has chosen, so each candidate is run and says what it is.
real() {
    "$1" -c 'import sys; "{}.{}".format(*sys.version_info) == sys.argv[1] or sys.exit(1); print(sys.executable)' "$version" 2>/dev/null
}

pyenv_root=${PYENV_ROOT:-$(pyenv root 2>/dev/null || echo "${HOME:-/nonexistent}/.pyenv")}
for candidate in "$pyenv_root"/versions/"$version"*/bin/python"$version" "$(command -v "python$version" || true)"; do
    [ -x "$candidate" ] && real "$candidate" && exit 0
done

export UV_PYTHON_INSTALL_DIR="$root/.tools/python" UV_PYTHON_PREFERENCE=managed
if ! "$root/.tools/uv" python find --no-project "$version" 2>/dev/null; then
    step "python: none of version $version on this machine, so uv fetches one"
    "$root/.tools/uv" python install --quiet --no-bin "$version" >&2 ||
        stop "there is no Python $version and it could not be fetched; install it (pyenv install $version, or your system's package) so that python$version is on PATH"
    "$root/.tools/uv" python find --no-project "$version"
fi
