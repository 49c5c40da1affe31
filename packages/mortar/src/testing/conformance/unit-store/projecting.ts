import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import { BEGINNING, type EncodedEvent, streamId } from '../../../event-store/index.js';
import {
  type Collection,
  type DocumentChange,
  type StoredDocument,
  sortableOf,
} from '../../../read-models/index.js';
import type { ProjectionTransaction, Unit, UnplacedEntry, Write } from '../../../unit-of-work/index.js';
import {
  anEvent,
  appendTo,
  holds,
  idsOf,
  logHolds,
  ORDER,
  someEvents,
  WRITERS,
  walk,
} from '../event-store/subject.js';
import {
  aUnit,
  codesOf,
  commitAtOnce,
  commits,
  fails,
  handlesOf,
  type UnitStoreCase,
  type UnitStoreSubject,
} from './subject.js';

type Project = NonNullable<Unit['project']>;

const INVALID = 'MORTAR_WRITE_INVALID';
const TALLIES: Collection = { name: 'tallies', fields: ['count'], indexes: [['count']] };

/** A document that has seen these events. */
function tally(key: string, events: readonly string[]): StoredDocument {
  return { tenant: '', key, body: JSON.stringify(events), values: [sortableOf(events.length)] };
}

function put(document: StoredDocument, collection: string = TALLIES.name): DocumentChange {
  return { kind: 'put', collection, document };
}

/** Notes the ids of the events in the documents of these keys, in the order in which the projection gets them. */
function noting(...keys: readonly string[]): Project {
  return (tx, events) => note(tx, events, keys);
}

async function note(
  tx: ProjectionTransaction,
  events: readonly UnplacedEntry[],
  keys: readonly string[],
): Promise<void> {
  const found = await tx.readDocuments(TALLIES.name, '', keys);
  const bodies = new Map(found.map(({ key, body }) => [key, JSON.parse(body) as readonly string[]]));
  await tx.changeDocuments(
    keys.map((key) => put(tally(key, [...(bodies.get(key) ?? []), ...idsOf(events)]))),
  );
}

/** Asserts that these tallies are there, with these events in this order, and no others. */
async function tallied(
  { documents }: UnitStoreSubject,
  expected: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const found = await documents.find(TALLIES.name, { tenant: '', where: [], order: [], limit: 10_000 });
  const noted = Object.fromEntries(found.map(({ key, body }) => [key, JSON.parse(body)]));
  assert.deepEqual(noted, expected);
}

/** A unit that appends events to a stream, or to none. */
function appending(events: readonly EncodedEvent[], parts: Partial<Unit> = {}, stream?: string): Unit {
  return aUnit({
    appends: [stream === undefined ? { events } : { streamId: streamId(stream), events }],
    ...parts,
  });
}

/** Asserts that a projection is given up as a `write` is, and that nothing of its unit has happened. */
async function isGivenUp(
  subject: UnitStoreSubject,
  wait: (tx: ProjectionTransaction) => unknown,
): Promise<void> {
  const { documents, events, units } = subject;
  await documents.make(TALLIES);
  const project: Project = async (tx, added) => {
    await note(tx, added, ['a']);
    await wait(tx);
    await note(tx, added, ['b']);
  };
  const beside = (key: string): Unit => aUnit({ documents: [put(tally(key, []))] });
  const outcomes = await units.commit([
    beside('before'),
    appending(someEvents(1), { project }),
    beside('after'),
  ]);
  assert.deepEqual(codesOf(outcomes), ['ok', INVALID, 'ok']);
  await tallied(subject, { before: [], after: [] });
  await logHolds(events, []);
}

/** Commits units at once on both handles, all of which succeed. */
async function allAtOnce(subject: UnitStoreSubject, units: readonly Unit[]): Promise<void> {
  const outcomes = await commitAtOnce(handlesOf(subject), units);
  assert.deepEqual(
    codesOf(outcomes),
    units.map(() => 'ok'),
  );
}

/** The ids of all events, in the order of the log. */
async function inLog({ events }: UnitStoreSubject): Promise<readonly string[]> {
  return idsOf(await walk(events));
}

/** Inline projections are brought on with the append, or not at all. */
export const projectingCases: readonly UnitStoreCase[] = [
  {
    name: 'a projection gets the events of its unit as they will be in the log, without a place there',
    run: async ({ events, units }) => {
      await appendTo(events, ORDER, someEvents(2));
      const seen: (readonly UnplacedEntry[])[] = [];
      const project: Project = async (_, added) => void seen.push(added);
      const appends = [
        { streamId: ORDER, events: someEvents(2) },
        { events: someEvents(1) },
        {
          streamId: streamId('order-2'),
          events: someEvents(1, { key: 'k', tags: ['a:1'], metadata: { b: 'c' } }),
        },
      ];
      await commits(units, aUnit({ appends, project }));
      const added = (await walk(events)).slice(2).map(({ position, recordedAt, ...entry }) => {
        assert.ok(position > BEGINNING && recordedAt > 0);
        return entry;
      });
      assert.deepEqual(seen, [added]);
      assert.deepEqual(
        added.map(({ version }) => version),
        [3, 4, undefined, 1],
      );
    },
  },
  {
    name: 'what a projection changes is committed with the events',
    run: async (subject) => {
      const { documents, events, units } = subject;
      await documents.make(TALLIES);
      const [first, second] = [anEvent(), anEvent()];
      await commits(units, appending([first], { project: noting('a', 'b') }, ORDER));
      await commits(units, appending([second], { project: noting('a') }, ORDER));
      await tallied(subject, { a: idsOf([first, second]), b: [first.id] });
      await holds(events, ORDER, [first, second]);
      const [counted] = await documents.read(TALLIES.name, '', ['a']);
      assert.deepEqual(counted?.values, [sortableOf(2)]);
    },
  },
  {
    name: 'a projection that fails rolls the append back, and its error is that of the unit',
    run: async (subject) => {
      const { documents, effects, events, units } = subject;
      await documents.make(TALLIES);
      const own = new Error('no');
      const project: Project = async (tx, added) => {
        await note(tx, added, ['a']);
        throw own;
      };
      const unit = appending(someEvents(1), {
        project,
        writes: [(tx) => effects.insert(tx, 'a', 'x')],
        documents: [put(tally('b', []))],
      });
      const [outcome] = await units.commit([unit]);
      assert.ok(outcome?.ok === false);
      assert.equal(outcome.error, own);
      assert.deepEqual(await effects.all(), {});
      await tallied(subject, {});
      await logHolds(events, []);
      await commits(units, { ...unit, writes: [], project: noting('a') });
      await tallied(subject, { a: await inLog(subject), b: [] });
    },
  },
  {
    name: 'a document that can not be kept fails the unit of its projection',
    run: async (subject) => {
      const { documents, events, units } = subject;
      await documents.make(TALLIES);
      const bad = [
        { ...tally('a', []), values: [] },
        tally('', []),
        { ...tally('a', []), values: ['x'.repeat(251)] },
      ];
      for (const document of bad)
        await fails(
          units,
          appending(someEvents(1), { project: (tx) => tx.changeDocuments([put(document)]) }),
          'MORTAR_DOCUMENT_INVALID',
        );
      await fails(
        units,
        appending(someEvents(1), { project: async (tx) => void (await tx.readDocuments('', '', ['a'])) }),
        'MORTAR_OPTIONS_INVALID',
      );
      await tallied(subject, {});
      await logHolds(events, []);
    },
  },
  {
    name: 'a projection is not called without events, nor for a refused or a repeated append',
    run: async (subject) => {
      const { documents, events, units } = subject;
      await documents.make(TALLIES);
      const [known] = someEvents(1);
      assert.ok(known !== undefined);
      await commits(units, appending([known], { project: noting('a') }, ORDER));
      let calls = 0;
      const project: Project = async () => {
        calls += 1;
      };
      await commits(units, aUnit({ project }));
      const again = await commits(units, appending([known], { project }, ORDER));
      assert.equal(again.append.isRepeated, true);
      const refused = { streamId: ORDER, events: someEvents(1), expectedVersion: 'noStream' } as const;
      await fails(units, aUnit({ appends: [refused], project }), 'MORTAR_VERSION_CONFLICT');
      await events.setStreamState(ORDER, 'archived');
      await fails(units, appending(someEvents(1), { project }, ORDER), 'MORTAR_STREAM_CLOSED');
      assert.equal(calls, 0);
      await tallied(subject, { a: [known.id] });
    },
  },
  {
    name: 'a projection sees what its unit has done so far, and the events that its writes have added',
    run: async (subject) => {
      const { documents, effects, units } = subject;
      await documents.make(TALLIES);
      const added: EncodedEvent[] = [anEvent()];
      const write: Write = async (tx) => {
        await effects.insert(tx, 'a', 'x');
        added.splice(1, 1, anEvent());
      };
      const project: Project = async (tx, events) => {
        assert.equal(await effects.get(tx, 'a'), 'x');
        await note(tx, events, ['a']);
        const [document] = await tx.readDocuments(TALLIES.name, '', ['a']);
        assert.deepEqual(document, tally('a', ['before', ...idsOf(added)]));
        await tx.changeDocuments([{ kind: 'remove', collection: TALLIES.name, tenant: '', key: 'b' }]);
        assert.deepEqual(await tx.readDocuments(TALLIES.name, '', ['b']), []);
      };
      const unit = appending(added, {
        writes: [write],
        project,
        documents: [put(tally('a', ['before'])), put(tally('b', []))],
      });
      await commits(units, unit);
      await tallied(subject, { a: ['before', ...idsOf(added)] });
      assert.equal(added.length, 2);
    },
  },
  {
    name: 'what a projection only asks for is not there afterwards',
    run: async (subject) => {
      const { documents, units } = subject;
      await documents.make(TALLIES);
      const project: Project = async (tx, events) => {
        assert.deepEqual(await tx.readDocuments(TALLIES.name, '', ['nobody', 'a', 'a']), []);
        assert.deepEqual(await tx.readDocuments(TALLIES.name, '', []), []);
        await note(tx, events, ['a']);
        const part = tx.savepoint(async () => {
          await tx.changeDocuments([put(tally('nobody', ['x'])), put(tally('a', []))]);
          await tx.readDocuments(TALLIES.name, '', ['another']);
          throw new Error('undone');
        });
        await part.catch(() => undefined);
      };
      await commits(units, appending(someEvents(1), { project }));
      await tallied(subject, { a: await inLog(subject) });
      assert.equal(await documents.count(TALLIES.name, { tenant: '', where: [] }), 1);
      assert.deepEqual(await documents.read(TALLIES.name, '', ['nobody', 'another']), []);
    },
  },
  {
    name: 'a collection that is gone has no documents for a projection, and changes none',
    run: async (subject) => {
      const { documents, units } = subject;
      await documents.make(TALLIES);
      await documents.drop(TALLIES.name);
      const project: Project = async (tx, events) => {
        assert.deepEqual(await tx.readDocuments(TALLIES.name, '', ['a']), []);
        await note(tx, events, ['a']);
      };
      await commits(units, appending(someEvents(1), { project }));
      assert.equal((await inLog(subject)).length, 1);
      assert.deepEqual(await documents.collections(), []);
    },
  },
  {
    name: 'a projection that waits for a timer is given up',
    run: (subject) => isGivenUp(subject, () => new Promise((resolve) => setTimeout(resolve, 20))),
  },
  {
    name: 'a projection that waits for what never comes is given up',
    run: (subject) => isGivenUp(subject, () => new Promise(() => undefined)),
  },
  {
    name: 'a projection that waits for its own store is given up, instead of for ever',
    run: async (subject) => {
      const inner: Promise<unknown>[] = [];
      await isGivenUp(subject, () => {
        const commit = subject.units.commit([aUnit()]);
        inner.push(commit);
        return commit.then(() => new Promise(() => undefined));
      });
      await Promise.all(inner);
    },
  },
  {
    name: 'the transaction of a projection refuses when it has ended, and that of a write while it runs',
    run: async (subject) => {
      const { documents, effects, units } = subject;
      await documents.make(TALLIES);
      const kept: ProjectionTransaction[] = [];
      const ofWrite: Parameters<Write>[0][] = [];
      const project: Project = async (tx, events) => {
        kept.push(tx);
        for (const old of ofWrite) await assert.rejects(effects.get(old, 'a'), { code: INVALID });
        await note(tx, events, ['a']);
      };
      await commits(units, appending(someEvents(1), { writes: [(tx) => ofWrite.push(tx)], project }));
      assert.equal(kept.length, 1);
      for (const tx of kept) {
        await assert.rejects(tx.readDocuments(TALLIES.name, '', ['a']), { code: INVALID });
        await assert.rejects(tx.changeDocuments([]), { code: INVALID });
      }
      await tallied(subject, { a: await inLog(subject) });
    },
  },
  {
    name: 'a projection has the time that the writes have left',
    run: async ({ documents, units, writeTimeoutMs = 5_000 }) => {
      await documents.make(TALLIES);
      const project: Project = async (tx) => {
        for (let isOver = false; !isOver; )
          await tx.readDocuments(TALLIES.name, '', ['a']).catch(() => {
            isOver = true;
          });
      };
      const until =
        (shareOfTime: number): Write =>
        (tx) => {
          const end = performance.now() + writeTimeoutMs * shareOfTime;
          const spin = async (): Promise<void> => {
            while (performance.now() < end) await tx.savepoint(() => undefined);
          };
          return spin();
        };
      const begun = performance.now();
      await fails(units, appending(someEvents(1), { writes: [until(0.7)], project }), 'MORTAR_WRITE_TIMEOUT');
      const tookMs = performance.now() - begun;
      assert.ok(tookMs >= writeTimeoutMs - 5, `after ${tookMs} ms`);
      assert.ok(tookMs < writeTimeoutMs * 1.6, `not after ${tookMs} ms, as if its time began anew`);
      await commits(units, appending(someEvents(1), { project: noting('a') }));
    },
  },
  {
    name: 'sixteen at once that count into one document count exactly, in the order of the log',
    needs: 'second handle',
    run: async (subject) => {
      await subject.documents.make(TALLIES);
      const units = WRITERS.flatMap((writer) =>
        [1, 2, 3].map((count) =>
          appending(
            someEvents(count),
            { project: noting('all') },
            writer % 2 ? `order-${writer}-${count}` : undefined,
          ),
        ),
      );
      await allAtOnce(subject, units);
      const all = await inLog(subject);
      assert.equal(all.length, 96);
      await tallied(subject, { all });
    },
  },
  {
    name: 'sixteen at once on one stream, which none of them finds there, do the same',
    needs: 'second handle',
    run: async (subject) => {
      await subject.documents.make(TALLIES);
      const units = WRITERS.map((writer) =>
        appending(someEvents(2), { project: noting('all', `own-${writer}`) }, ORDER),
      );
      await allAtOnce(subject, units);
      const noted = units.map(
        ({ appends }, writer) => [`own-${writer}`, idsOf(appends[0]?.events ?? [])] as const,
      );
      await tallied(subject, { all: await inLog(subject), ...Object.fromEntries(noted) });
    },
  },
  {
    name: 'sixteen at once on one stream that is there get the versions that their events will have',
    needs: 'second handle',
    run: async (subject) => {
      const { documents, events } = subject;
      await documents.make(TALLIES);
      await appendTo(events, ORDER);
      const seen = new Map<string, unknown>();
      const project: Project = async (tx, added) => {
        await note(tx, added, [String(added[0]?.id)]);
        for (const { id, version } of added) seen.set(id, version);
      };
      const units = WRITERS.flatMap(() => [
        appending(someEvents(2), { project }, ORDER),
        appending(someEvents(1), {}, ORDER),
      ]);
      await allAtOnce(subject, units);
      const entries = (await events.readStream(ORDER)).filter(({ id }) => seen.has(id));
      assert.equal(entries.length, 32);
      for (const { id, version } of entries) assert.equal(seen.get(id), version, 'as it was said');
    },
  },
  {
    name: 'those that ask for the same documents in another order all succeed, beside removals and plain appends',
    needs: 'second handle',
    run: async (subject) => {
      await subject.documents.make(TALLIES);
      const keys = ['a', 'b', 'c', 'd', 'e'];
      const removing: Project = async (tx, events) => {
        await note(tx, events, ['c']);
        await tx.changeDocuments([{ kind: 'remove', collection: TALLIES.name, tenant: '', key: 'c' }]);
      };
      const units = WRITERS.flatMap((writer) => [
        appending(someEvents(1), { project: noting(...(writer % 2 ? keys : [...keys].reverse())) }),
        appending(
          someEvents(1),
          { project: writer % 4 ? noting('e', 'b') : removing },
          `order-${writer % 3}`,
        ),
        appending(someEvents(1), {}, `order-${writer % 3}`),
      ]);
      await allAtOnce(subject, units);
      assert.equal((await inLog(subject)).length, units.length);
    },
  },
  {
    name: 'conditional appends beside projections wait for them, and not for ever',
    needs: 'second handle',
    run: async (subject) => {
      await subject.documents.make(TALLIES);
      const condition = { query: [{ types: ['shop.order-lost'] }], after: BEGINNING } as const;
      const units = WRITERS.flatMap((writer) => [
        appending(someEvents(1), { project: noting('all') }, `order-${writer % 2}`),
        appending(someEvents(1), { project: noting('all'), condition }, `order-${writer % 2}`),
        appending(someEvents(1), { condition }, `order-${writer % 2}`),
      ]);
      await allAtOnce(subject, units);
      const plain = new Set(
        units
          .filter(({ project }) => project === undefined)
          .flatMap(({ appends }) => idsOf(appends[0]?.events ?? [])),
      );
      await tallied(subject, { all: (await inLog(subject)).filter((id) => !plain.has(id)) });
    },
  },
  {
    name: 'a condition that fails takes the projection back',
    run: async (subject) => {
      const { documents, events, units } = subject;
      await documents.make(TALLIES);
      const condition = { query: [{ types: ['shop.order-placed'] }], after: BEGINNING } as const;
      await commits(units, appending(someEvents(1), { project: noting('a'), condition }));
      await fails(
        units,
        appending(someEvents(1), { project: noting('a'), condition }),
        'MORTAR_APPEND_CONFLICT',
      );
      const all = await inLog(subject);
      assert.equal(all.length, 1);
      await tallied(subject, { a: all });
      assert.equal(await events.head(), (await walk(events))[0]?.position);
    },
  },
  {
    name: 'the same unit committed twice at once is projected once',
    needs: 'second handle',
    run: async (subject) => {
      await subject.documents.make(TALLIES);
      const units = Array.from({ length: 8 }, (_, index) =>
        appending(someEvents(1), { project: noting('all') }, index % 2 ? 'order-1' : undefined),
      );
      const twice = units.flatMap((unit) => [unit, { ...unit, id: newId() }]);
      await allAtOnce(subject, twice);
      const all = await inLog(subject);
      assert.equal(all.length, units.length);
      await tallied(subject, { all });
    },
  },
];
