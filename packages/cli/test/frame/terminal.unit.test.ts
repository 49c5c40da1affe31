import { PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { type Terminal, terminalIo } from '../../src/terminal.js';

interface Scene {
  readonly isTerminal?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

describe('a terminal', () => {
  test.each([
    [{ isTerminal: true }, true],
    [{ isTerminal: false }, false],
    [{ isTerminal: true, env: { NO_COLOR: '1' } }, false],
    [{ isTerminal: true, env: { NO_COLOR: '' } }, true],
    [{ isTerminal: true, env: { TERM: 'dumb' } }, false],
    [{ isTerminal: false, env: { FORCE_COLOR: '1' } }, true],
    [{ isTerminal: true, env: { FORCE_COLOR: '0' } }, false],
    [{ isTerminal: true, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
  ])('%j has colours: %j', (scene, expected) => {
    expect(terminalIo(terminalOf(scene).terminal).hasColour).toBe(expected);
  });

  test('shows progress where a person sees it, and only there', () => {
    expect(terminalIo(terminalOf({ isTerminal: false }).terminal).progress).toBeUndefined();
    expect(
      terminalIo(terminalOf({ isTerminal: true, env: { CI: 'true' } }).terminal).progress,
    ).toBeUndefined();
    expect(terminalIo(terminalOf({ isTerminal: true }).terminal).progress).toBeDefined();
  });

  test('shows no progress of what is soon over, and clears what it showed', () => {
    vi.useFakeTimers();
    try {
      const { terminal, written } = terminalOf({ isTerminal: true });
      const { progress } = terminalIo(terminal);
      progress?.('1 of 9');
      progress?.('');
      expect(written()).toBe('');
      vi.advanceTimersByTime(500);
      progress?.(`2 of 9 ${'x'.repeat(200)}`);
      progress?.('3 of 9');
      progress?.('');
      expect(written()).toBe(`\r\u001b[K${`2 of 9 ${'x'.repeat(200)}`.slice(0, 79)}\r\u001b[K`);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a terminal that does not know how wide it is has 80 columns', () => {
    vi.useFakeTimers();
    try {
      const { terminal, written } = terminalOf({ isTerminal: true });
      Object.assign(terminal.stderr, { columns: 0 });
      const { progress } = terminalIo(terminal);
      vi.advanceTimersByTime(500);
      progress?.('x'.repeat(200));
      expect(written()).toBe(`\r\u001b[K${'x'.repeat(79)}`);
    } finally {
      vi.useRealTimers();
    }
  });

  test('stands where npm says that the user stands, and works where npm put it', () => {
    const io = terminalIo(terminalOf({ env: { INIT_CWD: '/there' } }).terminal);
    expect([io.folder, io.workingFolder]).toEqual(['/there', '/here']);
  });

  test('a reader that leaves early ends it quietly', () => {
    const { terminal, exit } = terminalOf({});
    const { signal } = terminalIo(terminal);
    terminal.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
  });

  test('a full disk ends it with a word', () => {
    const { terminal, exit, written } = terminalOf({});
    terminalIo(terminal);
    terminal.stdout.emit('error', Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    expect(exit).toHaveBeenCalledWith(2);
    expect(written()).toBe('error: the output could not be written: no space\n');
  });
});

function terminalOf({ isTerminal = false, env = {} }: Scene): {
  terminal: Terminal & { readonly stdout: PassThrough };
  written: () => string;
  exit: ReturnType<typeof vi.fn>;
} {
  const [stdout, stderr] = [streamOf(isTerminal), streamOf(isTerminal)];
  const exit = vi.fn<Terminal['exit']>();
  const terminal = { stdout, stderr, env, cwd: () => '/here', exit };
  return { terminal, written: () => String(stderr.read() ?? ''), exit };
}

function streamOf(isTerminal: boolean): PassThrough & { isTTY: boolean; columns: number } {
  return Object.assign(new PassThrough(), { isTTY: isTerminal, columns: 80 });
}
