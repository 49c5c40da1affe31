import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MortarError } from '../../../src/errors/index.js';
import { like, settled, story } from '../../../src/testing/index.js';
import { account, deposited, opened } from '../fixtures/bank.js';
import { refusalIn } from '../fixtures/failure.js';
import { mortarErrorOf } from '../fixtures/rejection.js';

describe('a story without an end', () => {
  let runners: NodeJS.UnhandledRejectionListener[] = [];
  const unhandled: unknown[] = [];
  const listen = (error: unknown): void => {
    unhandled.push(error);
  };

  // The runner has its own listeners, which make the run fail: that is what is tested.
  beforeEach(() => {
    unhandled.length = 0;
    runners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', listen);
  });

  afterEach(() => {
    process.removeAllListeners('unhandledRejection');
    for (const runner of runners) process.on('unhandledRejection', runner);
  });

  it('is told as an unhandled rejection, which leads to its when', async () => {
    story(account).given(opened).when({ type: 'look' });
    await settled();
    expect(unhandled).toHaveLength(1);
    const [error] = unhandled;
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID', got: 'a when without an end' });
    expect(String((error as Error).stack)).toContain('ending.unit.test.ts');
  });

  it('is one whose end comes too late', async () => {
    const when = story(account).given(opened).when({ type: 'look' });
    await settled();
    expect(unhandled).toHaveLength(1);
    when.thenNothing();
  });

  it('rejects what awaits it, once', async () => {
    const error = await mortarErrorOf(story(account).when({ type: 'look' }) as never);
    expect(error.message).toContain('a when without an end');
    const handed = await mortarErrorOf((async () => story(account).when({ type: 'look' }) as never)());
    expect(handed.code).toBe('MORTAR_OPTIONS_INVALID');
    await settled();
    expect(unhandled).toEqual([]);
  });

  it('is none where an end was said, whatever came of it, nor without a when', async () => {
    const when = story(account).given(opened).when({ type: 'look' });
    expect(() => when.then(deposited(5))).toThrow('other events were decided');
    story(account).when({ type: 'deposit', amount: 5 }).thenFailure('not-open');
    story(account).given(opened);
    await settled();
    expect(unhandled).toEqual([]);
  });
});

describe('story refuses', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a function', () => account],
    ['a decider without evolve', { ...account, evolve: undefined }],
  ])('%s', (_, decider) => {
    const error = refusalIn(() => story(decider as never));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(error.message).toContain('initialState, decide, evolve');
  });

  it.each<[string, unknown]>([
    ['a list of events', [opened]],
    ['a pair', ['bank.opened', {}]],
    ['an event without data', { type: 'bank.opened' }],
    ['an event without a type', { data: {} }],
    ['what an event is like', like({ type: 'bank.opened' })],
    ['nothing', undefined],
  ])('in given, %s', (_, event) => {
    expect(refusalIn(() => story(account).given(event as never)).message).toContain(
      'given takes the events of a decider, one by one. Expected { type, data }; got',
    );
  });

  it.each<[string, unknown]>([
    ['a list of events', [opened]],
    ['an event without data', { type: 'bank.opened' }],
    ['null', null],
  ])('in then, %s', (_, event) => {
    const when = story(account).when({ type: 'look' });
    const error = refusalIn(() => when.then(event as never));
    expect(error.message).toContain('Expected { type, data }, or what like makes; got');
  });

  it.each(['no code', undefined, /an amount/, 5])('to throw %o', (expected) => {
    const when = story(account).when({ type: 'look' });
    const error = refusalIn(() => when.thenThrows(expected as never));
    expect(error.message).toContain('thenThrows says which error');
  });
});
