#!/usr/bin/env bash
# Mono's compiler and its SOAP client, the .NET stack that the Web Connector is built on; 30 s, and nothing when they are there.
set -euo pipefail
command -v mcs >/dev/null && command -v wsdl2 >/dev/null && exit 0
{
	apt-get update -q
	apt-get install -y -q --no-install-recommends mono-mcs mono-runtime mono-devel libmono-system-web-services4.0-cil
} >/dev/null
