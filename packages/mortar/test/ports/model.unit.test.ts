import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { categoryOf, type ErrorCode, MortarError } from '../../src/errors/index.js';
import {
  type CallReport,
  memoryTransport,
  type PortPolicy,
  type PortStats,
  type Ports,
  serveRemotely,
} from '../../src/ports/index.js';
import { settled } from '../support/virtual-clock.js';
import { type Gate, gate, localOf, mortarError, portsOf, Stock } from './stock.js';

/** How an attempt ends: with a result, with one that the schema refuses, or with an error. */
type Verdict = 'good' | 'bad' | ErrorCode;

/** One step of a run. Numbers choose among the attempts or calls there are; where there are none, nothing happens. */
type Step =
  | {
      readonly kind: 'call';
      readonly consumer: 'shop' | 'billing';
      readonly method: 'look' | 'take';
      readonly isGood: boolean;
    }
  | { readonly kind: 'end'; readonly attempt: number; readonly verdict: Verdict }
  | { readonly kind: 'abort'; readonly call: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      consumer: fc.constantFrom('shop' as const, 'billing' as const),
      method: fc.constantFrom('look' as const, 'take' as const),
      isGood: fc.constantFrom(true, true, true, true, false),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      attempt: fc.nat(),
      verdict: fc.constantFrom<Verdict>('good', 'bad', 'MORTAR_OUTSIDE_FAILED', 'MORTAR_ENTITY_MISSING'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), call: fc.nat() }) },
);

const FAILURES = 3;
const ATTEMPTS = 2;
const policy: PortPolicy = {
  retry: { attempts: ATTEMPTS, backoff: { kind: 'fixed', delayMs: 0 } },
  circuitBreaker: { failures: FAILURES, cooldownMs: 100_000 },
  bulkhead: { limit: 3, queue: 2 },
};

/** What the model knows of one call: what was done to it, and how it ended. */
interface Made {
  readonly consumer: string;
  readonly method: 'look' | 'take';
  readonly isGood: boolean;
  readonly controller: AbortController;
  readonly verdicts: Verdict[];
  attempts: number;
  readonly ends: string[];
}

interface Attempt {
  readonly call: Made;
  readonly answer: Gate<unknown>;
}

interface World {
  readonly ports: Ports;
  readonly calls: Made[];
  readonly pending: Attempt[];
  readonly reports: CallReport[];
}

/** Two consumers and one implementation, whose attempts wait until a step ends them. */
async function worldOf(where: 'here' | 'elsewhere'): Promise<World> {
  const [calls, pending, reports]: [Made[], Attempt[], CallReport[]] = [[], [], []];
  const attempt = (data: unknown): Promise<unknown> => {
    const call = calls[Number((data as { article: string }).article)];
    if (call === undefined) throw new Error('a call that nobody made');
    const answer = gate<unknown>();
    call.attempts += 1;
    pending.push({ call, answer });
    return answer.promise;
  };
  const implementations = { look: attempt, take: attempt };
  const transport = memoryTransport();
  if (where === 'elsewhere')
    await serveRemotely(transport, Object.values(Stock.methods), localOf(implementations));
  const ports = portsOf(where === 'here' ? implementations : {}, {
    transport,
    policies: ['shop', 'billing'].map((module) => ({ module, port: Stock.name, policy })),
    onCall: (report) => reports.push(report),
  });
  return { ports, calls, pending, reports };
}

function take(world: World, next: Step): void {
  const { pending, calls } = world;
  if (next.kind === 'call') {
    call(world, next);
  } else if (next.kind === 'abort') {
    calls[next.call % calls.length]?.controller.abort(next);
  } else {
    const [attempt] = pending.splice(next.attempt % (pending.length || 1), 1);
    if (attempt !== undefined) end(attempt, next.verdict);
  }
}

function call({ ports, calls }: World, { consumer, method, isGood }: Step & { kind: 'call' }): void {
  const controller = new AbortController();
  const made: Made = { consumer, method, isGood, controller, verdicts: [], attempts: 0, ends: [] };
  calls.push(made);
  const data = { article: isGood ? String(calls.length - 1) : 1 };
  const run = Reflect.apply(ports.client(Stock, { module: consumer })[method], undefined, [
    data,
    { signal: controller.signal },
  ]);
  Promise.resolve(run).then(
    () => made.ends.push('good'),
    (error: unknown) => made.ends.push(nameOf(error, controller.signal)),
  );
}

function nameOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted && error === signal.reason) return 'aborted';
  // What is none of ours crosses from elsewhere as `MORTAR_PORT_FAILED`.
  return error instanceof MortarError && error.code !== 'MORTAR_PORT_FAILED' ? error.code : 'bad';
}

function end({ call: made, answer }: Attempt, verdict: Verdict): void {
  made.verdicts.push(verdict);
  if (verdict === 'good') answer.open(made.method === 'look' ? { count: 1 } : 1);
  else if (verdict === 'bad') answer.open('not as the schema says');
  else answer.fail(mortarError(verdict));
}

/** Lets delays of no time pass, and what follows from them. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await settled();
  }
}

/** What a call may end with, by what was done to it; said as simply as can be. */
function allowed(made: Made, before: readonly Made[], where: string): readonly string[] {
  const { verdicts, isGood, method, attempts, controller, consumer } = made;
  const aborted = controller.signal.aborted ? ['aborted'] : [];
  if (!isGood) return ['MORTAR_DATA_INVALID', ...aborted];
  expect(attempts).toBeLessThanOrEqual(method === 'look' ? ATTEMPTS : 1);
  const last = verdicts.at(-1);
  if (attempts > 0) return [...(last === undefined ? [] : [last === 'bad' ? 'bad' : last]), ...aborted];
  const failures = before
    .filter((other) => other.consumer === consumer)
    .flatMap((other) => other.verdicts)
    .filter((verdict) => verdict === 'MORTAR_OUTSIDE_FAILED' || (verdict === 'bad' && where === 'elsewhere'));
  const open = failures.length >= FAILURES ? ['MORTAR_CIRCUIT_OPEN'] : [];
  return [...open, 'MORTAR_BULKHEAD_FULL', ...aborted];
}

function sumOf(stats: readonly PortStats[], pick: (stat: PortStats) => number): number {
  return stats.reduce((sum, stat) => sum + pick(stat), 0);
}

function failuresOf({ failures }: PortStats): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

/** What holds whenever all is quiet. */
function checkCounts({ calls, reports, ports }: World): void {
  const stats = ports.stats();
  const ended = calls.filter(({ ends }) => ends.length > 0);
  const endedBy = (...names: readonly string[]): number =>
    ended.filter(({ ends: [name = ''] }) => names.includes(name)).length;
  expect(calls.map(({ ends }) => ends.length).filter((count) => count > 1)).toEqual([]);
  expect(reports).toHaveLength(ended.length);
  expect(stats.filter((s) => s.calls !== s.inFlight + s.succeeded + s.aborted + failuresOf(s))).toEqual([]);
  expect({
    calls: sumOf(stats, (stat) => stat.calls),
    inFlight: sumOf(stats, (stat) => stat.inFlight),
    succeeded: sumOf(stats, (stat) => stat.succeeded),
    aborted: sumOf(stats, (stat) => stat.aborted),
    breaker: sumOf(stats, ({ refused }) => refused.circuitBreaker),
    bulkhead: sumOf(stats, ({ refused }) => refused.bulkhead),
    invalid: sumOf(stats, ({ failures }) => failures.validation),
    missing: sumOf(stats, ({ failures }) => failures[categoryOf(mortarError('MORTAR_ENTITY_MISSING'))]),
  }).toEqual({
    calls: calls.length,
    inFlight: calls.length - ended.length,
    succeeded: endedBy('good'),
    aborted: endedBy('aborted'),
    breaker: endedBy('MORTAR_CIRCUIT_OPEN'),
    bulkhead: endedBy('MORTAR_BULKHEAD_FULL'),
    invalid: endedBy('MORTAR_DATA_INVALID'),
    missing: endedBy('MORTAR_ENTITY_MISSING'),
  });
}

/** Ends every attempt well until there are no more calls. */
async function finish(world: World): Promise<void> {
  for (let round = 0; round < 200 && world.calls.some(({ ends }) => ends.length === 0); round += 1) {
    for (const attempt of world.pending.splice(0)) end(attempt, 'good');
    await quiet();
  }
}

describe.each(['here', 'elsewhere'] as const)('calls of a port that is implemented %s', (where) => {
  it('end once each, as a naive model says, and are counted', async () => {
    const endings = new Set<string>();
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 50, size: 'max' }),
      fc.boolean(),
      async (steps, isHasty) => {
        const world = await worldOf(where);
        for (const next of steps) {
          take(world, next);
          if (isHasty) continue;
          await quiet();
          checkCounts(world);
        }
        await finish(world);
        checkCounts(world);
        const { calls, ports } = world;
        for (const made of calls) {
          expect(allowed(made, calls, where)).toContain(made.ends[0]);
          endings.add(made.ends[0] ?? '');
        }
        expect(sumOf(ports.stats(), ({ inFlight }) => inFlight)).toBe(0);
        const again = calls.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0);
        expect(sumOf(ports.stats(), ({ retries }) => retries)).toBe(again);
      },
    );
    await fc.assert(property, { numRuns: 150 });
    expect([...endings].sort()).toEqual(
      expect.arrayContaining([
        'MORTAR_BULKHEAD_FULL',
        'MORTAR_CIRCUIT_OPEN',
        'MORTAR_DATA_INVALID',
        'MORTAR_ENTITY_MISSING',
        'MORTAR_OUTSIDE_FAILED',
        'aborted',
        'good',
      ]),
    );
  });
});
