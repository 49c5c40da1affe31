import { hash } from 'node:crypto';
import type { RequestEnvelope } from '../../handler.js';
import { HandlerContext, type HandlerIdentity } from '../handler-context.js';

/** The context of a command with an idempotency key, or of a call that its caller has given one. */
export class KeyedContext extends HandlerContext<RequestEnvelope> {
  /** Says command or method, tenant, actor and key in one text. */
  readonly #key: string;

  constructor(handler: HandlerIdentity, envelope: RequestEnvelope, key: string) {
    super(handler, envelope, 1);
    this.#key = key;
  }

  /** The same whenever the same is sent with the key. */
  override get idempotencyKey(): string {
    void super.idempotencyKey;
    return `${hash('sha256', this.#key, 'base64url')}:${this.handler.name}`;
  }
}
