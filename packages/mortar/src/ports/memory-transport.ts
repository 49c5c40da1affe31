/// <reference lib="esnext.disposable" preserve="true" />
import { type CodecOptions, decode, encode } from '../contracts/index.js';
import { checkKeys, MortarError } from '../errors/index.js';
import { joinSignals, untilAborted } from '../resilience/abort.js';
import { remoteErrorOf } from './internal/remote-error.js';
import type { ReplyMessage, RequestMessage, RequestServer, RequestTransport } from './transport.js';

/** What `memoryTransport` takes: how large messages may be. */
export type MemoryTransportOptions = CodecOptions;

/**
 * Joins apps of one process, which all get the same transport. Messages really go through text, so what works here has
 * no reference to the other side in it.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function memoryTransport(options: MemoryTransportOptions = {}): RequestTransport {
  checkKeys('memoryTransport', options, ['maxBytes', 'maxDepth']);
  // The codec checks its options when it is used; a wrong one is to show here.
  encode(0, options);
  return new MemoryTransport(options);
}

/** One who serves, and what it has under way. */
interface Server {
  readonly serve: RequestServer;
  readonly underWay: Set<Promise<unknown>>;
}

class MemoryTransport implements RequestTransport {
  readonly #codec: CodecOptions;
  /** By method; the first is the next whose turn it is. */
  readonly #servers = new Map<string, readonly Server[]>();
  readonly #closing = new AbortController();

  constructor(codec: CodecOptions) {
    this.#codec = codec;
  }

  async request(message: RequestMessage, signal: AbortSignal): Promise<ReplyMessage> {
    signal.throwIfAborted();
    const text = encode(message, this.#codec);
    this.#closing.signal.throwIfAborted();
    const server = this.#next(message.method);
    const joined = joinSignals([signal, this.#closing.signal]);
    const inner = joined.signal ?? signal;
    const work = untilAborted(inner, this.#exchange(server, text, inner));
    server.underWay.add(work);
    try {
      return await work;
    } finally {
      server.underWay.delete(work);
      joined.release();
    }
  }

  async serve(methods: readonly string[], serve: RequestServer): Promise<AsyncDisposable> {
    this.#closing.signal.throwIfAborted();
    const server: Server = { serve, underWay: new Set() };
    for (const method of new Set(methods)) this.#servers.set(method, [...this.#of(method), server]);
    return {
      [Symbol.asyncDispose]: async () => {
        for (const method of methods)
          this.#servers.set(
            method,
            this.#of(method).filter((other) => other !== server),
          );
        await Promise.allSettled(server.underWay);
      },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort(
      new MortarError('MORTAR_PORT_UNREACHABLE', {
        rule: 'A transport carries requests until it is closed.',
        expected: 'an open transport',
        got: 'a closed one',
      }),
    );
    this.#servers.clear();
  }

  async #exchange(server: Server, text: string, signal: AbortSignal): Promise<ReplyMessage> {
    const request = decode(text, this.#codec) as RequestMessage;
    return decode(await this.#reply(server, request, signal), this.#codec) as ReplyMessage;
  }

  /** Also a reply that can't be carried is answered. */
  async #reply(server: Server, request: RequestMessage, signal: AbortSignal): Promise<string> {
    try {
      return encode(await server.serve(request, signal), this.#codec);
    } catch (error) {
      const reply: ReplyMessage = {
        ok: false,
        error: remoteErrorOf(error, request.method, request.correlationId),
      };
      return encode(reply);
    }
  }

  #of(method: string): readonly Server[] {
    return this.#servers.get(method) ?? [];
  }

  /** The next whose turn it is; it goes to the end of the row. */
  #next(method: string): Server {
    const [server, ...others] = this.#of(method);
    if (server === undefined) {
      throw new MortarError('MORTAR_PORT_UNREACHABLE', {
        rule: 'A request goes to who serves its method.',
        expected: `one who serves ${method}`,
        got: 'nobody',
      });
    }
    this.#servers.set(method, [...others, server]);
    return server;
  }
}
