#!/usr/bin/env node
import process from 'node:process';
import { run } from './program.js';

// A reader that leaves early (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  // npm runs scripts in the package's folder, and says here where the user stands.
  folder: process.env['INIT_CWD'] ?? process.cwd(),
});
