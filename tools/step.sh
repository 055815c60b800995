#!/bin/sh
# One step of the set-up: step.sh NAME COMMAND…. It is one line when it has ended; all that the command says is in .tools/logs/NAME.log.
# On a terminal, the last line names the steps that are under way.
set -u
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root" || exit 1
. tools/certificates.sh
name=$1
shift
log=.tools/logs/$name.log under_way=.tools/under-way
mkdir -p .tools/stamps .tools/logs "$under_way"

show() {
    if [ -t 2 ]; then
        now=$(ls "$under_way" 2>/dev/null | tr '\n' ' ')
        printf '\r\033[K%s%s' "${1:+$1
}" "${now:+… $now}" >&2
    elif [ -n "$1" ]; then
        printf '%s\n' "$1" >&2
    fi
}

began=$(date +%s)
: >"$under_way/$name"
trap 'rm -f "$under_way/$name"' EXIT
trap 'exit 130' INT TERM HUP
show ""
"$@" >"$log" 2>&1 </dev/null
ended=$?
rm -f "$under_way/$name"
seconds=$(($(date +%s) - began))
if [ "$ended" -eq 0 ]; then
    what=$(sed -n 's/^\[setup\] //p' "$log" | head -n 1)
    show "  ✓ ${what:-$name: as it was}, $seconds s"
else
    show "  ✗ $name failed after $seconds s; the end of $root/$log:"
    tail -n 15 "$log" | sed 's/^/      /' >&2
fi
exit "$ended"
