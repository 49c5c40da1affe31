import { readFileSync, statSync } from 'node:fs';
import { CommanderError } from 'commander';
import { MortarError } from 'mortar/errors';
import { describe, expect, test } from 'vitest';
import { FAILED, MISUSED, OK } from '../../src/exit-code.js';
import { codeOf, errorText } from '../../src/failure.js';

const mortarError = new MortarError('MORTAR_FILE_IN_WAY', {
  rule: 'Nothing is overwritten.',
  expected: 'no file',
  got: 'one',
  cause: new Error('EEXIST: it is there\nand more'),
});
const help = new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)');
const misuse = new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'");

describe('what is thrown', () => {
  test.each([
    ['help', help, OK],
    ['wrong use', misuse, MISUSED],
    ['an error of Mortar', mortarError, FAILED],
    ['any other', new Error('x'), FAILED],
    ['no error at all', 'x', FAILED],
  ])('%s has an exit code', (_, error, code) => {
    expect(codeOf(error, FAILED)).toBe(code);
  });

  test('is told to people in words, with the first line of its cause', () => {
    expect(errorText(mortarError, false)).toBe(
      'MORTAR_FILE_IN_WAY: Nothing is overwritten. Expected no file; got one.\n  because: EEXIST: it is there\n',
    );
  });

  test('is not told twice: commander has said what it had to, and a message may hold its cause', () => {
    expect(errorText(misuse, false)).toBe('');
    const cause = new Error('the disk is gone');
    const error = new MortarError('MORTAR_FILE_IN_WAY', {
      rule: 'R.',
      expected: 'e',
      got: 'the disk is gone',
      cause,
    });
    expect(errorText(error, false)).not.toContain('because');
  });

  test.each([
    ['a folder that is none', () => readFileSync('/dev/null/x'), 'ENOTDIR'],
    ['a file that is none', () => readFileSync('/'), 'EISDIR'],
    ['what is not there', () => statSync('/nowhere/at/all'), 'ENOENT'],
  ] as const)('of the system is told in one line, without a stack: %s', (_, act, system) => {
    const error = thrownBy(act);
    expect(errorText(error, false)).toMatch(new RegExp(`^error: ${system}: [^\\n]*\\n$`));
    expect(JSON.parse(errorText(error, true))).toEqual({
      error: { category: 'unavailable', system, message: expect.stringMatching(/^[^\n]*$/) },
    });
    expect(codeOf(error, MISUSED)).toBe(MISUSED);
  });

  test('of our own making keeps its stack: it is a fault to be reported', () => {
    const error = Object.assign(new TypeError('x is undefined'), { code: 'ERR_X' });
    expect(errorText(error, false)).toContain('failure.unit.test');
    expect(JSON.parse(errorText(error, true)).error.category).toBe('internal');
  });

  test('for want of a command is told in words', () => {
    const missing = new CommanderError(1, 'commander.help', '(outputHelp)');
    expect(JSON.parse(errorText(missing, true)).error.message).toBe(
      'a command is missing: mortar help --json tells them all',
    );
    expect(errorText(missing, false)).toBe('');
  });

  test('is told to programs as one document', () => {
    expect(JSON.parse(errorText(mortarError, true))).toEqual({
      error: {
        code: 'MORTAR_FILE_IN_WAY',
        category: 'conflict',
        rule: 'Nothing is overwritten.',
        expected: 'no file',
        got: 'one',
      },
    });
    expect(JSON.parse(errorText(misuse, true)).error.message).toBe("unknown option '--x'");
    expect(errorText(help, true)).toBe('');
    expect(JSON.parse(errorText(new Error('x'), true)).error.category).toBe('internal');
    expect(JSON.parse(errorText(undefined, true)).error.message).toBe('undefined');
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
