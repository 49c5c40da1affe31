import { describe, expect, it, onTestFinished } from 'vitest';
import { newId } from '../../../src/contracts/index.js';
import { type AppOptions, createApp, type DurableApp, defineModule } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { projection } from '../../../src/projections/index.js';
import { VirtualClock } from '../../../src/testing/index.js';
import { EntryWritten, journal, WriteEntry } from '../journal.js';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

const entries = projection('entries', {
  events: [EntryWritten],
  initialState: () => ({ count: 0 }),
  key: ({ data }) => data.text,
  on: { 'journal.entry-written': ({ count }) => ({ count: count + 1 }) },
});

async function started(log: MemoryLog, options: Partial<AppOptions>): Promise<DurableApp> {
  const failed = new Set<string>();
  const mail = defineModule('mail', (module) => {
    // What is to fail, fails once.
    module.on(EntryWritten, { retry: { attempts: 1 } }, ({ data: { text } }) => {
      if (!text.startsWith('bad') || failed.has(text)) return;
      failed.add(text);
      throw new Error('no mailbox');
    });
    module.project(entries);
  });
  const store = memory({ log });
  const app = await createApp({ modules: [journal, mail], logger: silentLogger, ...options, store });
  onTestFinished(async () => void (await app.stop()));
  await app.start();
  return app;
}

/** An app in whose store there is one of each that may be removed, and of what is never removed by these options. */
async function withSome(retention: (AppOptions['delivery'] & object)['retention']) {
  const clock = new VirtualClock(1_800_000_000_000);
  const log = new MemoryLog({ clock });
  const bus = { clock, idempotency: { ttlMs: 20 * 24 * HOUR_MS } };
  const app = await started(log, { delivery: retention === undefined ? {} : { retention }, bus });
  const texts = ['bad 1', 'bad 2', 'bad 3'];
  for (const text of texts) await app.publish(EntryWritten, { text }, { wait: 'handled' });
  const [first, second] = await app.deadLetters.list();
  await app.deadLetters.discard(first?.id ?? '', 'of no use', { actor: 'ada' });
  await app.deadLetters.replayAll({ ids: [second?.id ?? ''] });
  await app.dispatch(WriteEntry, { text: 'fine' }, { idempotencyKey: 'once' });
  const { units } = await memory({ log }).open({ logger: silentLogger });
  const unit = { writes: [], appends: [] };
  await units.commit([
    { ...unit, id: newId() },
    { ...unit, id: newId(), inbox: { subscription: 'mail', messageId: '1' } },
  ]);
  await app.deliveries.idle();
  return { app, log, clock };
}

async function countIn(app: DurableApp, log: MemoryLog) {
  const { byState } = await app.deadLetters.statistics();
  const audit = await app.deadLetters.audit();
  return {
    replayed: byState.replayed,
    discarded: byState.discarded,
    jobs: (await app.deadLetters.replayJobs()).length,
    inbox: log.inbox.size,
    // Each page that is folded leaves one.
    units: Math.min(1, log.unitIds.size),
    audit: audit.filter(({ action }) => action === 'discard').length,
    // What stays: results of commands for as long as the option of the bus says.
    dead: byState.dead,
    results: log.results.size,
    events: log.entries.length,
  };
}

const ALL = {
  replayed: 1,
  discarded: 1,
  jobs: 1,
  inbox: 1,
  units: 1,
  audit: 1,
  dead: 1,
  results: 1,
  events: 4,
};

describe('what is over, in an app', () => {
  it.each([
    ['endedLettersMs', { replayed: 0, discarded: 0, jobs: 0 }],
    ['inboxMs', { inbox: 0, units: 0 }],
    ['auditMs', { audit: 0 }],
  ] as const)('is kept for as long as %s says, and nothing else is removed', async (name, gone) => {
    const { app, log, clock } = await withSome({ [name]: HOUR_MS });
    await clock.advance(HOUR_MS);
    await app.deliveries.cleanUp();
    expect(await countIn(app, log)).toEqual(ALL);
    await clock.advance(1);
    await app.deliveries.cleanUp();
    expect(await countIn(app, log)).toEqual({ ...ALL, ...gone });
  });

  it('is kept for a week unless said, what operators did for a year, and all of it for ever where that is said', async () => {
    const usual = await withSome(undefined);
    await usual.clock.advance(7 * 24 * HOUR_MS);
    await usual.app.deliveries.cleanUp();
    expect(await countIn(usual.app, usual.log)).toEqual(ALL);
    await usual.clock.advance(1);
    await usual.app.deliveries.cleanUp();
    const left = { ...ALL, replayed: 0, discarded: 0, jobs: 0, inbox: 0, units: 0 };
    expect(await countIn(usual.app, usual.log)).toEqual(left);
    await usual.clock.advance(YEAR_MS);
    await usual.app.deliveries.cleanUp();
    expect(await countIn(usual.app, usual.log)).toEqual({ ...left, audit: 0, results: 0 });
    const ever = Number.MAX_SAFE_INTEGER;
    const kept = await withSome({ endedLettersMs: ever, inboxMs: ever, auditMs: ever });
    await kept.clock.advance(YEAR_MS + 1);
    await kept.app.deliveries.cleanUp();
    expect(await countIn(kept.app, kept.log)).toEqual({ ...ALL, results: 0 });
  });
});

describe('the leases of an app', () => {
  it.each([
    [undefined, 6_000],
    [{ leaseMs: 2_000 }, 2_000],
    [{ leaseMs: 60_000 }, 60_000],
  ])('with %o last for %i ms, for subscriptions and read models', async (delivery, leaseMs) => {
    const log = new MemoryLog();
    const app = await started(log, delivery === undefined ? {} : { delivery });
    await app.publish(EntryWritten, { text: 'a' }, { wait: 'handled' });
    await app.caughtUp({ projection: 'mail/entries' });
    const { deliveries } = await memory({ log }).open({ logger: silentLogger });
    const leases = await deliveries.checkpoints();
    expect(new Set(leases.map(({ subscription }) => subscription))).toEqual(
      new Set(['mail/journal.entry-written', 'mail/entries#1']),
    );
    for (const { leasedForMs = 0 } of leases) {
      expect(leasedForMs).toBeGreaterThan(0);
      expect(leasedForMs).toBeLessThanOrEqual(leaseMs);
    }
    expect(Math.max(...leases.map(({ leasedForMs = 0 }) => leasedForMs))).toBeGreaterThan(leaseMs / 3);
  });
});
