#!/usr/bin/env bash
# A Chromium from the system's packages, which Playwright drives; nothing when one is there.
set -euo pipefail
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && exit 0
{
	apt-get update -q
	apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core
} >/dev/null
