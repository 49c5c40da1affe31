import process from 'node:process';

const asJson = process.argv.includes('--json');
const lines: string[] = [];

/** Tells one thing that happened, unless JSON was asked for. */
export function tell(line: string): void {
  lines.push(line);
  if (!asJson) process.stdout.write(`${line}\n`);
}

/** The end: with `--json`, all that happened as one document. */
export function end(): void {
  if (asJson) process.stdout.write(`${JSON.stringify({ happened: lines })}\n`);
}
