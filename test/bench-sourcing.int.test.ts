import { expect, it } from 'vitest';
import { callAtOnce } from '../bench/suites/log/rounds.mjs';
import { AccountsInUse } from '../bench/suites/sourcing/accounts-in-use.mjs';

/** Accounts in memory: how many orders each has, and what was asked for. */
class Counted {
  readonly orders = new Map<string, number>();
  /** How many orders an account had when it got one more, call by call. */
  readonly before: number[] = [];
  readonly #busy = new Set<string>();

  readonly place = async (id: string, numbers: readonly number[]): Promise<number> => {
    expect(this.#busy.has(id)).toBe(false);
    this.#busy.add(id);
    await Promise.resolve();
    const before = this.orders.get(id) ?? 0;
    if (numbers.length === 1) this.before.push(before);
    this.orders.set(id, before + numbers.length);
    this.#busy.delete(id);
    return before + numbers.length;
  };

  close(): void {}
}

it('accounts have ten events on average when they are used, each by one caller, also in later rounds', async () => {
  const counted = new Counted();
  const accounts = new AccountsInUse(counted, 4);
  for (const commands of [40, 160, 640, 640]) {
    await accounts.prepare();
    counted.before.length = 0;
    await callAtOnce(4, commands, (caller, number) => accounts.place(caller, number));
    expect(counted.before).toHaveLength(commands);
    expect([Math.min(...counted.before), Math.max(...counted.before)]).toEqual([8, 12]);
    const mean = counted.before.reduce((sum, events) => sum + events, 0) / commands;
    expect(mean).toBeCloseTo(10, 0);
  }
});

it('a command that was not handled right gets no time', async () => {
  const counted = new Counted();
  const accounts = new AccountsInUse(
    { close: counted.close, place: async (id, numbers) => (await counted.place(id, numbers)) + 1 },
    1,
  );
  await accounts.prepare();
  await expect(accounts.place(0, 1)).rejects.toThrow('9 orders were expected; there are 10');
});

it('a sample that needs more accounts than were made fails, rather than making them within the time', async () => {
  const counted = new Counted();
  const accounts = new AccountsInUse(counted, 1);
  await accounts.prepare();
  await expect(callAtOnce(1, 100_000, (caller, number) => accounts.place(caller, number))).rejects.toThrow(
    'not enough accounts',
  );
});
