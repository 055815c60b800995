#!/bin/sh
# Makes a virtual environment hold exactly what its lock says: environment.sh FOLDER PYTHON LOCK [--project].
# An installation that was interrupted is begun anew; one that is only out of date is brought up to date.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/progress.sh"
cd "$root"
folder=$1 version=$2 lock=$3 project=${4:-}
unfinished=".tools/stamps/$(basename "$folder").unfinished"
export UV_NO_CONFIG=1 UV_PYTHON_INSTALL_DIR="$root/.tools/python"

mkdir -p .tools/stamps
[ ! -e "$unfinished" ] || rm -rf "$folder"
touch "$unfinished"
if ! "$folder/bin/python" -c "import sys; sys.exit('{}.{}'.format(*sys.version_info) != '$version')" 2>/dev/null; then
    step "$folder: Python $version, $(grep -c '==' "$lock") packages of $lock"
    python=$(tools/interpreter.sh "$version")
    rm -rf "$folder"
    .tools/uv venv --quiet --no-project --python "$python" "$folder"
else
    step "$folder: as $lock says"
fi
.tools/uv pip sync --quiet --no-progress --python "$folder" --require-hashes "$lock"
if [ "$project" = --project ]; then
    .tools/uv pip install --quiet --no-progress --python "$folder" --no-deps --no-build-isolation --editable .
fi
rm -f "$unfinished"
