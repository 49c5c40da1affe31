import { hash } from 'node:crypto';
import type { CallerEnvelope, PortMethod } from '../../contracts/index.js';
import type { MessageContext } from '../handler.js';
import { HandlerContext } from '../internal/handler-context.js';
import { digestOfData } from '../internal/requests/digest.js';

/** The context of a handler, whatever it handles. */
export interface AnyMessageContext extends MessageContext {
  readonly envelope: CallerEnvelope;
}

/** Whether a value is the context of a handler, as a bus made it: nothing else may speak for the message in hand. */
export function isMessageContext(value: unknown): value is AnyMessageContext {
  return HandlerContext.isOne(value);
}

/**
 * The idempotency key of a port's call that a handler makes: the same when the message is handled again and the call is
 * made again. Of equal calls in one attempt each has its own. Undefined for data that the codec does not carry, and once
 * the handler has ended.
 */
export function callKeyOf(
  context: AnyMessageContext,
  { name }: PortMethod,
  data: unknown,
): string | undefined {
  if (!HandlerContext.isOne(context) || !context.isOpen) return undefined;
  const digest = digestOfData(data);
  if (digest === undefined) return undefined;
  const count = context.countSent(`${name} ${digest}`);
  return hash('sha256', `${context.idempotencyKey} ${name} ${digest} ${count}`, 'base64url');
}
