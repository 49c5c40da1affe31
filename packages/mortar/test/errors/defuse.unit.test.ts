import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defuse } from '../../src/errors/index.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

it.each<[string, () => unknown]>([
  ['a promise', () => Promise.reject(new Error('late'))],
  ['a promise of another realm', () => runInNewContext("Promise.reject(new Error('far'))")],
  ['an async function’s', async () => fail()],
  ['a thenable', () => withThen((_: unknown, reject: (reason: Error) => void) => reject(new Error('no')))],
  ['a thenable that throws', () => withThen(fail)],
  [
    'a function with a then',
    () =>
      withThen(
        () => undefined,
        () => undefined,
      ),
  ],
])('%s is told, and its rejection ends nothing', async (_, make) => {
  expect(defuse(make())).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});

it('a then that can’t be read is no value either', () => {
  const hostile = Object.defineProperty({}, 'then', { get: fail });
  expect(defuse(hostile)).toBe(true);
});

it.each([undefined, null, 0, '', 'then', true, 1n, Symbol('s'), {}, [], () => undefined, withThen(1)])(
  '%s is no promise',
  (value) => {
    expect(defuse(value)).toBe(false);
  },
);

function withThen(then: unknown, on: object = {}): object {
  return Object.defineProperty(on, 'then', { value: then, configurable: true });
}

function fail(): never {
  throw new Error('on purpose');
}
