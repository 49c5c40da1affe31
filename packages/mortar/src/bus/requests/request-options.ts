import type { EnvelopeOptions } from '../../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../../errors/index.js';

/** How long a caller waits. */
export interface RequestTerms {
  /**
   * How long the caller waits, from 1 to 2^31 - 1; no limit unless said. Then it gets `MORTAR_REQUEST_TIMEOUT`, and the
   * handler's signal is aborted, unless others wait for it too. What the handler has published is then not sent; that of a
   * command with an idempotency key is sent if it succeeds all the same.
   */
  readonly timeoutMs?: number;
  /** Ends the wait at once, with the signal's reason; for the handler as above. Aborted already, nothing begins. */
  readonly signal?: AbortSignal;
}

/** What the handler of a message may say about a command it dispatches; correlation, actor, tenant and trace carry on. */
export interface DispatchTerms extends RequestTerms {
  /**
   * 1 to 200 printable characters. The same key with the same data is answered with the first result, and the handler is
   * not called again; with other data it is refused with `MORTAR_IDEMPOTENCY_CONFLICT`. It counts for one command, tenant and
   * actor. A command that fails keeps nothing, and may be tried again. One that its callers have given up, and whose
   * handler goes on, is waited for: the handler never runs twice at once. A result that is plain data is frozen, since
   * several may get it. The call of a port has no result kept for it: its key is handed to the implementation alone.
   */
  readonly idempotencyKey?: string;
}

/** On whose behalf a request is made. */
export type RequestOrigin = Pick<
  EnvelopeOptions,
  'correlationId' | 'causationId' | 'actor' | 'tenant' | 'traceparent'
>;

/** What a caller may say about a query besides its data. */
export interface RequestOptions extends RequestTerms, RequestOrigin {}

/** What a caller may say about a command besides its data. */
export interface DispatchOptions extends DispatchTerms, RequestOrigin {}

/** What is said about anything that has one handler. */
export interface SentOptions extends DispatchOptions {
  /** The data is what the registered method's schema gave, so it is not run through the schema again. Of calls alone. */
  readonly isChecked?: boolean;
}

/** What a caller may say about the call of a port's method besides its data. */
export interface CallOptions extends SentOptions {
  /**
   * The context of the handler on whose behalf the call is made: correlation, causation, actor, tenant and trace carry
   * on, unless the options say otherwise. It must be one that a bus made.
   */
  readonly from?: object;
}

const ORIGIN_KEYS = ['correlationId', 'causationId', 'actor', 'tenant', 'traceparent'] as const;
const ASK_KEYS: readonly string[] = [...ORIGIN_KEYS, 'timeoutMs', 'signal'];
const DISPATCH_KEYS: readonly string[] = [...ASK_KEYS, 'idempotencyKey'];
const CALL_KEYS: readonly string[] = [...DISPATCH_KEYS, 'isChecked'];
const KEYS = { command: DISPATCH_KEYS, query: ASK_KEYS, port: CALL_KEYS } as const;
const MAX_KEY = 200;

/** @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_ENVELOPE_INVALID` */
export function checkRequestOptions(kind: 'command' | 'query' | 'port', options: SentOptions): void {
  checkKeys('a request', options, KEYS[kind]);
  const { timeoutMs, signal, idempotencyKey } = options;
  if (timeoutMs !== undefined) checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  if (signal !== undefined) checkSignal(signal);
  if (idempotencyKey !== undefined) checkIdempotencyKey(idempotencyKey);
  for (const field of ORIGIN_KEYS) {
    const value: unknown = options[field];
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new MortarError('MORTAR_ENVELOPE_INVALID', {
      rule: `The field ${field} of a request is well formed.`,
      expected: 'a text of one character or more',
      got: describeValue(value),
    });
  }
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkCallOptions(options: CallOptions): void {
  checkKeys('a request', options, [...CALL_KEYS, 'from']);
}

/** Checks what handlers may say: the rest is carried on, so that no handler speaks for another actor or tenant. */
export function checkTerms(kind: 'command' | 'query', terms: DispatchTerms): void {
  const keys = kind === 'query' ? ['timeoutMs', 'signal'] : ['timeoutMs', 'signal', 'idempotencyKey'];
  checkKeys('a request of a handler', terms, keys);
}

function checkSignal(signal: unknown): void {
  if (signal instanceof AbortSignal) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option signal ends the wait of a caller.',
    expected: 'an AbortSignal',
    got: describeValue(signal),
  });
}

function checkIdempotencyKey(key: unknown): void {
  const isPrintable = typeof key === 'string' && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(key);
  if (isPrintable && key.length <= MAX_KEY) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'An idempotency key is a short text.',
    expected: `1 to ${MAX_KEY} printable characters`,
    got: describeValue(key),
  });
}
