#!/bin/sh
# The pinned uv in .tools/uv: everything Python is installed by it, and it comes by the system's own pip.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/progress.sh"
work="$root/.tools/uv.new"

python=$(command -v python3 || true)
[ -n "$python" ] || stop "there is no python3 on PATH; install Python 3.9 or newer"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' ||
    stop "$python is $("$python" -V 2>&1); the bootstrap needs Python 3.9 or newer first on PATH"

step "uv: $(sed -n 's/^uv==\([0-9.]*\).*/\1/p' "$root/requirements/bootstrap.txt"), by $python"
rm -rf "$work"
export PIP_ROOT_USER_ACTION=ignore
mkdir -p "$root/.tools"
# A Debian python3 without python3-venv has no ensurepip; its pip alone is enough then.
if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -m venv "$work"
    "$work/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$root/requirements/bootstrap.txt"
elif "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes --target "$work" -r "$root/requirements/bootstrap.txt"
else
    stop "$python has neither venv nor pip; install one of them (Debian, Ubuntu: apt-get install python3-venv)"
fi
mv -f "$work/bin/uv" "$root/.tools/uv"
rm -rf "$work"
