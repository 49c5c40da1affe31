/// <reference lib="esnext.disposable" preserve="true" />
import type { ErrorCategory, Issue } from '../errors/index.js';

/** A call of a port's method under way to another process. Plain data that the codec carries. */
export interface RequestMessage {
  /** UUIDv7; the same for every attempt of one call. */
  readonly id: string;
  /** The name of the method, `<port>.<method>`. */
  readonly method: string;
  /** What the method's data schema takes. */
  readonly data: unknown;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  /** Who asked for it, at the edge. A claim of the sender: only trusted processes may join a transport. */
  readonly actor: string | undefined;
  readonly tenant: string | undefined;
  readonly traceparent: string | undefined;
  /** The module that calls. */
  readonly caller: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** What was left of the call's time when it was sent, from 1 to 2^31 - 1. */
  readonly timeoutMs: number;
}

/** An error on its way to another process: no stack, no cause. */
export interface RemoteError {
  readonly code: string;
  readonly category: ErrorCategory;
  readonly rule: string;
  readonly expected: string;
  readonly got: string;
  readonly issues: readonly Issue[];
}

/** What comes back: the result, as its schema gave it, or the error. */
export type ReplyMessage =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: RemoteError };

/**
 * Answers one request within its `timeoutMs`. Never rejects, unless it is broken. The signal is aborted when the one who
 * asked no longer waits, as far as the transport learns of it, and when the transport is closed.
 */
export type RequestServer = (request: RequestMessage, signal: AbortSignal) => Promise<ReplyMessage>;

/**
 * Brings requests to one of those that serve them, maybe in another process, and replies back. Delivery is at most
 * once and without order: a request whose reply is lost may have had its effect, and is not sent again. Messages are
 * written with `encode` and read with `decode`: what one side gets is a copy of what the other side gave.
 */
export interface RequestTransport {
  /**
   * Sends a request to one server of its method and resolves with the reply, also with one that holds an error. Many
   * may be under way at once and overtake each other. Where several serve a method, they take turns.
   *
   * Rejects with the signal's reason as soon as it is aborted; the signal alone bounds the wait, a transport keeps no
   * time on this side. Rejects at once with `MORTAR_PORT_UNREACHABLE` when nobody serves the method, and when the
   * transport is closed or gets closed; with an error of the codec for data that it can't carry. Then nothing was sent,
   * except where it got closed.
   */
  request(message: RequestMessage, signal: AbortSignal): Promise<ReplyMessage>;
  /**
   * Serves methods by name, together with others that serve the same. Resolves when requests can arrive; none is lost
   * after that. A server that rejects is answered for with `MORTAR_PORT_FAILED`.
   *
   * Disposal withdraws at once: what is requested later goes to others. It resolves when all that is under way has been
   * answered, which the time of each request bounds. Twice is as once.
   *
   * Rejects with `MORTAR_PORT_UNREACHABLE` when the transport is closed.
   */
  serve(methods: readonly string[], server: RequestServer): Promise<AsyncDisposable>;
  /**
   * Ends all requests under way with `MORTAR_PORT_UNREACHABLE`, aborts those that are served, and accepts no more.
   * Resolves when that is done; it waits for no server. Twice is as once. Whoever made a transport closes it.
   */
  close(): Promise<void>;
}
