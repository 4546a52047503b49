#!/bin/sh
# Two options on one line of a requirements file: pip reads both, uv takes the rest of the line for the address.
#
# pip 26.3 splits an option line as a shell does, so `--index-url URL --trusted-host HOST` is two options (common with
# mirrors). uv 0.13.8 takes everything behind --index-url for the address, says nothing, asks that address, and ends
# with "was not found in the package registry": a reader looks for a misspelt name. On two lines both agree.
#
# Seen: one line, pip: "Would install amunone-1.0"; uv: exit code 1, "amunone was not found in the package registry".
#       two lines, both: amunone 1.0.
# Fails if either behaves otherwise.
set -eu
folder=$(mktemp -d)
server=""
trap 'test -z "$server" || kill "$server"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip==26.3 uv==0.13.8
cd "$folder"
mkdir -p simple/amunone
python3 - <<'PYTHON'
import zipfile

name, info = "amunone-1.0-py3-none-any.whl", "amunone-1.0.dist-info"
with zipfile.ZipFile(f"simple/amunone/{name}", "w") as wheel:
    wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: amunone\nVersion: 1.0\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(f"{info}/RECORD", "".join(f"{info}/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD")))
page = f'<!DOCTYPE html><html><body><a href="{name}">{name}</a></body></html>'
open("simple/amunone/index.html", "w").write(page)
PYTHON
python3 -u -m http.server 0 --bind 127.0.0.1 >log 2>/dev/null &
server=$!
while ! grep -q "port" log; do sleep 0.1; done
index="http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' log)/simple"
printf -- '--index-url %s --trusted-host 127.0.0.1\namunone\n' "$index" >one-line.txt
printf -- '--index-url %s\n--trusted-host 127.0.0.1\namunone\n' "$index" >two-lines.txt

by_pip() { "$folder/venv/bin/python" -m pip --isolated --disable-pip-version-check install --dry-run --no-deps -r "$1" 2>&1 || true; }
by_uv() { env -u UV_INDEX_URL -u UV_DEFAULT_INDEX "$folder/venv/bin/uv" pip compile --no-config --no-cache --quiet "$1" 2>&1 || true; }
shows() { by_"$1" "$2" | grep -q -- "$3" || { echo "changed: $1 on $2 no longer says '$3':"; by_"$1" "$2"; exit 1; }; }
shows pip one-line.txt "Would install amunone-1.0"
shows pip two-lines.txt "Would install amunone-1.0"
shows uv two-lines.txt "amunone==1.0"
shows uv one-line.txt "amunone was not found in the package registry"
echo "as described"
