/** Watches what another process opens and leaves behind. Linux only: everything is read from /proc. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Tables of the sockets that can leave the machine (AF_INET and AF_INET6). */
const TABLES = ['tcp', 'tcp6', 'udp', 'udp6', 'udplite', 'udplite6', 'icmp', 'icmp6', 'raw', 'raw6'];
/** Column of the inode in these tables. */
const INODE = 9;
/** A name lookup that nobody answers keeps its socket for seconds, one that is answered for milliseconds. */
const EVERY_MS = 2;

export interface SocketWatch {
  /** "udp 020200C0:9CC5 35FFFF0A:0035": table, own address, other address. */
  readonly seen: ReadonlySet<string>;
  /** How often the process was looked at. */
  readonly looks: () => number;
  stop(): void;
}

/** Collects every internet socket that the process has, until it is stopped. */
export function watchSockets(pid: number): SocketWatch {
  const seen = new Set<string>();
  let looks = 0;
  const timer = setInterval(() => {
    if (look(pid, seen)) looks++;
  }, EVERY_MS);
  return {
    seen,
    looks: () => looks,
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** False when the process is gone. */
function look(pid: number, seen: Set<string>): boolean {
  try {
    const sockets = new Set(socketsOf(pid));
    for (const table of sockets.size === 0 ? [] : TABLES) {
      for (const row of rowsOf(`/proc/${pid}/net/${table}`)) {
        const [, own = '', other = ''] = row;
        if (sockets.has(row[INODE] ?? '')) seen.add(`${table} ${own} ${other}`);
      }
    }
    return true;
  } catch {
    return false;
  }
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}

function rowsOf(table: string): string[][] {
  try {
    const lines = readFileSync(table, 'utf8').split('\n').slice(1);
    return lines.map((line) => line.trim().split(/\s+/));
  } catch {
    // Not every kernel has every protocol.
    return [];
  }
}

/** Relative paths of everything in the folder, folders too. */
export function contentsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(path.sep).join('/'))
    .sort();
}
