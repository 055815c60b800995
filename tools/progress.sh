# Read by the other scripts here: one line a step on stderr, and the way to stop with a sentence.
step() { printf '[setup] %s\n' "$*" >&2; }
stop() {
    printf 'setup stopped: %s\n' "$*" >&2
    exit 1
}
