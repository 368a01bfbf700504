#!/usr/bin/env node
/** The `fourstep` command. */
import { runCli } from './program';

// A reader that has seen enough, such as `head`, closes the pipe, and a closed terminal takes nothing: no reason to fail.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

void runCli(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
