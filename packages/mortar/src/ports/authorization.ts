import type { Awaitable } from '../bus/index.js';
import type { PortMethod } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';

/** What is to be decided: whether a call may be made. */
export interface PortAuthorization {
  /** What the contract says that the caller must be allowed to do. */
  readonly permission: string;
  readonly port: string;
  readonly method: string;
  /** Who asked for it, at the edge; the rights of the modules in between do not count. */
  readonly actor: string | undefined;
  readonly tenant: string | undefined;
  /** The module that calls; absent at an edge. */
  readonly module: string | undefined;
  /** As the data schema gives it. */
  readonly data: unknown;
}

/** Decides. Only `true` lets the call through: whatever else it answers, or throws, refuses it. */
export type PortAuthorizer = (request: PortAuthorization) => Awaitable<boolean>;

/** Who calls, for an authorizer. */
export type AuthorizedCaller = Pick<PortAuthorization, 'actor' | 'tenant' | 'module' | 'data'>;

/**
 * Lets a call of a method through or not. A method that names no permission is open to all.
 * @throws MortarError `MORTAR_PERMISSION_DENIED`, also where there is nobody to decide
 */
export async function checkPermission(
  authorize: PortAuthorizer | undefined,
  method: PortMethod,
  caller: AuthorizedCaller,
): Promise<void> {
  const { permission } = method;
  if (permission === undefined) return;
  if (authorize === undefined) throw denied(method.name, permission, 'no authorizer that could say so');
  const { actor, tenant, module, data } = caller;
  const answer = await decide(authorize, method, {
    permission,
    port: method.port,
    method: method.method,
    actor,
    tenant,
    module,
    data,
  });
  if (answer === true) return;
  const who = actor === undefined ? 'a call without an actor' : `actor ${describeValue(actor)}`;
  throw denied(method.name, permission, `${who}, who is not`);
}

async function decide(
  authorize: PortAuthorizer,
  method: PortMethod,
  request: PortAuthorization,
): Promise<unknown> {
  try {
    return await authorize(Object.freeze(request));
  } catch (cause) {
    throw denied(method.name, request.permission, 'an authorizer that failed', cause);
  }
}

function denied(name: string, permission: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_PERMISSION_DENIED', {
    rule: `${name} is called by who has the permission ${describeValue(permission)}.`,
    expected: 'an actor who is allowed to',
    got,
    cause,
  });
}
