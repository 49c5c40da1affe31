import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createApp, defineModule, event, fail, query } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { memory } from '../../src/memory/index.js';
import { projection } from '../../src/projections/index.js';
import { aggregate, type DomainEventOf, decider, decisionModel, renamed } from '../../src/sourcing/index.js';
import { checkSamples, recordSample, story } from '../../src/testing/index.js';

// #region versions
// import { event } from 'mortar'; import { renamed } from 'mortar/sourcing';
const Paid = event('till.paid', {
  data: z.object({ cents: z.number().int().positive(), method: z.enum(['cash', 'card']) }),
  schemaVersion: 2,
  // What was written under version 1 had no method. It stays in the log as it is, and is read like this:
  upcasters: { 1: (old) => ({ ...z.object({ cents: z.number() }).parse(old), method: 'cash' }) },
});
const formerName = renamed('till.payment-taken', Paid); // for `retired` of an aggregate or a projection
// #endregion

const Closed = event('till.closed', { data: z.object({}) });

interface Till {
  readonly cents: number;
  readonly isClosed: boolean;
}

const till = decider({
  initialState: (): Till => ({ cents: 0, isClosed: false }),
  decide: (command: { readonly kind: 'pay'; readonly cents: number } | { readonly kind: 'close' }, state) => {
    if (state.isClosed) return fail('closed', {});
    if (command.kind === 'close') return { type: Closed.name, data: {} };
    return { type: Paid.name, data: { cents: command.cents, method: 'card' as const } };
  },
  evolve: (state, happened: DomainEventOf<typeof Paid | typeof Closed>): Till =>
    happened.type === 'till.closed'
      ? { ...state, isClosed: true }
      : { ...state, cents: state.cents + happened.data.cents },
});

const takings = projection('takings', {
  events: [Paid],
  initialState: () => ({ cents: 0 }),
  key: ({ data }) => data.method,
  on: { 'till.paid': (document, { data }) => ({ cents: document.cents + data.cents }) },
  retired: [formerName],
});

test('stories of a decider and a projection', () => {
  // #region stories
  // import { story } from 'mortar/testing';
  story(till)
    .given({ type: 'till.paid', data: { cents: 500, method: 'cash' } })
    .when({ kind: 'close' })
    .then({ type: 'till.closed', data: {} });

  story(till)
    .given({ type: 'till.closed', data: {} })
    .when({ kind: 'pay', cents: 100 })
    .thenFailure('closed');

  story(takings)
    .given({ type: 'till.paid', data: { cents: 500, method: 'cash' } })
    .then({ cash: { cents: 500 } });
  // #endregion
  expect(() => story(till).when({ kind: 'close' }).thenNothing()).toThrow();
});

test('samples of old events', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-samples-'));
  const events = [Paid];
  const PaidOfOld = event('till.paid', { data: z.object({ cents: z.number() }) });
  await recordSample(folder, PaidOfOld, { cents: 5 });
  // #region samples
  // import { checkSamples, recordSample } from 'mortar/testing';
  await recordSample(folder, Paid, { cents: 500, method: 'card' }); // once, while version 2 is the current one
  await checkSamples({ folder, events }); // fails where a sample of any version can't be read any more
  // #endregion
  rmSync(folder, { recursive: true });
  const bare = mkdtempSync(join(tmpdir(), 'mortar-samples-'));
  await expect(checkSamples({ folder: bare, events })).rejects.toThrow('till.paid');
  rmSync(bare, { recursive: true });
});

const Enrolled = event('school.enrolled', {
  data: z.object({ course: z.string(), student: z.string() }),
  tags: ({ course, student }) => [`course:${course}`, `student:${student}`],
});
const SEATS = 2;

const enrolling = decider({
  initialState: (): readonly string[] => [],
  decide: (command: { readonly course: string; readonly student: string }, places) => {
    if (places.filter((place) => place === command.course).length >= SEATS) return fail('full', {});
    return { type: Enrolled.name, data: command };
  },
  evolve: (places, { data }: DomainEventOf<typeof Enrolled>) => [...places, data.course],
});

test('a decision over several streams', async () => {
  // #region model
  // import { decisionModel } from 'mortar/sourcing';
  const enrol = decisionModel({
    name: 'enrol',
    decider: enrolling,
    events: [Enrolled],
    query: ({ course, student }) => [{ tags: [`course:${course}`] }, { tags: [`student:${student}`] }],
  });
  // #endregion
  const school = defineModule('school', (module) => module.publishes(Enrolled));
  const app = await createApp({ modules: [school], store: memory(), logger: silentLogger });
  await app.start();
  for (const student of ['ada', 'ben']) await app.decide(enrol, { course: 'maths', student });
  await expect(app.decide(enrol, { course: 'maths', student: 'cy' })).rejects.toMatchObject({
    code: 'MORTAR_REQUEST_REFUSED',
  });
  await app.stop();
});

test('what an operator asks of read models', async () => {
  const account = aggregate('till', { decider: till, events: [Paid, Closed] });
  const shop = defineModule('till', (module) => {
    module.publishes(Paid, Closed);
    module.project(takings);
  });
  const app = await createApp({ modules: [shop], store: memory(), logger: silentLogger });
  await app.start();
  await app.repository(account).handle('one', { kind: 'pay', cents: 500 });
  // #region operations
  const [status] = await app.projections.status(); // generations, lag, rate, time left, dead letters
  await app.projections.rebuild('till/takings', { actor: 'ann' }); // beside the one that is read, which then gives way
  await app.caughtUp({ projection: 'till/takings', timeoutMs: 5_000 });
  const document = await app.readModel(takings).get('card');
  // #endregion
  expect(status).toMatchObject({ name: 'till/takings', placement: 'async' });
  expect(document).toEqual({ cents: 500 });
  await app.stop();
});

test('an inline read model has what was just published', async () => {
  // #region inline
  const takingsNow = projection('takings-now', {
    placement: 'inline', // folded in the transaction that appends
    events: [Paid],
    initialState: () => ({ cents: 0 }),
    key: ({ data }) => data.method,
    on: { 'till.paid': (document, { data }) => ({ cents: document.cents + data.cents }) },
  });
  // #endregion
  // #region reading
  const TakenBy = query('till.taken-by', { data: z.object({ method: z.string() }), result: z.number() });

  const shop = defineModule('till', (module) => {
    module.publishes(Paid);
    module.project(takingsNow);
    module.answer(TakenBy, async ({ data, readModel }) => {
      const document = await readModel(takingsNow).get(data.method);
      return document?.cents ?? 0;
    });
  });
  // #endregion
  const app = await createApp({ modules: [shop], store: memory(), logger: silentLogger });
  await app.start();
  await app.caughtUp({ projection: 'till/takings-now' });
  await expect
    .poll(async () => (await app.projections.status())[0]?.generations.some(({ isInline }) => isInline))
    .toBe(true);
  await app.publish(Paid, { cents: 300, method: 'card' });
  expect(await app.ask(TakenBy, { method: 'card' })).toBe(300);
  expect(await app.ask(TakenBy, { method: 'cash' })).toBe(0);
  await app.stop();
});
