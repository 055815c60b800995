#!/bin/sh
# The demo: each command as a person would type it, and at the end where to look. It stops at the first that fails; begin again at will.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
began=$(date +%s)

lake() {
    printf '$ lake %s\n' "$*"
    .venv/bin/lake "$@"
}

lake up
lake deploy
echo '$ lake seed'
seeded=${LAKE_HOME:-.lake}/seeded.txt
.venv/bin/lake seed >"$seeded"
echo "$(grep -c ' rows' "$seeded") tables were filled; their rows and sums are in $seeded"
lake run --brief
lake query --saved 'Departments by sales'
# The analyst is refused, in Athena's words; anything else is a failure of the demo.
if lake query --as analyst --file lakes/grocer/email.sql; then
    echo 'the analyst saw what a contract restricts' >&2
    exit 1
fi
lake query --as privacy_officer --file lakes/grocer/email.sql
lake report
cat <<END

The demo took $(($(date +%s) - began)) s. The rows above are Athena's answer; the report shows what came in and what was refused.
  .venv/bin/lake report --open    opens the report
  .venv/bin/lake open airflow     opens Airflow, signed in
  .venv/bin/lake query "SHOW TABLES IN local_gold"
  .venv/bin/lake down             stops all of it; the data stays for the next \`lake up\`
END
