#!/bin/sh
# Resolves every lock anew; versions that still fit are kept unless --upgrade is given.
# No lock names the host it was resolved from, so that a mirror works as well.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/progress.sh"
. "$root/tools/certificates.sh"
cd "$root"
export UV_NO_CONFIG=1 UV_PYTHON_INSTALL_DIR="$root/.tools/python"

compile() {
    output=$1 python=$2
    shift 2
    step "$output"
    .tools/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate $upgrade \
        --python "$python" --output-file "$output" "$@"
}

upgrade=${1:-}
compile requirements/dev.txt .venv --universal pyproject.toml --group app --group spark --group functions --group extraction --group local --group dev
compile requirements.txt .venv --universal pyproject.toml --group app --constraints requirements/dev.txt
compile requirements/glue-wheels.txt .venv --python-version 3.13 --python-platform x86_64-manylinux_2_28 --only-binary :all: \
    pyproject.toml --constraints requirements/dev.txt
# Beside our own archive, so without what that has: pip takes two files of one package for a conflict. urllib3 is boto3's, which is Glue's own.
own=$(sed -n 's/^\([a-z0-9-]*\)==.*/--no-emit-package \1/p' requirements/glue-wheels.txt)
# shellcheck disable=SC2086 # one word an option
compile requirements/extraction-wheels.txt .venv --python-version 3.13 --python-platform x86_64-manylinux_2_28 --only-binary :all: \
    --no-emit-package urllib3 $own --group extraction --constraints requirements/dev.txt
# boto3 and what it brings are the runtime's own.
compile requirements/function-wheels.txt .venv --python-version 3.13 --no-emit-package botocore --no-emit-package python-dateutil \
    --no-emit-package six --no-emit-package urllib3 --group functions --constraints requirements/dev.txt
compile requirements/emulator.txt .venv --universal --group emulator
compile requirements/glue.txt .venv --universal requirements/glue.in
compile requirements/airflow.txt "$(tools/interpreter.sh 3.12)" --universal requirements/airflow.in
compile requirements/airflow-fallback.txt "$(tools/interpreter.sh 3.12)" --universal requirements/airflow-fallback.in
compile requirements/clients.txt .venv --universal requirements/clients.in
compile requirements/langextract.txt .venv --universal requirements/langextract.in
compile requirements/bootstrap.txt .venv --universal --python-version 3.9 requirements/bootstrap.in
compile requirements/jdk.txt .venv --universal requirements/jdk.in
compile requirements/trino-jdk.txt .venv --universal requirements/trino-jdk.in
step package-lock.json
PATH="$root/.venv/bin:$PATH" .venv/bin/npm install --package-lock-only --silent
step tools/jars.sha256
.venv/bin/python -m tools.jars --lock
