import { Socket } from 'node:net';
import type { Logger } from 'mortar/logging';
import pg from 'pg';
import { clientConfig } from './client-config.js';
import type { Database } from './database.js';

/** How often at most others are told that something was appended. NOTIFY takes a lock of the whole cluster at its commit. */
const NOTIFY_EVERY_MS = 5;
/** A listening connection says nothing by itself, so a dead one is found out by asking. */
const HEARTBEAT_MS = 3_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;

/** What somebody may wait for: appends, or anything of subscriptions and of what is scheduled. */
export type Topic = 'log' | 'deliveries';

interface Listener {
  readonly topic: Topic;
  readonly call: () => void;
}

interface Line {
  readonly client: pg.Client;
  readonly socket: Socket;
}

/**
 * Wakes those who wait for something. What this process appends wakes them at once; what others append is told by
 * NOTIFY, or found by looking at the sequence from time to time, which is the truth: a NOTIFY may be lost. Nothing of this
 * happens while nobody waits.
 */
export class Notifications {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  #poll: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #notifyLater: NodeJS.Timeout | undefined;
  #line: Line | undefined;
  #isConnecting = false;
  #retryMs = FIRST_RETRY_MS;
  readonly #due = new Set<Topic>();
  readonly #untold = new Set<Topic>();
  #isClosed = false;
  #isLooking = false;
  readonly #seen = new Map<Topic, string>();

  constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
  }

  /** Whether a connection listens now. */
  get isListening(): boolean {
    return this.#line !== undefined;
  }

  add(topic: Topic, call: () => void): () => void {
    const own: Listener = { topic, call };
    this.#listeners.add(own);
    this.#start();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  /** This process has changed something: wakes its own at once, and tells others soon, once for all that comes meanwhile. */
  notify(topic: Topic): void {
    this.#wake(topic);
    this.#untold.add(topic);
    if (this.#isClosed || !this.#database.options.isListening) return;
    this.#notifyLater ??= setTimeout(() => {
      this.#notifyLater = undefined;
      void this.#tell();
    }, NOTIFY_EVERY_MS).unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#stop();
    if (this.#notifyLater !== undefined) {
      clearTimeout(this.#notifyLater);
      await this.#tell();
    }
  }

  get #channel(): string {
    return `mortar_${this.#database.options.schemaName}`;
  }

  #start(): void {
    if (this.#isClosed || this.#poll !== undefined) return;
    this.#poll = setInterval(() => void this.#look(), this.#database.options.pollMs).unref();
    if (this.#database.options.isListening) void this.#listen();
  }

  #stop(): void {
    clearInterval(this.#poll);
    clearInterval(this.#heartbeat);
    clearTimeout(this.#retry);
    this.#poll = undefined;
    const line = this.#line;
    this.#line = undefined;
    line?.client.end().catch(ignore);
  }

  #wakeAll(): void {
    this.#wake('log');
    this.#wake('deliveries');
  }

  #wake(topic: Topic): void {
    if (this.#listeners.size === 0) return;
    if (this.#due.size === 0) queueMicrotask(() => this.#callDue());
    this.#due.add(topic);
  }

  #callDue(): void {
    const due = new Set(this.#due);
    this.#due.clear();
    for (const { topic, call } of this.#listeners) if (due.has(topic)) callSafely(call);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { schema } = this.#database;
      const [row] = await this.#database.rows({
        text: `SELECT ${schema}.safe_head(), (SELECT concat(sum(revision), ' ', count(*)) FROM ${schema}.subscriptions),
          (SELECT min(due_at) FROM ${schema}.scheduled)`,
      });
      this.#compare('log', `${row?.[0]}`);
      this.#compare('deliveries', `${row?.[1]} ${row?.[2]}`);
    } catch {
      // Whoever waits asks the store too, and learns there what is wrong with it.
    } finally {
      this.#isLooking = false;
    }
  }

  #compare(topic: Topic, state: string): void {
    if (this.#seen.get(topic) !== state) this.#wake(topic);
    this.#seen.set(topic, state);
  }

  async #tell(): Promise<void> {
    const topics = [...this.#untold];
    this.#untold.clear();
    try {
      // Nothing is lost with it, so nobody waits for the disk.
      await this.#database.rows({
        text: `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, topic) FROM unnest($2::text[]) AS topic`,
        values: [this.#channel, topics],
      });
    } catch {
      // Others find it by looking.
    }
  }

  async #listen(): Promise<void> {
    if (this.#isConnecting || this.#line !== undefined) return;
    this.#isConnecting = true;
    const { options } = this.#database;
    const socket = new Socket();
    const client = new pg.Client({
      ...clientConfig(options, options.listenUrl),
      query_timeout: HEARTBEAT_MS,
      pipeline: false,
      stream: () => socket,
    });
    const line: Line = { client, socket };
    client.on('error', ignore);
    client.on('end', () => this.#lost(line));
    client.on('notification', ({ payload }) => this.#wake(payload === 'deliveries' ? 'deliveries' : 'log'));
    try {
      await client.connect();
      await client.query(`LISTEN "${this.#channel}"`);
      this.#isConnecting = false;
      this.#begin(line);
    } catch (error) {
      this.#isConnecting = false;
      this.#logger.debug({ reason: `${error}` }, 'listening for appends did not succeed');
      drop(line);
      this.#listenLater();
    }
  }

  #begin(line: Line): void {
    if (this.#poll === undefined) {
      line.client.end().catch(ignore);
      return;
    }
    this.#line = line;
    this.#retryMs = FIRST_RETRY_MS;
    this.#heartbeat = setInterval(() => void this.#beat(line), HEARTBEAT_MS).unref();
    // What came before it listened was told to nobody.
    this.#wakeAll();
  }

  async #beat(line: Line): Promise<void> {
    try {
      await line.client.query('SELECT 1');
    } catch {
      drop(line);
      this.#lost(line);
    }
  }

  #lost(line: Line): void {
    if (this.#line !== line) return;
    this.#line = undefined;
    clearInterval(this.#heartbeat);
    this.#wakeAll();
    this.#listenLater();
  }

  #listenLater(): void {
    if (this.#poll === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#listen(), this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
  }
}

/** Of a connection that is open on one side only, the end would not come. */
function drop({ client, socket }: Line): void {
  client.end().catch(ignore);
  socket.destroy();
}

/** Whoever appends is not to blame for a listener. */
function callSafely(listener: () => void): void {
  try {
    listener();
  } catch {
    // It looks again by itself from time to time.
  }
}

function ignore(): void {}
