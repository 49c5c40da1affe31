import type { RequestOrigin } from '../../bus/index.js';
import { isMessageContext } from '../../bus/requests/message-context.js';
import {
  checkEnvelopeOptions,
  checkModuleName,
  type PortCallOptions,
  type PortContract,
} from '../../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../../errors/index.js';
import type { PortCaller, PortsOptions } from '../ports.js';

const PORTS_KEYS = ['local', 'transport', 'policies', 'authorize', 'onCall', 'logger', 'clock'] as const;
const IDENTITY_KEYS: readonly (keyof RequestOrigin)[] = [
  'correlationId',
  'causationId',
  'actor',
  'tenant',
  'traceparent',
];

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkPortsOptions(options: PortsOptions): void {
  checkKeys('createPorts', options, PORTS_KEYS);
  checkLocal(options.local);
  if (options.transport !== undefined) checkMethods('transport', options.transport, ['request', 'serve']);
  for (const name of ['authorize', 'onCall'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'function')
      throw invalid(`${name} is a function`, 'a function', value);
  }
  if (options.policies !== undefined && !Array.isArray(options.policies))
    throw invalid('policies are listed', 'a list', options.policies);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkLocal(local: unknown): void {
  checkMethods('local', local, ['has', 'methodOf', 'names', 'call']);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID`, for what `port` did not make */
export function checkPort(port: unknown): asserts port is PortContract {
  if (
    isObject(port) &&
    'kind' in port &&
    port.kind === 'port' &&
    'methods' in port &&
    isObject(port.methods)
  ) {
    const wrong = Object.entries(port.methods).find(([key, method]) => !isMethod(port, key, method));
    if (wrong === undefined) return;
    throw invalid('a client is of a port', 'methods as port() makes them', wrong[0]);
  }
  throw invalid('a client is of a port', 'a contract that port() made', port);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_NAME_INVALID`, `MORTAR_ENVELOPE_INVALID` */
export function checkCaller(port: string, caller: PortCaller): void {
  checkKeys(`a client of ${port}`, caller, ['module', 'context', 'identity', 'signal']);
  const { module, context, identity, signal } = caller;
  if (module !== undefined) checkModuleName(module);
  if (context !== undefined) checkContext('context', context);
  if (identity !== undefined) {
    checkKeys(`the identity of a client of ${port}`, identity, IDENTITY_KEYS);
    checkEnvelopeOptions(identity);
  }
  checkSignal(signal);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_ENVELOPE_INVALID` */
export function checkCallOptions(method: string, options: PortCallOptions): void {
  checkKeys(`a call of ${method}`, options, ['signal', 'timeoutMs', 'from']);
  if (options.timeoutMs !== undefined) checkWholeNumber('timeoutMs', options.timeoutMs, 1, MAX_DELAY_MS);
  checkSignal(options.signal);
  if (options.from === undefined) return;
  checkContext('from', options.from);
}

/** What a bus did not make could speak for anyone, and hide that the handler of a query calls. */
function checkContext(name: string, context: unknown): void {
  if (!isMessageContext(context))
    throw invalid(`${name} is the context of a handler`, 'a context that a bus made', context);
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw invalid('signal is an AbortSignal', 'the signal of an AbortController', signal);
}

function checkMethods(name: string, value: unknown, methods: readonly string[]): void {
  const isFit =
    isObject(value) && methods.every((method) => typeof Reflect.get(value, method) === 'function');
  if (!isFit) throw invalid(`${name} has the methods ${methods.join(', ')}`, 'an object with them', value);
}

/** A client with a method `then` would be taken for a promise. */
function isMethod(port: object, key: string, method: unknown): boolean {
  if (key === 'then' || !isObject(method) || !('name' in method) || !('name' in port)) return false;
  return method.name === `${port.name}.${key}` && 'data' in method;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `Of ports, ${rule}.`,
    expected,
    got: describeValue(got),
  });
}
