import { describe, expect, it } from 'vitest';
import { PreparedNames } from '../../src/internal/connection/prepared-names.js';
import { type TurnKind, Turns } from '../../src/internal/connection/turns.js';

/** Asks for turns, and says who has had one, in that order. */
function asking(connections: number): {
  readonly turns: Turns;
  readonly begun: string[];
  ask(name: string, kind: TurnKind): Promise<void>;
} {
  const turns = new Turns(connections);
  const begun: string[] = [];
  return {
    turns,
    begun,
    async ask(name, kind) {
      await turns.begin(kind);
      begun.push(name);
    },
  };
}

/** All that is to follow by itself has followed. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns of a connection', () => {
  it('are had at once while there are some, and then in the order of coming', async () => {
    const { turns, begun, ask } = asking(2);
    for (const name of ['a', 'b', 'c', 'd']) void ask(name, 'short');
    await settled();
    expect([begun, turns.waiting]).toEqual([['a', 'b'], 2]);
    turns.end('short');
    turns.end('short');
    await settled();
    expect([begun, turns.waiting]).toEqual([['a', 'b', 'c', 'd'], 0]);
  });

  it('are never all had by what is long', async () => {
    const { begun, ask } = asking(5);
    for (let index = 0; index < 5; index += 1) void ask(`long-${index}`, 'long');
    for (const name of ['a', 'b', 'c']) void ask(name, 'short');
    await settled();
    expect(begun).toEqual(['long-0', 'long-1', 'long-2', 'a', 'b']);
  });

  it('are had by long and short alternately where both wait', async () => {
    const { turns, begun, ask } = asking(1);
    await ask('first', 'short');
    for (const name of ['l1', 'l2', 'l3']) void ask(name, 'long');
    for (const name of ['s1', 's2', 's3', 's4']) void ask(name, 'short');
    const kinds: TurnKind[] = ['short'];
    while (begun.length < 8) {
      turns.end(kinds.at(-1) ?? 'short');
      await settled();
      kinds.push(begun.at(-1)?.startsWith('l') === true ? 'long' : 'short');
    }
    expect(begun.slice(1)).toEqual(['s1', 'l1', 's2', 'l2', 's3', 'l3', 's4']);
  });

  it('come to as many as there are connections again, whatever was had', async () => {
    const { turns, begun, ask } = asking(4);
    for (let round = 0; round < 200; round += 1) {
      const kind: TurnKind = round % 3 === 0 ? 'long' : 'short';
      void ask('x', kind).then(() => turns.end(kind));
    }
    await settled();
    await settled();
    expect([begun.length, turns.waiting]).toEqual([200, 0]);
    for (const name of ['a', 'b', 'c', 'd', 'e']) void ask(name, 'short');
    await settled();
    expect(begun.slice(200)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are refused to all who wait, and to nobody who comes later', async () => {
    const { turns, begun, ask } = asking(1);
    await ask('first', 'short');
    const waiting = [ask('a', 'short'), ask('b', 'long'), ask('c', 'short')];
    const gone = new Error('gone');
    turns.refuseAll(gone);
    expect(await Promise.allSettled(waiting)).toEqual(
      waiting.map(() => ({ status: 'rejected', reason: gone })),
    );
    void ask('later', 'short');
    turns.end('short');
    await settled();
    expect(begun).toEqual(['first', 'later']);
  });

  it('are waited for by a bounded number', () => {
    const turns = new Turns(1);
    turns.begin('short');
    for (let index = 0; index < 100_000; index += 1) void turns.begin('long');
    expect(() => turns.begin('short')).toThrow(expect.objectContaining({ code: 'MORTAR_QUEUE_FULL' }));
  });
});

describe('names of prepared statements', () => {
  it('are one for each text, and others once a table has grown', () => {
    const names = new PreparedNames();
    expect(names.of('a', 0)).toBe(names.of('a', 6));
    expect(names.of('b', 0)).not.toBe(names.of('a', 0));
    expect(names.of('a', 7)).not.toBe(names.of('a', 0));
    expect(names.of('a', 1_000_000)).toBe(names.of('a', 1_100_000));
  });

  it('are given to a bounded number of texts', () => {
    const names = new PreparedNames();
    const given = Array.from({ length: 100 }, (_, index) => names.of(`text ${index}`, 0));
    expect(given.filter((name) => name !== undefined)).toHaveLength(64);
    expect(names.of('text 3', 0)).toBe(given[3]);
  });
});
