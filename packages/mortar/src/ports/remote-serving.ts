/// <reference lib="esnext.disposable" preserve="true" />
import { systemClock } from '../bus/bus-options.js';
import { type Clock, checkEnvelopeOptions, checked, type PortMethod } from '../contracts/index.js';
import { checkKeys, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import { guardedLogger } from '../logging/guarded-logger.js';
import { type Logger, silentLogger } from '../logging/logger.js';
import { timeout } from '../resilience/index.js';
import { checkPermission, type PortAuthorizer } from './authorization.js';
import { checkLocal } from './internal/call-options.js';
import { remoteErrorOf } from './internal/remote-error.js';
import type { LocalCall, LocalPorts } from './local-ports.js';
import type { ReplyMessage, RequestMessage, RequestTransport } from './transport.js';

/** What `serveRemotely` takes besides what it serves. */
export interface RemoteServingOptions {
  /** Decides on methods that name a permission; without it, each call of one is refused. */
  readonly authorize?: PortAuthorizer;
  /** Told of errors that do not leave this process; none unless given. */
  readonly logger?: Logger;
  /** Whose time limits these are; the machine's unless given. */
  readonly clock?: Clock;
}

/**
 * Answers calls that come from other processes. Nothing is taken on trust but who the actor is: the message, its
 * data and its permission are checked here, before the implementation runs. A call never takes longer than the
 * contract says, whatever the caller claims.
 *
 * Errors go back as data: a `MortarError` with its code, rule, expectation and issues; anything else as
 * `MORTAR_PORT_FAILED`, and its message stays in the log here.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`; `MORTAR_PORT_UNREACHABLE` if the transport is closed
 */
export async function serveRemotely(
  transport: RequestTransport,
  methods: readonly PortMethod[],
  local: LocalPorts,
  options: RemoteServingOptions = {},
): Promise<AsyncDisposable> {
  checkKeys('serveRemotely', options, ['authorize', 'logger', 'clock']);
  checkLocal(local);
  const names = new Set(methods.map(({ name }) => name));
  const { authorize, logger = silentLogger, clock = systemClock } = options;
  // A logger may fail over an error that can't be asked what it is.
  const told = guardedLogger(logger);
  return transport.serve([...names], async (request, signal): Promise<ReplyMessage> => {
    try {
      const method = methodOf(names, local, request);
      const limit = timeout({ timeoutMs: Math.min(method.timeoutMs, request.timeoutMs), clock });
      const work = (inner: AbortSignal): Promise<unknown> => answer(method, request, inner, local, authorize);
      return { ok: true, result: await limit.execute(work, signal) };
    } catch (error) {
      const sender = senderOf(request);
      const remote = remoteErrorOf(error, sender.method, sender.correlationId);
      if (remote.code === 'MORTAR_PORT_FAILED') tell(told, sender, error);
      return { ok: false, error: remote };
    }
  });
}

async function answer(
  method: PortMethod,
  request: RequestMessage,
  signal: AbortSignal,
  local: LocalPorts,
  authorize: PortAuthorizer | undefined,
): Promise<unknown> {
  const { actor, tenant, caller } = request;
  const data = checked('MORTAR_DATA_INVALID', `The data of ${method.name}`, method.data, request.data);
  await checkPermission(authorize, method, { actor, tenant, module: caller, data });
  signal.throwIfAborted();
  return local.call(method, data, { ...callOf(request, signal), isChecked: true });
}

function callOf(request: RequestMessage, signal: AbortSignal): LocalCall {
  const { correlationId, causationId, actor, tenant, traceparent, idempotencyKey } = request;
  return {
    signal,
    correlationId,
    ...(causationId === undefined ? {} : { causationId }),
    ...(actor === undefined ? {} : { actor }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

/**
 * The method as it is implemented here, which decides, whatever contract it is that was said to be served.
 * @throws MortarError `MORTAR_ENVELOPE_INVALID`, `MORTAR_PORT_UNREACHABLE`
 */
function methodOf(names: ReadonlySet<string>, local: LocalPorts, request: RequestMessage): PortMethod {
  checkRequest(request);
  const method = names.has(request.method) ? local.methodOf(request.method) : undefined;
  if (method !== undefined) return method;
  throw new MortarError('MORTAR_PORT_UNREACHABLE', {
    rule: 'A request goes to who serves its method.',
    expected: `a request for one of ${[...names].join(', ')}`,
    got: describeValue(request.method),
  });
}

/** The types are a promise of the sender, which may be of another version. */
function checkRequest(request: RequestMessage): void {
  if (typeof request !== 'object' || request === null) throw noMessage(request);
  const { correlationId, causationId, actor, tenant, traceparent, timeoutMs } = request;
  const { method, caller, idempotencyKey } = request;
  if (typeof method !== 'string') throw malformed('method', 'the name of a method', method);
  if (typeof correlationId !== 'string') throw malformed('correlationId', 'a text', correlationId);
  checkEnvelopeOptions({ correlationId, causationId, actor, tenant, traceparent });
  // The rules for a text from outside are the same.
  checkEnvelopeOptions({ actor: caller, correlationId: idempotencyKey });
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_DELAY_MS)
    throw malformed('timeoutMs', `a whole number from 1 to ${MAX_DELAY_MS}`, timeoutMs);
}

function malformed(field: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_ENVELOPE_INVALID', {
    rule: `The field ${field} of a request is well formed.`,
    expected,
    got: describeValue(got),
  });
}

function noMessage(got: unknown): MortarError {
  return new MortarError('MORTAR_ENVELOPE_INVALID', {
    rule: 'A request is a message.',
    expected: 'an object with the fields of one',
    got: describeValue(got),
  });
}

/** What a message says of where it is from; for the log, and for errors. */
interface Sender {
  readonly method: string;
  readonly correlationId: string;
  readonly caller: string | undefined;
}

/** Never throws, whatever came. */
function senderOf(request: unknown): Sender {
  try {
    const { method, correlationId, caller } = Object(request);
    return {
      method: typeof method === 'string' ? method : 'a method without a name',
      correlationId: typeof correlationId === 'string' ? correlationId : 'unknown',
      caller: typeof caller === 'string' ? caller : undefined,
    };
  } catch {
    return { method: 'an unreadable request', correlationId: 'unknown', caller: undefined };
  }
}

function tell(logger: Logger, sender: Sender, error: unknown): void {
  logger.error({ error, ...sender }, 'a call from another process failed');
}
