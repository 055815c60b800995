#!/bin/sh
# .tools/function-wheels: what functions bring beside their runtime's boto3; pure Python alone, so that one archive fits every processor.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/progress.sh"
cd "$root"
step ".tools/function-wheels: $(grep -c '==' requirements/function-wheels.txt) wheels for Lambda's Python 3.13"
rm -rf .tools/function-wheels.new
.venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --implementation py --python-version 3.13 --abi none --platform any \
    --dest .tools/function-wheels.new -r requirements/function-wheels.txt
rm -rf .tools/function-wheels
mv .tools/function-wheels.new .tools/function-wheels
