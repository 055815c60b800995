#!/bin/sh
# Looks, in a second, whether this machine has what set-up, demo and tests need; each thing that is missing is one line with what to do.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
python=$(command -v python3 || true)
if [ -z "$python" ]; then
    echo "preflight: python: there is no python3 on PATH; install Python 3.9 or newer" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))'; then
    echo "preflight: python: $python is $("$python" -V 2>&1); put Python 3.9 or newer first on PATH" >&2
    exit 1
fi
exec "$python" -X utf8 "$root/tools/preflight.py"
