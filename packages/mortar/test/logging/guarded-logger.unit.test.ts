import { expect, it } from 'vitest';
import { guardedLogger } from '../../src/logging/guarded-logger.js';
import type { Logger } from '../../src/logging/logger.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** A logger that keeps what it is told, until it breaks. */
function recording(lines: unknown[], isBroken = () => false): Logger {
  const write =
    (level: string) =>
    (...line: readonly unknown[]): void => {
      if (isBroken()) throw new Error('the disk is full');
      lines.push([level, ...line]);
    };
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child(bindings) {
      if (isBroken()) throw new Error('no child');
      lines.push(['child', bindings]);
      return recording(lines, isBroken);
    },
  };
}

it('passes every line on as it came, with its level and its children', () => {
  const lines: unknown[] = [];
  const logger = guardedLogger(recording(lines));
  for (const level of LEVELS) logger[level]({ a: 1 }, 'said');
  logger.info('alone');
  logger.child({ module: 'shop' }).warn('below');
  expect(lines).toEqual([
    ...LEVELS.map((level) => [level, { a: 1 }, 'said']),
    ['info', 'alone'],
    ['child', { module: 'shop' }],
    ['warn', 'below'],
  ]);
});

it('drops what can’t be written, also below a child, and goes on when it can be written again', () => {
  const lines: unknown[] = [];
  let isBroken = true;
  const logger = guardedLogger(recording(lines, () => isBroken));
  for (const level of LEVELS) logger[level]('lost');
  const child = logger.child({ module: 'shop' });
  child.error({ a: 1 }, 'lost too');
  isBroken = false;
  child.error('kept');
  expect(lines).toEqual([['error', 'kept']]);
});
