#!/bin/sh
# What a Glue job brings, as a lock says, for Glue's platform whatever this machine is: wheels.sh FOLDER LOCK.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/progress.sh"
cd "$root"
folder=$1 lock=$2
step "$folder: $(grep -c '==' "$lock") wheels for Glue's Python 3.13 on x86_64"
rm -rf "$folder.new"
# Glue 6.0 is Amazon Linux 2023 (glibc 2.34). Links of this machine's own pip configuration could bring a wheel of another build; hashes refuse it.
.venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --implementation cp --python-version 3.13 --abi cp313 --abi abi3 --abi none \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    --dest "$folder.new" -r "$lock"
rm -rf "$folder"
mv "$folder.new" "$folder"
