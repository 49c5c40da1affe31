/// <reference lib="esnext.disposable" preserve="true" />
import { type App, type AppOptions, createApp, type DurableApp } from '../app.js';
import type { Clock } from '../contracts/index.js';
import type { Store } from '../delivery/index.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import { silentLogger } from '../logging/logger.js';
import { MemoryDeadLetterStore } from '../memory/index.js';
import type { Module } from '../modules/index.js';
import { CarriedEvents } from './internal/carried-events.js';
import { CountedClock } from './internal/counted-clock.js';
import { type IdleOptions, Idling } from './internal/idling.js';
import { LogActivity } from './internal/log/log-activity.js';
import { recordingLog } from './internal/log/recording-log.js';
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
  /**
   * The app's store, or what makes one over the app's clock, which is best: `store: (clock) => memory({ clock })`. Events
   * are then recorded when they are committed, and reach their handlers through the log.
   */
  readonly store?: Store | ((clock: Clock) => Store);
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

/** An app for a test, with a store. */
export interface DurableTestApp extends TestApp, Omit<DurableApp, keyof App> {}

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
  'store',
  'stubs',
  'env',
  'logger',
  'isStarted',
];

/**
 * Makes an app for a test, in memory, under a virtual clock, and starts it. Events of modules that are not loaded may be
 * published where a loaded one handles them; what modules that are not loaded should answer is said with `stub`. With or without
 * a store, data that can't be carried is refused when it is published (`MORTAR_CODEC_UNSUPPORTED`), and each call of a handler gets
 * data of its own.
 * @example
 * await using app = await testApp([shop], { stubs: [stub(ChargeCard, () => ({ paymentId: 'p-1' }))] });
 * await app.dispatch(PlaceOrder, { items: ['book'] });
 * await app.idle();
 * assert.deepEqual(app.recorded.events(OrderPlaced), [{ orderId: '1', total: 12 }]);
 * @throws MortarError `MORTAR_OPTIONS_INVALID`, and those of `createApp` and `start`
 */
export function testApp(
  modules: readonly Module[],
  options: TestAppOptions & Required<Pick<TestAppOptions, 'store'>>,
): Promise<DurableTestApp>;
export function testApp(modules: readonly Module[], options?: TestAppOptions): Promise<TestApp>;
export async function testApp(modules: readonly Module[], options: TestAppOptions = {}): Promise<TestApp> {
  checkTestApp(modules, options);
  const { clock = new VirtualClock(), stubs = [], isStarted = true } = options;
  const hasLog = options.store !== undefined;
  const carried = hasLog ? undefined : new CarriedEvents();
  const given = [...modules, ...stubModules(modules, stubs)];
  const all = carried?.around(given) ?? given;
  const underWay = new UnderWay();
  const recorder = new Recorder(all, underWay, { hasLog });
  const appClock = new CountedClock(clock);
  const parts = {
    clock,
    appClock,
    recorder,
    underWay,
    carried,
    activity: hasLog ? new LogActivity(underWay) : undefined,
  };
  const app = await createApp({ ...appOptionsOf(options, parts), modules: all });
  recorder.attach(app.handlers);
  if (isDurable(app)) parts.activity?.attach(app);
  const { hookTimeoutMs = DEFAULT_HOOK_TIMEOUT_MS } = options;
  const made = assemble(app, parts, new Idling({ ...parts, hookTimeoutMs }));
  if (isStarted) await made.start();
  return made;
}

/** What a test app is put together from. */
interface TestParts {
  readonly clock: VirtualClock;
  readonly appClock: CountedClock;
  readonly recorder: Recorder;
  readonly underWay: UnderWay;
  /** Of an app without a store. */
  readonly carried: CarriedEvents | undefined;
  /** Of an app with one. */
  readonly activity: LogActivity | undefined;
}

function appOptionsOf(options: TestAppOptions, parts: TestParts): Omit<AppOptions, 'modules'> {
  const { env = {}, logger = silentLogger, hookTimeoutMs = DEFAULT_HOOK_TIMEOUT_MS } = options;
  const { overrides, shared, authorize, transport } = options;
  const { recorder, appClock, carried } = parts;
  const handle = [recorder.handle];
  const publish = carried === undefined ? [] : [carried.publish, recorder.publish];
  return {
    env,
    logger,
    hookTimeoutMs,
    ...keptIn(options, parts),
    bus: { clock: appClock, middleware: { publish, handle } },
    ...(overrides === undefined ? {} : { overrides }),
    ...(shared === undefined ? {} : { shared }),
    ...(authorize === undefined ? {} : { authorize }),
    ...(transport === undefined ? {} : { transport }),
  };
}

/** Where the app keeps what it keeps, recorded. */
function keptIn(
  { store, deadLetters }: TestAppOptions,
  { clock, recorder, underWay, carried, activity }: TestParts,
): Pick<AppOptions, 'store' | 'deadLetters'> {
  if (store === undefined || activity === undefined) {
    const letters = deadLetters ?? new MemoryDeadLetterStore({ clock });
    const recorded = recordingStore(letters, underWay, {
      asPublished: (envelope) => carried?.asPublished(envelope) ?? envelope,
      died: (dead) => recorder.died(dead),
    });
    return { deadLetters: recorded };
  }
  const recorded = recordingLog(typeof store === 'function' ? store(clock) : store, {
    published: (envelope) => recorder.published(envelope),
    died: (subscription, death) => recorder.diedInLog(subscription, death),
    committed: () => activity.touch(),
  });
  return { store: recorded, ...(deadLetters === undefined ? {} : { deadLetters }) };
}

function isDurable(app: App): app is DurableApp {
  return 'deliveries' in app;
}

function assemble(app: App, { clock, recorder, underWay, activity }: TestParts, idling: Idling): TestApp {
  const stop: App['stop'] = async (options) => {
    const stopping = app.stop(options);
    // What is not delivered stays in the log.
    activity?.end();
    return idling.finish(stopping);
  };
  return {
    ...app,
    ...trackedSender(app, underWay),
    as: (identity) => trackedSender(app.as(identity), underWay),
    async start() {
      await idling.finish(app.start());
      activity?.begin();
    },
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
  const { clock, isStarted, store } = options;
  if (store !== undefined && typeof store !== 'function' && typeof store?.open !== 'function')
    throw invalid('The option store is a store, or makes one.', '(clock) => memory({ clock })', store);
  if (clock !== undefined && !(clock instanceof VirtualClock))
    throw invalid('The clock of a test app is turned by the test.', 'a VirtualClock', clock);
  if (isStarted !== undefined && typeof isStarted !== 'boolean')
    throw invalid('The option isStarted is on or off.', 'true or false', isStarted);
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}
