/** Which process made a file: host, process id and start, so that a process id that is used again is not taken for its maker. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

export interface Owner {
  /** Eight hexadecimal digits that stand for the computer, or the container, in which the process id counts. */
  readonly host: string;
  readonly pid: number;
  /** Digits: clock ticks since the system's start on Linux, seconds since 1970 on macOS, and "0" where the system does not tell. */
  readonly started: string;
}

const UNKNOWN = '0';
/** Fields of /proc/PID/stat behind the program's name, which may hold anything: proc_pid_stat(5), "state" and "starttime". */
const STATE = 0;
const START_TIME = 19;

let own: Owner | undefined;

export function thisProcess(): Owner {
  own ??= { host: hostName(), pid: process.pid, started: startOf(process.pid) ?? UNKNOWN };
  return own;
}

export function isSame(a: Owner, b: Owner): boolean {
  return a.host === b.host && a.pid === b.pid && a.started === b.started;
}

/** True only when it is certain: a process of another host may live. */
export function isGone({ host, pid, started }: Owner): boolean {
  if (host !== thisProcess().host) return false;
  if (!exists(pid)) return true;
  const found = startOf(pid);
  return found === 'dead' || (found !== undefined && found !== UNKNOWN && started !== UNKNOWN && found !== started);
}

/** Two containers may have the same name and see the same folder, but count their processes apart. */
function hostName(): string {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has such.
  }
  return createHash('sha256').update(`${os.hostname()} ${namespace}`).digest('hex').slice(0, 8);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** undefined when the system does not tell; "dead" for one that has ended and waits for its parent. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return linuxStart(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    if (process.platform === 'darwin') return macStart(pid);
  } catch {
    // It may have ended in this moment, or belong to somebody else.
  }
  return undefined;
}

function linuxStart(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /[ZXx]/.test(fields[STATE] ?? '') ? 'dead' : fields[START_TIME];
}

function macStart(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env, encoding: 'utf8' });
  const seconds = Date.parse(`${text.trim()} UTC`) / 1000;
  return Number.isSafeInteger(seconds) ? String(seconds) : undefined;
}
