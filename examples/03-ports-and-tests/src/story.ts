/** One thing that happened. */
interface Line {
  readonly who: string;
  readonly what: string;
  readonly [name: string]: string | number | boolean;
}

const asJson = process.argv.includes('--json');
const lines: Line[] = [];

/** Notes one thing that happened, and prints it unless JSON was asked for. */
export function tell(
  who: string,
  what: string,
  fields: Readonly<Record<string, string | number | boolean>>,
): void {
  lines.push({ who, what, ...fields });
  if (asJson) return;
  const details = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  process.stdout.write(`${who.padEnd(8)} ${what}: ${details.join(' ')}\n`);
}

/** The end: with `--json`, prints all that happened as one document. */
export function end(): void {
  if (asJson) process.stdout.write(`${JSON.stringify({ happened: lines })}\n`);
}
