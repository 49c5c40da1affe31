/// <reference lib="esnext.disposable" preserve="true" />
import { type App, type AppOptions, createApp } from '../app.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import { silentLogger } from '../logging/logger.js';
import { MemoryDeadLetterStore } from '../memory/index.js';
import type { Module } from '../modules/index.js';
import { CountedClock } from './internal/counted-clock.js';
import { type IdleOptions, Idling } from './internal/idling.js';
import { Recorder } from './internal/recorder.js';
import { recordingStore } from './internal/recording-store.js';
import { stubModules } from './internal/stub-modules.js';
import { trackedSender } from './internal/tracked-sender.js';
import { UnderWay } from './internal/under-way.js';
import type { Recorded } from './recorded.js';
import type { Stub } from './stub.js';
import { VirtualClock } from './virtual-clock.js';

export type { IdleOptions } from './internal/idling.js';

/** What `testApp` takes beside its modules. */
export interface TestAppOptions
  extends Pick<AppOptions, 'overrides' | 'shared' | 'authorize' | 'deadLetters' | 'transport'> {
  /** The app's clock; one is made unless given. */
  readonly clock?: VirtualClock;
  /** What modules that are not loaded answer. */
  readonly stubs?: readonly Stub[];
  /** Where settings are read from; empty unless given, so that a test does not depend on its machine. */
  readonly env?: NonNullable<AppOptions['env']>;
  /** Silent unless given. */
  readonly logger?: NonNullable<AppOptions['logger']>;
  /** How long a hook may take, by the virtual clock and by the real one; 3,000 unless said. */
  readonly hookTimeoutMs?: number;
  /** Whether the app is started; true unless said. */
  readonly isStarted?: boolean;
}

/** An app for a test. */
export interface TestApp extends App {
  readonly clock: VirtualClock;
  /** What has passed over its bus. */
  readonly recorded: Recorded;
  /**
   * Resolves when nothing is queued, under way, or to be retried. It sleeps for nothing: backoff and time limits pass at
   * once on the virtual clock. Timers that modules set themselves fire with `advance`, or where they come first.
   * A handler that waits for something outside is waited for, in real time.
   * @example
   * // A call that waits for the clock ends while it is let on; one that fails meanwhile may be awaited afterwards.
   * const placed = app.dispatch(PlaceOrder, { items: ['book'] });
   * await app.idle();
   * await placed;
   * @throws MortarError `MORTAR_WAIT_TIMEOUT`, which says what is still at work; `MORTAR_TIMERS_ENDLESS`
   */
  idle(options?: IdleOptions): Promise<void>;
  /** Lets so much time pass, in milliseconds, and everything happen that happens in it, in order. */
  advance(ms: number): Promise<void>;
}

const DEFAULT_HOOK_TIMEOUT_MS = 3_000;
const OPTION_KEYS: readonly (keyof TestAppOptions)[] = [
  'overrides',
  'shared',
  'authorize',
  'deadLetters',
  'transport',
  'hookTimeoutMs',
  'clock',
  'stubs',
  'env',
  'logger',
  'isStarted',
];

/**
 * Makes an app for a test, in memory, under a virtual clock, and starts it. Events of modules that are not loaded may be
 * published where a loaded one handles them; what modules that are not loaded should answer is said with `stub`.
 * @example
 * await using app = await testApp([shop], { stubs: [stub(ChargeCard, () => ({ paymentId: 'p-1' }))] });
 * await app.dispatch(PlaceOrder, { items: ['book'] });
 * await app.idle();
 * assert.deepEqual(app.recorded.events(OrderPlaced), [{ orderId: '1', total: 12 }]);
 * @throws MortarError `MORTAR_OPTIONS_INVALID`, and those of `createApp` and `start`
 */
export async function testApp(modules: readonly Module[], options: TestAppOptions = {}): Promise<TestApp> {
  checkTestApp(modules, options);
  const { clock = new VirtualClock(), stubs = [], env = {}, logger = silentLogger } = options;
  const { deadLetters, isStarted = true, ...rest } = options;
  const all = [...modules, ...stubModules(modules, stubs)];
  const underWay = new UnderWay();
  const recorder = new Recorder(all, underWay);
  const appClock = new CountedClock(clock);
  const store = deadLetters ?? new MemoryDeadLetterStore({ clock });
  const { overrides, shared, authorize, transport, hookTimeoutMs = DEFAULT_HOOK_TIMEOUT_MS } = rest;
  const app = await createApp({
    modules: all,
    env,
    logger,
    hookTimeoutMs,
    deadLetters: recordingStore(store, underWay, (dead) => recorder.died(dead)),
    bus: { clock: appClock, middleware: { publish: [recorder.publish], handle: [recorder.handle] } },
    ...(overrides === undefined ? {} : { overrides }),
    ...(shared === undefined ? {} : { shared }),
    ...(authorize === undefined ? {} : { authorize }),
    ...(transport === undefined ? {} : { transport }),
  });
  recorder.attach(app.handlers);
  const idling = new Idling({ clock, appClock, underWay, recorder, hookTimeoutMs });
  const made = assemble(app, clock, recorder, idling, underWay);
  if (isStarted) await made.start();
  return made;
}

function assemble(
  app: App,
  clock: VirtualClock,
  recorder: Recorder,
  idling: Idling,
  underWay: UnderWay,
): TestApp {
  const stop: App['stop'] = (options) => idling.finish(app.stop(options));
  return {
    ...app,
    ...trackedSender(app, underWay),
    as: (identity) => trackedSender(app.as(identity), underWay),
    start: () => idling.finish(app.start()),
    stop,
    clock,
    recorded: recorder.tape.recorded(),
    idle: (options) => idling.idle(options),
    advance: (ms) => idling.advance(ms),
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

function checkTestApp(modules: readonly Module[], options: TestAppOptions): void {
  checkKeys('testApp', options, OPTION_KEYS);
  const isModule = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'subscriptions' in value && 'implementations' in value;
  if (!Array.isArray(modules) || !modules.every(isModule))
    throw invalid('A test app is made of modules.', 'an array of what defineModule answers with', modules);
  const { clock, isStarted } = options;
  if (clock !== undefined && !(clock instanceof VirtualClock))
    throw invalid('The clock of a test app is turned by the test.', 'a VirtualClock', clock);
  if (isStarted !== undefined && typeof isStarted !== 'boolean')
    throw invalid('The option isStarted is on or off.', 'true or false', isStarted);
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}
