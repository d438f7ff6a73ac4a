#!/bin/sh
# Compares the CPU time that one request costs the engine with what it costs a raw epoll responder that parses nothing.
# Rounds alternate between the two, so that a change of the machine's mood hits both; the medians are compared.
#
#     Benchmarks/compare-engine.sh [ROUNDS] [SECONDS]
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-7}
seconds=${2:-2}
swift build -c release --product RawEpoll 2>&1 | tail -1
swift build -c release --product EngineServer 2>&1 | tail -1
swift build -c release --product LoadGenerator 2>&1 | tail -1
bin=$(swift build -c release --show-bin-path)
"$bin/RawEpoll" 18091 2 &
raw=$!
"$bin/EngineServer" 18092 2 >/dev/null &
engine=$!
trap 'kill $raw $engine' EXIT
sleep 0.5
round() { "$bin/LoadGenerator" -p "$1" -c 32 -d "$seconds" -P "$2" | sed 's/.*CPU\/request \([0-9.]*\) us (user \([0-9.]*\), system \([0-9.]*\).*/\1 \2 \3/'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
results=$(mktemp)
for i in $(seq "$rounds"); do
    echo "raw $(round 18091 $raw)" | tee -a "$results"
    echo "engine $(round 18092 $engine)" | tee -a "$results"
done
a=$(awk '$1 == "raw" { print $2 }' "$results" | median)
b=$(awk '$1 == "engine" { print $2 }' "$results" | median)
rm "$results"
echo "median CPU us/request: raw $a, engine $b, ratio $(awk "BEGIN { printf \"%.2f\", $b / $a }")"
