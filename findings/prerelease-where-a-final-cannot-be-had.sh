#!/bin/sh
# A final version that fits, but whose own requirement does not exist: uv takes the pre-release beside it, pip refuses.
#
# amunb has 1.0 (final; requires amunmissing, which is on no index) and 2.0rc1 (requires nothing). Asked for is plain
# `amunb`, which names no pre-release. pip 26.3 never looks at 2.0rc1, since a final version meets the requirement.
# uv 0.13.8 finds that 1.0 cannot be had and then goes on to 2.0rc1: the same requirement installs a release candidate.
# Who writes "pre-releases only where there is no final version" must say whether a final version that cannot be
# installed counts as one.
#
# Seen: uv: amunb==2.0rc1; pip: "No matching distribution found for amunmissing", and nothing is installed.
# Fails if either behaves otherwise.
set -eu
folder=$(mktemp -d)
server=""
trap 'test -z "$server" || kill "$server"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip==26.3 uv==0.13.8
cd "$folder"
mkdir -p simple/amunb
python3 - <<'PYTHON'
import zipfile

links = ""
for version, more in (("1.0", "Requires-Dist: amunmissing\n"), ("2.0rc1", "")):
    name, info = f"amunb-{version}-py3-none-any.whl", f"amunb-{version}.dist-info"
    with zipfile.ZipFile(f"simple/amunb/{name}", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: amunb\nVersion: {version}\n{more}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "".join(f"{info}/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD")))
    links += f'<a href="{name}">{name}</a>'
open("simple/amunb/index.html", "w").write(f"<!DOCTYPE html><html><body>{links}</body></html>")
PYTHON
python3 -u -m http.server 0 --bind 127.0.0.1 >log 2>/dev/null &
server=$!
while ! grep -q "port" log; do sleep 0.1; done
index="http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' log)/simple"
echo amunb >asked.txt

by_pip() { "$folder/venv/bin/python" -m pip --isolated --disable-pip-version-check install --dry-run --index-url "$index" -r asked.txt 2>&1 || true; }
by_uv() { env -u UV_INDEX_URL -u UV_DEFAULT_INDEX "$folder/venv/bin/uv" pip compile --no-config --no-cache --quiet --default-index "$index" asked.txt 2>&1 || true; }
shows() { by_"$1" | grep -q -- "$2" || { echo "changed: $1 no longer says '$2':"; by_"$1"; exit 1; }; }
shows uv "amunb==2.0rc1"
shows pip "No matching distribution found for amunmissing"
echo "as described"
