#!/usr/bin/env node
/** The `fourstep` command. */
import { runCli } from './program';

// A reader that has seen enough, such as `head`, closes the pipe: no reason to fail.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

void runCli(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
