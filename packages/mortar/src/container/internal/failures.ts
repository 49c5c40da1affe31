import { type Issue, MortarError } from '../../errors/index.js';
import { type AnyDependency, nameOf } from '../token.js';
import type { Node } from './graph/node.js';

/** The codes of what can be wrong with a graph. */
export type FaultCode =
  | 'MORTAR_BINDING_MISSING'
  | 'MORTAR_BINDING_DUPLICATE'
  | 'MORTAR_BINDING_CYCLE'
  | 'MORTAR_BINDING_CAPTIVE'
  | 'MORTAR_BINDING_ASYNC'
  | 'MORTAR_SCOPE_MISSING';

/** A fault has the code that it would have alone. */
export interface Fault extends Issue {
  readonly code: FaultCode;
}

const RULES: Readonly<Record<FaultCode, readonly [rule: string, expected: string]>> = {
  MORTAR_BINDING_MISSING: [
    'All that a service or a handler depends on is bound.',
    'a binding for each dependency',
  ],
  MORTAR_BINDING_DUPLICATE: [
    'What is asked for singly is bound once.',
    'one binding; several of a token are asked for with all(token)',
  ],
  MORTAR_BINDING_CYCLE: ['Services do not depend on themselves.', 'dependencies that come to an end'],
  MORTAR_BINDING_CAPTIVE: [
    'A singleton outlives every scope, so it holds nothing scoped.',
    'dependencies that live as long as what holds them',
  ],
  MORTAR_BINDING_ASYNC: [
    'What is made asynchronously is not there at once.',
    'resolveAsync, or a service that is made already',
  ],
  MORTAR_SCOPE_MISSING: ['Scoped services are resolved in a scope.', 'a scope, from openScope'],
};

/** How many issues a message tells; all of them are in `issues`. */
const MAX_TOLD = 20;

/** The error of a resolve that can't succeed. Its code is that of the first fault. */
export function resolveError(faults: readonly Fault[]): MortarError {
  // There is always a first one: it is looked for only where something is wrong.
  const code = faults[0]?.code ?? 'MORTAR_BINDING_MISSING';
  const [rule, expected] = RULES[code];
  return fromContainer(new MortarError(code, { rule, expected, got: tell(faults), issues: faults }));
}

/** The error of a graph with faults. */
export function graphError(faults: readonly Fault[]): MortarError {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new MortarError('MORTAR_GRAPH_INVALID', {
    rule: 'All that is bound, and all that is asked for, can be made.',
    expected: 'a graph without faults',
    got: `${count}: ${tell(faults)}`,
    issues: faults,
  });
}

function tell(faults: readonly Fault[]): string {
  const told = faults.slice(0, MAX_TOLD).map(({ path, message }) => `${path}: ${message}`);
  if (faults.length > MAX_TOLD) told.push(`and ${faults.length - MAX_TOLD} more, which are in its issues`);
  return told.join('; ');
}

/** What a container says itself about a resolve, which no service on the way up adds anything to. */
const own = new WeakSet<object>();

function fromContainer(error: MortarError): MortarError {
  own.add(error);
  return error;
}

/** The error of a service whose making threw; a dependency's error is handed on as it is. */
export function creationError({ binding }: Node, cause: unknown): unknown {
  if (typeof cause === 'object' && cause !== null && own.has(cause)) return cause;
  return fromContainer(
    new MortarError('MORTAR_BINDING_FAILED', {
      rule: 'A service is made when it is first needed.',
      expected: `${nameOf(binding.service)}, bound by ${binding.owner}, to be made`,
      got: 'an error instead, which is the cause',
      cause,
    }),
  );
}

/** The error of a factory that turned out to be asynchronous. */
export function promiseError({ binding }: Node): MortarError {
  return fromContainer(
    new MortarError('MORTAR_BINDING_FAILED', {
      rule: 'A factory answers with the service itself; one that answers with a promise is bound by asyncFactory.',
      expected: `${nameOf(binding.service)}, bound by ${binding.owner}, to be made`,
      got: 'a promise',
    }),
  );
}

/** The error of a service that `resolveAsync` can't give; `cause` is what asking it for its `then` threw, if it did. */
export function thenableError(service: AnyDependency, cause?: unknown): MortarError {
  return fromContainer(
    new MortarError('MORTAR_BINDING_FAILED', {
      rule: 'A promise awaits what has a `then`, so that it can not give it.',
      expected: `${nameOf(service)} from resolve, or in a list from resolveAllAsync`,
      got: cause === undefined ? 'resolveAsync, of a service with a `then`' : 'a `then` that throws',
      cause,
    }),
  );
}

/** The error of a service that is asked for by itself, through a lazy dependency or its container, while it is being made. */
export function reentryError({ binding }: Node): MortarError {
  const name = nameOf(binding.service);
  const issue: Fault = {
    code: 'MORTAR_BINDING_CYCLE',
    path: name,
    message:
      'is asked for while it is being made; a lazy dependency is called, and a container asked, after that',
  };
  return resolveError([issue]);
}

/** The error of a service that only awaiting gives. */
export function asyncError({ binding }: Node): MortarError {
  const name = nameOf(binding.service);
  const issue: Fault = {
    code: 'MORTAR_BINDING_ASYNC',
    path: name,
    message: `${name} is made asynchronously, and is not made yet`,
  };
  return resolveError([issue]);
}

/** The error of a scoped service that is asked for where there is no scope. */
export function unscopedError({ binding }: Node): MortarError {
  const name = nameOf(binding.service);
  const message = `${name} is scoped, and there is no scope`;
  return resolveError([{ code: 'MORTAR_SCOPE_MISSING', path: name, message }]);
}

/** The error of something scoped that a singleton asks for later. */
export function captiveError(service: AnyDependency): MortarError {
  const name = nameOf(service);
  const message = 'is scoped, or holds what is, and a singleton would keep it beyond its scope';
  return resolveError([{ code: 'MORTAR_BINDING_CAPTIVE', path: name, message }]);
}

/** The error of a use that comes too late or too early. */
export function stateError(rule: string, expected: string, got: string): MortarError {
  return fromContainer(new MortarError('MORTAR_CONTAINER_STATE', { rule, expected, got }));
}

/** The error of the use of a scope after its end. */
export function closedError(): MortarError {
  return stateError('A scope is used until it is closed.', 'an open scope', 'one that has been closed');
}

/** The error of the use of a container after its end. */
export function endedError(): MortarError {
  return stateError('A container is used until it is disposed of.', 'a container that is not', 'one that is');
}

/** The error of what was made while its container or scope came to an end. */
export function lateError({ binding }: Node, cause?: unknown): MortarError {
  return fromContainer(
    new MortarError('MORTAR_CONTAINER_STATE', {
      rule: 'What is made in a container or a scope belongs to it.',
      expected: `${nameOf(binding.service)} to be made before the end of where it belongs`,
      got: 'one that was made later, and was disposed of at once',
      cause,
    }),
  );
}

/** One disposal that failed. */
export interface DisposalFailure {
  /** The name of the service. */
  readonly path: string;
  readonly error: unknown;
}

/** The error of an end at which something failed; everything was tried. */
export function disposalError(what: string, failures: readonly DisposalFailure[]): MortarError {
  const issues = failures.map(({ path, error }) => ({ path, message: messageOf(error) }));
  return new MortarError('MORTAR_DISPOSAL_FAILED', {
    rule: 'What a service holds is released when it is disposed of.',
    expected: `everything that was made in ${what} to be disposed of`,
    got: tellFailures(issues),
    issues,
    cause: new AggregateError(
      failures.map(({ error }) => error),
      'disposals that failed',
    ),
  });
}

function tellFailures(issues: readonly Issue[]): string {
  const told = issues.slice(0, MAX_TOLD).map(({ path, message }) => `${path}: ${message}`);
  return `${issues.length === 1 ? 'a failure' : `${issues.length} failures`}: ${told.join('; ')}`;
}

/** Never throws, whatever was thrown. */
function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'something that can not be shown';
  }
}
