import type { DataOf, Envelope, EventContract } from '../../../contracts/index.js';
import {
  checkKeys,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from '../../../errors/index.js';
import type { BusCore } from '../bus-core.js';
import { register } from '../routing/register.js';

/** Which event to wait for, and how long. */
export interface WaitOptions<C extends EventContract> {
  readonly where?: (envelope: Envelope<DataOf<C>, C['name']>) => boolean;
  /** 30,000 unless said. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 30_000;

export async function waitForEvent<C extends EventContract>(
  core: BusCore,
  contract: C,
  options: WaitOptions<C>,
): Promise<Envelope<DataOf<C>, C['name']>> {
  checkKeys('waitFor', options, ['where', 'timeoutMs', 'signal']);
  const { where = () => true, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  checkWhere(where);
  checkSignal(signal);
  signal?.throwIfAborted();
  const { promise, resolve, reject } = withResolvers<Envelope<DataOf<C>, C['name']>>();
  const look = ({ envelope }: { envelope: Envelope<DataOf<C>, C['name']> }): void => {
    try {
      if (where(envelope)) resolve(envelope);
    } catch (error) {
      reject(error);
    }
  };
  const subscription = register(core, contract, [look]);
  const cancel = core.clock.after(timeoutMs, () => reject(timedOut(contract, timeoutMs)));
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const stopWatching = core.onClose(() => reject(stopped(contract)));
  try {
    return await promise;
  } finally {
    cancel();
    stopWatching();
    signal?.removeEventListener('abort', abort);
    subscription[Symbol.dispose]();
  }
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve, reject };
}

function checkWhere(where: unknown): void {
  if (typeof where === 'function') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option where tells the event that is waited for.',
    expected: 'a function from an envelope to true or false',
    got: describeValue(where),
  });
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option signal calls the wait off.',
    expected: 'an AbortSignal',
    got: describeValue(signal),
  });
}

function timedOut(contract: EventContract, timeoutMs: number): MortarError {
  return new MortarError('MORTAR_WAIT_TIMEOUT', {
    rule: 'A wait for an event has an end.',
    expected: `${contract.name} within ${timeoutMs} ms`,
    got: 'no such event',
  });
}

function stopped(contract: EventContract): MortarError {
  return new MortarError('MORTAR_BUS_STOPPED', {
    rule: 'A wait ends with its bus.',
    expected: `${contract.name} before the bus stops`,
    got: 'the stop of the bus',
  });
}
