#!/bin/sh
# Installs the Jumpoint program as a systemd service: files under /opt, keys under /var/lib, an account of its own.
# Run as root from the unpacked archive. Running it again updates the program and keeps its keys.
set -eu
program=/opt/bridgehead-jumpoint
state=/var/lib/bridgehead-jumpoint
user=bridgehead-jumpoint
here=$(dirname "$(readlink -f "$0")")

[ "$(id -u)" = 0 ] || { echo "install.sh must run as root." >&2; exit 1; }
command -v node >/dev/null || { echo "Node.js 20 or newer is needed." >&2; exit 1; }
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || { echo "Node.js 20 or newer is needed." >&2; exit 1; }

id "$user" >/dev/null 2>&1 || useradd --system --home-dir "$state" --shell /usr/sbin/nologin "$user"
install -d -m 0755 "$program"
install -d -m 0700 -o "$user" -g "$user" "$state"
install -m 0755 "$here/jumpoint" "$here/jumpoint.js" "$program/"
install -m 0644 "$here/package.json" "$here/README.md" "$program/"

if [ ! -e "$state/identity.json" ]; then
  token=${1:-$(cat "$here/enrolment-token" 2>/dev/null || true)}
  [ -n "$token" ] || { echo "Usage: ./install.sh TOKEN" >&2; exit 64; }
  runuser -u "$user" -- "$program/jumpoint" enrol "$token" --state-dir "$state"
fi
rm -f "$here/enrolment-token"

if [ -d /run/systemd/system ]; then
  install -m 0644 "$here/bridgehead-jumpoint.service" /etc/systemd/system/
  systemctl daemon-reload
  systemctl enable bridgehead-jumpoint.service
  systemctl restart bridgehead-jumpoint.service
  echo "The service bridgehead-jumpoint runs."
else
  echo "There is no systemd here. Start it with: runuser -u $user -- $program/jumpoint run"
fi
