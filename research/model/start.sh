#!/bin/sh
# Starts the driver in the background at the lowest priority, or says that it runs. Usage: start.sh [preset]
# Its process id is in work/driver.pid: kill -STOP and -CONT pause and resume it, kill ends it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/work/logs"
pid_file=$here/work/driver.pid
if [ -f "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; then
  echo "already running as $(cat "$pid_file")"
  exit 0
fi
cd "$here/.."
# Waiting threads spin for a while: on a shared machine sleeping ones cost half of the speed.
GOMP_SPINCOUNT=${GOMP_SPINCOUNT-300000} PYTHONUNBUFFERED=1 nice -n 19 setsid nohup \
  "${PYTHON-/usr/bin/python3}" -m model.run --preset "${1-cpu}" >>"$here/work/logs/driver.log" 2>&1 </dev/null &
echo $! >"$pid_file"
echo "started as $!"
