import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));
const fakeNpm = fileURLToPath(new URL('./fixtures/npm-cli.cjs', import.meta.url));

/** How one run of prepare ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of prepare under way. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has said on stderr so far. */
  said(): string;
}

/** What the fake npm noted when it was called. */
export interface Call {
  readonly pid: number;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** An empty checkout in a folder of its own, with the real scripts, a fake npm and a fake compiler. */
export interface Checkout extends Disposable {
  readonly root: string;
  path(...parts: string[]): string;
  start(env?: NodeJS.ProcessEnv, ...args: string[]): Running;
  /** The calls of npm so far. */
  installs(): Call[];
  /** How often the compiler was called so far. */
  builds(): number;
  /** Lets a fake npm that was started with `FAKE_GATE` go on. */
  openGate(): void;
  /** The environment that makes npm stop in the middle of an installation until the gate opens. */
  readonly gated: NodeJS.ProcessEnv;
}

/** Makes a checkout under a path with a space in it. */
export function makeCheckout(): Checkout {
  const root = mkdtempSync(join(tmpdir(), 'mortar checkout '));
  const path = (...parts: string[]) => join(root, ...parts);
  const log = path('calls.log');
  cpSync(scripts, path('scripts'), { recursive: true });
  writeFileSync(path('package.json'), JSON.stringify({ name: 'fake', version: '1.0.0', type: 'module' }));
  writeFileSync(path('package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages: {} }));
  mkdirSync(path('bench'));
  writeFileSync(path('bench', 'package-lock.json'), '{}');
  const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []);
  return {
    root,
    path,
    start: (env = {}, ...args) =>
      startPrepare(path('scripts', 'prepare.mjs'), args, { FAKE_LOG: log, ...env }),
    installs: () =>
      lines()
        .filter((line) => line !== 'tsc')
        .map((line): Call => JSON.parse(line)),
    builds: () => lines().filter((line) => line === 'tsc').length,
    openGate: () => writeFileSync(path('gate'), ''),
    gated: { FAKE_GATE: path('gate') },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The environment of this process without what npm and Vitest put into it. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_ENV$|INIT_CWD$|VITEST)/i.test(name),
  );
  return Object.fromEntries(entries);
}

function startPrepare(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [script, ...args], {
    // Not the checkout: the script finds its root by itself.
    cwd: tmpdir(),
    env: { ...plainEnvironment(), npm_execpath: fakeNpm, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  // `exit`, not `close`: an orphaned npm may hold the pipes for longer than prepare lives.
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => setImmediate(() => resolve({ code, signal, stdout, stderr })));
  });
  return { process: child, ended, said: () => stderr };
}
