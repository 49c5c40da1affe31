import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type Transaction, type Write, WriteGuard } from '../../src/unit-of-work/index.js';

/** A transaction that writes down what it does. Its operations end later, as those of a server do, if so wanted. */
class Notes implements Transaction {
  readonly done: string[] = [];
  readonly guard: WriteGuard;
  readonly #isSlow: boolean;

  constructor(guard: WriteGuard, isSlow = false) {
    this.guard = guard;
    this.#isSlow = isSlow;
  }

  note(text: string): Promise<string> {
    return this.guard.operation(() => this.#end(text));
  }

  fail(error: unknown): Promise<never> {
    return this.guard.operation(async () => {
      await this.#end('fail');
      throw error;
    });
  }

  savepoint<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return this.guard.savepoint(work, {
      begin: async () => void (await this.#end('begin')),
      release: async () => void (await this.#end('release')),
      rollback: async () => void (await this.#end('rollback')),
    });
  }

  async #end(text: string): Promise<string> {
    if (this.#isSlow) await turn();
    this.done.push(text);
    return text;
  }
}

/** Until timers and input have had their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

async function run(
  writes: readonly Write<Notes>[],
  options: { readonly isSlow?: boolean; readonly timeoutMs?: number } = {},
): Promise<{
  readonly results: readonly unknown[] | undefined;
  readonly error: unknown;
  readonly tx: Notes;
}> {
  const guard = new WriteGuard(options.timeoutMs);
  const tx = new Notes(guard, options.isSlow);
  try {
    return { results: await guard.run(writes, tx), error: undefined, tx };
  } catch (error) {
    return { results: undefined, error, tx };
  }
}

const INVALID = { code: 'MORTAR_WRITE_INVALID' };

describe.each([{ isSlow: false }, { isSlow: true }])(
  'a guard, where operations are slow: $isSlow',
  (options) => {
    it('runs writes in their order and answers with their results', async () => {
      const { results, tx } = await run(
        [(t) => t.note('a'), () => 7, async (t) => `${await t.note('b')}!`],
        options,
      );
      expect(results).toEqual(['a', 7, 'b!']);
      expect(tx.done).toEqual(['a', 'b']);
    });

    it('gives up a write that waits for something else, before an operation or after it', async () => {
      const before = await run([() => turn()], options);
      expect(before.error).toMatchObject({ ...INVALID, got: 'one that waits for something else' });
      const after = await run(
        [
          async (t) => {
            await t.note('a');
            await turn();
          },
        ],
        options,
      );
      expect(after.error).toMatchObject(INVALID);
      expect(after.tx.done).toEqual(['a']);
    });

    it.each([
      ['a timer that is due', () => new Promise((resolve) => setTimeout(resolve, 0))],
      ['the next turn', () => new Promise((resolve) => setImmediate(resolve))],
      ['a file', () => readFile(import.meta.filename)],
    ])('gives up a write that waits for %s, whenever it began to wait', async (_, wait) => {
      for (const write of [wait, async (t: Notes) => t.note('a').then(wait)])
        expect((await run([write], options)).error).toMatchObject(INVALID);
    });

    it('does not take an operation beside something else for waiting, but what is left of it', async () => {
      const { error } = await run([(t) => Promise.all([t.note('a'), new Promise(() => undefined)])], options);
      expect(error).toMatchObject(INVALID);
    });

    it('lets a write await what is settled', async () => {
      const write: Write<Notes> = async (t) => {
        for (let index = 0; index < 50; index += 1) await null;
        return Promise.all([t.note('a'), 1, Promise.resolve(2)]);
      };
      expect((await run([write], options)).results).toEqual([['a', 1, 2]]);
    });

    it('ends with what a write throws, and runs none after it', async () => {
      const thrown = new Error('no');
      const { error, tx } = await run(
        [(t) => t.note('a'), () => Promise.reject(thrown), (t) => t.note('b')],
        options,
      );
      expect(error).toBe(thrown);
      expect(tx.done).toEqual(['a']);
    });

    it('ends with the error of an operation, also if it was caught, and does nothing more', async () => {
      const thrown = new Error('no');
      const write: Write<Notes> = async (t) => {
        await t.fail(thrown).catch(() => undefined);
        await expect(t.note('later')).rejects.toBe(thrown);
        return 'done';
      };
      const { error, tx } = await run([write, (t) => t.note('b')], options);
      expect(error).toBe(thrown);
      expect(tx.done).toEqual(['fail']);
    });

    it('releases a savepoint, and rolls one back whose work throws', async () => {
      const thrown = new Error('no');
      const write: Write<Notes> = async (t) => {
        await t.savepoint(() => t.note('a'));
        await t
          .savepoint(() => t.note('b').then(() => Promise.reject(thrown)))
          .catch((error) => expect(error).toBe(thrown));
        return t.note('c');
      };
      const { results, tx } = await run([write], options);
      expect(results).toEqual(['c']);
      expect(tx.done).toEqual(['begin', 'a', 'release', 'begin', 'b', 'rollback', 'c']);
    });

    it('rolls a savepoint back in which an operation failed, also if the error was caught within', async () => {
      const thrown = new Error('no');
      const write: Write<Notes> = (t) =>
        t
          .savepoint(async () => {
            await t.fail(thrown).catch(() => undefined);
            return 'done';
          })
          .catch((error) => error);
      const { results, tx } = await run([write], options);
      expect(results).toEqual([thrown]);
      expect(tx.done).toEqual(['begin', 'fail', 'rollback']);
    });

    it('gives up a write that waits for something else within a savepoint', async () => {
      const { error, tx } = await run([(t) => t.savepoint(() => turn())], options);
      expect(error).toMatchObject(INVALID);
      expect(tx.done).toEqual(['begin']);
    });

    it('refuses savepoints that end out of their order', async () => {
      const write: Write<Notes> = (t) =>
        Promise.all([
          t.savepoint(() => t.note('short')),
          t.savepoint(async () => {
            for (let index = 0; index < 20; index += 1) await t.note('long');
          }),
        ]);
      const { error } = await run([write], options);
      expect(error).toMatchObject(INVALID);
    });

    it('refuses a write that ends before its savepoint', async () => {
      const write: Write<Notes> = (t) => {
        void t.savepoint(() => t.note('a').then(() => t.note('b'))).catch(() => undefined);
      };
      expect((await run([write], options)).error).toMatchObject(INVALID);
    });

    it('refuses operations after the end, and before the beginning', async () => {
      const { tx } = await run([(t) => t.note('a')], options);
      await expect(tx.note('late')).rejects.toMatchObject({ ...INVALID, got: 'one that is over' });
      await expect(tx.savepoint(() => 1)).rejects.toMatchObject(INVALID);
      await expect(new Notes(new WriteGuard()).note('early')).rejects.toMatchObject(INVALID);
      expect(tx.done).toEqual(['a']);
    });

    it('does not do what a write asks for after it was given up', async () => {
      let tried: Promise<unknown> = Promise.resolve();
      const { error, tx } = await run(
        [
          (t) => {
            tried = turn().then(() => t.note('late'));
            return tried;
          },
        ],
        options,
      );
      expect(error).toMatchObject(INVALID);
      await expect(tried).rejects.toMatchObject(INVALID);
      expect(tx.done).toEqual([]);
    });

    it('ends writes that go on for too long', async () => {
      const begun = performance.now();
      const write: Write<Notes> = async (t) => {
        for (;;) await t.note('again');
      };
      const { error } = await run([write], { ...options, timeoutMs: 30 });
      expect(error).toMatchObject({ code: 'MORTAR_WRITE_TIMEOUT', expected: 'at most 30 ms together' });
      expect(performance.now() - begun).toBeGreaterThan(29);
    });

    it('counts the time of all writes together', async () => {
      const write: Write<Notes> = async (t) => {
        const begun = performance.now();
        while (performance.now() - begun < 25) await t.note('again');
      };
      expect((await run([write], { ...options, timeoutMs: 30_000 })).error).toBeUndefined();
      expect((await run([write, write, write, write], { ...options, timeoutMs: 60 })).error).toMatchObject({
        code: 'MORTAR_WRITE_TIMEOUT',
      });
    });
  },
);

describe('a guard', () => {
  it('ends while an operation hangs', async () => {
    const guard = new WriteGuard(20);
    const tx = new Notes(guard);
    const writing = guard.run([() => guard.operation(() => new Promise(() => undefined))], tx);
    await expect(writing).rejects.toMatchObject({ code: 'MORTAR_WRITE_TIMEOUT' });
  });

  it('ends a write that holds the process for too long, when it gives way', async () => {
    const { error } = await run(
      [
        () => {
          const begun = performance.now();
          while (performance.now() - begun < 20);
        },
      ],
      { timeoutMs: 10 },
    );
    expect(error).toMatchObject({ code: 'MORTAR_WRITE_TIMEOUT' });
  });

  it('refuses a write that ends while an operation is under way', async () => {
    const { error } = await run([(t) => void t.note('a')], { isSlow: true });
    expect(error).toMatchObject({ ...INVALID, got: 'one that ended before its transaction was done' });
  });

  it('leaves no rejection unhandled, and no timer behind', async () => {
    const rejections = vi.fn();
    process.on('unhandledRejection', rejections);
    try {
      await run([(t) => void t.fail(new Error('nobody looks'))], { isSlow: true });
      await run([(t) => void t.savepoint(() => Promise.reject(new Error('nobody looks')))]);
      const { tx } = await run([() => Promise.reject(new Error('looked at'))]);
      void tx.note('after the end');
      await turn();
      await turn();
    } finally {
      process.off('unhandledRejection', rejections);
    }
    expect(rejections).not.toHaveBeenCalled();
  });

  it('runs nothing where there is nothing to run', async () => {
    expect((await run([])).results).toEqual([]);
  });

  it('does what a plan of nested parts says: what fails is rolled back with all within it', async () => {
    type Part = { readonly parts: readonly Part[]; readonly fails: boolean };
    const { part } = fc.letrec<{ part: Part; leaf: Part; node: Part }>((tie) => ({
      part: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('node')),
      leaf: fc.record({ parts: fc.constant([]), fails: fc.boolean() }),
      node: fc.record({ parts: fc.array(tie('part'), { maxLength: 3 }), fails: fc.boolean() }),
    }));
    const expected = ({ parts, fails }: Part): readonly string[] => [
      'begin',
      ...parts.flatMap(expected),
      fails ? 'rollback' : 'release',
    ];
    const attempt = (tx: Notes, { parts, fails }: Part): Promise<unknown> =>
      tx
        .savepoint(async () => {
          for (const one of parts) await attempt(tx, one);
          if (fails) throw new Error('part of the plan');
        })
        .catch((error) => expect(error).toMatchObject({ message: 'part of the plan' }));
    await fc.assert(
      fc.asyncProperty(part, fc.boolean(), async (plan, isSlow) => {
        const { error, tx } = await run([(t) => attempt(t, plan)], { isSlow });
        expect(error).toBeUndefined();
        expect(tx.done).toEqual(expected(plan));
      }),
      { numRuns: 100 },
    );
  });
});

describe('what runs later in the transaction of a unit', () => {
  /** Keeps the transaction at work for so long. */
  function working(forMs: number): Write<Notes> {
    return async (tx) => {
      for (const end = performance.now() + forMs; performance.now() < end; ) await tx.note('x');
    };
  }

  it('has the time that was left, whatever time has passed in between', async () => {
    const first = new WriteGuard(200);
    await first.run([working(120)], new Notes(first));
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 150);
    });
    const second = first.successor();
    await second.run([working(10)], new Notes(second));
    const third = second.successor();
    await expect(third.run([working(150)], new Notes(third))).rejects.toMatchObject({
      code: 'MORTAR_WRITE_TIMEOUT',
      expected: 'at most 200 ms together',
    });
  });

  it('has all of it where nothing ran before', async () => {
    const guard = new WriteGuard(10_000).successor();
    await expect(guard.run([working(5), () => 7], new Notes(guard))).resolves.toEqual([undefined, 7]);
  });

  it('lets the transaction of those before it refuse', async () => {
    const first = new WriteGuard();
    const tx = new Notes(first);
    await first.run([() => 1], tx);
    const second = first.successor();
    const late = async (): Promise<void> => {
      await expect(tx.note('late')).rejects.toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
    };
    await second.run([late], new Notes(second));
    expect(tx.done).toEqual([]);
  });
});
