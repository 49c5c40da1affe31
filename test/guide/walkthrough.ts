import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { FOLLOWED } from '../../scripts/readme/documents.mjs';
import { samplesOf } from '../../scripts/readme/samples.mjs';

/** A block of a page, in the order of the page. */
export type Step =
  | { readonly kind: 'file'; readonly line: number; readonly path: string; readonly text: string }
  | Commands
  | { readonly kind: 'output'; readonly line: number; readonly text: string };

/** A block of shell, in a shell of its own. */
export interface Commands {
  readonly kind: 'commands';
  readonly line: number;
  readonly text: string;
  readonly exitCode: number;
  /** Whether it needs `DATABASE_URL`, the place of a database of PostgreSQL. */
  readonly needsServer: boolean;
}

const EXIT_CODE = /^<!-- ends with (?<code>\d+) -->$/;
const WITH_SERVER = '<!-- with PostgreSQL -->';
const PRINTED = /^<!-- printed: /;

/** What a reader of a page does: writes files, runs commands, and compares what they print. Samples of other examples are to be read. */
export function stepsOf(markdown: string): readonly Step[] {
  const lines = markdown.split('\n');
  const files = samplesOf(markdown).flatMap(({ line, code, path = '' }): readonly Step[] =>
    path.startsWith(FOLLOWED) ? [{ kind: 'file', line, path: placeOf(path), text: code }] : [],
  );
  const others = lines.flatMap((opening, index): readonly Step[] => {
    const [line, mark = ''] = [index + 1, lines[index - 1]];
    const text = lines.slice(line, lines.indexOf('```', line)).join('\n');
    if (opening === '```text' && !PRINTED.test(mark)) return [{ kind: 'output', line, text }];
    if (opening !== '```sh') return [];
    const exitCode = Number(EXIT_CODE.exec(mark)?.groups?.['code'] ?? 0);
    return [{ kind: 'commands', line, text, exitCode, needsServer: mark === WITH_SERVER }];
  });
  return [...files, ...others].sort((a, b) => a.line - b.line);
}

/** A sample's source lies in an example; its reader has it in a project. */
function placeOf(source: string): string {
  return source.replace(FOLLOWED, '').replace(/^.*tsconfig\.json$/, 'tsconfig.json');
}

/** A shell that remembers its folder from one block to the next. */
export class Walker {
  folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#env = env;
  }

  write(path: string, text: string): void {
    const target = join(this.folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  async run(commands: string, env: NodeJS.ProcessEnv = {}) {
    const place = resolve(String(this.#env['HOME']), 'folder');
    const shell = spawn('bash', ['-e', '-c', `${commands}\npwd > '${place}'`], {
      cwd: this.folder,
      env: { ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    // What a block that failed has left running would hold its output open.
    shell.on('exit', () => endGroup(shell.pid));
    const output = { stdout: '', stderr: '' };
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    shell.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    const exitCode = await new Promise<number | null>((settle) => shell.on('close', settle));
    if (exitCode === 0) this.folder = readFileSync(place, 'utf8').trim();
    return { ...output, exitCode };
  }
}

/** Ends all processes that a shell has begun. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // None is left.
  }
}

/** Whether something was printed as a page shows it, where `…` stands for anything: for any lines, on a line of its own. */
export function isShown(shown: string, printed: string): boolean {
  const lines = shown.trim().split('\n');
  const patterns = lines.map((line) =>
    line === '…' ? '(?:.*\n)*' : `${line.split('…').map(escapeRegExp).join('.*')}\n`,
  );
  return new RegExp(`^${patterns.join('')}$`).test(`${printed.trim()}\n`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
