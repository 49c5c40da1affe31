import type { Io } from './io.js';

/** The process that the command runs in, as far as it is needed. */
export interface Terminal extends Pick<NodeJS.Process, 'env' | 'cwd'> {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  exit(code: number): void;
}

export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Progress is shown this often at most. */
const PROGRESS_EVERY_MS = 80;
/** What takes less is not long work. */
const PROGRESS_AFTER_MS = 400;
/** To the start of the line, and clear it. */
const CLEAR_LINE = '\r\u001b[K';

/** How the command speaks in a terminal, in a pipe, and to nobody. */
export function terminalIo(terminal: Terminal): Io {
  const { stdout, stderr, env } = terminal;
  const leaving = new AbortController();
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      leaving.abort(error);
      // A reader that leaves early (`| head`) is no failure. A disk that is full is one.
      if (error.code === 'EPIPE') return;
      if (stream === stdout) stderr.write(`error: the output could not be written: ${error.message}\n`);
      terminal.exit(2);
    });
  }
  return {
    print: (text) => void stdout.write(text),
    complain: (text) => void stderr.write(text),
    // npm runs scripts in the package's folder, and says here where the user stands.
    folder: env['INIT_CWD'] ?? terminal.cwd(),
    workingFolder: terminal.cwd(),
    hasColour: hasColour(stdout.isTTY === true, env),
    progress: stderr.isTTY === true && env['CI'] === undefined ? progressOn(stderr) : undefined,
    signal: leaving.signal,
  };
}

/** https://no-color.org and https://force-color.org: what is set and not empty counts, whatever it says. */
function hasColour(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (isSet(env['NO_COLOR'])) return false;
  if (isSet(env['FORCE_COLOR'])) return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== '';
}

function progressOn(stream: TerminalStream): (text: string) => void {
  let shownAt = Date.now() + PROGRESS_AFTER_MS - PROGRESS_EVERY_MS;
  let isShown = false;
  return (text) => {
    if (text === '') {
      if (isShown) stream.write(CLEAR_LINE);
      isShown = false;
      return;
    }
    if (Date.now() < shownAt + PROGRESS_EVERY_MS) return;
    shownAt = Date.now();
    isShown = true;
    // A terminal that does not know how wide it is says 0.
    stream.write(`${CLEAR_LINE}${text.slice(0, Math.max(stream.columns || 80, 20) - 1)}`);
  };
}
