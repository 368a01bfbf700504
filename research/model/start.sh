#!/bin/sh
# Prepares what is missing (PyTorch, icon packages, pictures, captions) and then starts the preset's plan in the
# background at the lowest priority, or says that it runs. Usage: start.sh [preset]
# Its process id, which is that of its group, is in work/driver.pid: kill -STOP -- -ID and -CONT pause and resume it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$here/work
preset=${1-cpu}
python=${PYTHON-/usr/bin/python3}
mkdir -p "$work/logs" "$work/npm"
pid_file=$work/driver.pid
if [ -f "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; then
  echo "already running as $(cat "$pid_file")"
  exit 0
fi
if ! "$python" -c 'import torch, numpy, PIL' 2>/dev/null; then
  # OpenBLAS: Debian's PyTorch multiplies with whatever libblas is there, and the reference one is many times slower.
  packages="python3-torch python3-numpy python3-pil libopenblas0-openmp"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages
  else
    echo "PyTorch, numpy and Pillow are missing for $python. On Debian: apt-get install $packages"
    exit 1
  fi
fi
cd "$here/.."
if ! cmp -s "$here/data/package.json" "$work/npm/package.json"; then
  cp "$here/data/package.json" "$work/npm/package.json"
  npm install --prefix "$work/npm" --ignore-scripts --no-audit --no-fund --loglevel=error
fi
[ -f "$work/data/pictures.json" ] || node model/data/prepare.mjs
[ -f "$work/data/invented.json" ] || "$python" -m model.invented --preset "$preset"
[ -f "$work/data/ids.npy" ] || "$python" -m model.captions --preset "$preset"
# One thread a process: team.py shares the work between processes.
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONUNBUFFERED=1 nice -n 19 setsid nohup \
  "$python" -m model.run --preset "$preset" >>"$work/logs/driver.log" 2>&1 </dev/null &
echo $! >"$pid_file"
echo "started as $!"
