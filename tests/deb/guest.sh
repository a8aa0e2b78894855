#!/bin/sh
# Runs in a guest that systemd has booted, with the package installed: the unit as it is.
set -eu

fail() {
	echo "FAIL: $*"
	systemctl --no-pager status ocellid || true
	journalctl --no-pager -u ocellid | tail -n 40
	exit 1
}

property() {
	systemctl show -P "$1" ocellid
}

begins=$(cat /proc/uptime)
systemctl is-active --wait ocellid >/dev/null || systemctl start ocellid || fail "it does not start"
[ "$(property ActiveState)" = active ] || fail "it is not active"
[ "$(property StatusText)" = "Watching; 1 policy works" ] || fail "status: $(property StatusText)"
pid=$(property MainPID)
echo "started: ${begins%% *} $(cut -d' ' -f1 /proc/uptime)"

# It is confined, and tells of processes all the same.
[ "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$pid/status")" = 1 ] || fail "new privileges"
echo "capabilities: $(awk '/^CapBnd/ { print $2 }' "/proc/$pid/status")"
marker=/tmp/marker-of-the-test
cp /bin/true $marker
$marker
n=0
until grep -q "\"binary\":\"$marker\"" /var/log/ocelli/events.log; do
	n=$((n + 1))
	[ $n -lt 100 ] || fail "no event of $marker"
	sleep 0.1
done
grep -q process_kprobe /var/log/ocelli/events.log || fail "no event of the policy"
[ -S /run/ocelli/ocelli.sock ] || fail "no socket"
! journalctl -u ocellid | grep -E 'level=(warn|error)' || fail "it complains"

before=$(property NRestarts)
systemctl reload ocellid || fail "reload"
n=0
until journalctl -u ocellid | grep -q 'received SIGHUP'; do
	n=$((n + 1))
	[ $n -lt 100 ] || fail "it was not reloaded"
	sleep 0.1
done
[ "$(property MainPID)" = "$pid" ] || fail "another process after the reload"

# One that hangs, or dies, is started again.
kill -KILL "$pid"
n=0
until [ "$(property NRestarts)" -gt "$before" ] && [ "$(property ActiveState)" = active ]; do
	n=$((n + 1))
	[ $n -lt 300 ] || fail "it was not started again"
	sleep 0.1
done

systemctl stop ocellid || fail "stop"
[ "$(property Result)" = success ] || fail "result: $(property Result)"
journalctl -u ocellid | grep -q 'ledger: balanced=true' || fail "no ledger"
[ ! -e /run/ocelli ] || fail "/run/ocelli is left"
dpkg --purge ocelli >/dev/null 2>&1 || fail "purge"
[ ! -e /var/log/ocelli ] || fail "/var/log/ocelli is left"
systemctl daemon-reload
[ "$(property LoadState)" = not-found ] || fail "the unit is left"
echo "ok"
