import type { Logger } from 'mortar/logging';
import pg from 'pg';
import type { CheckedOptions } from '../../options.js';
import { placeOf } from '../../options.js';
import type { RawRow } from '../reading/rows.js';
import { clientConfig } from './client-config.js';
import { closed, failureOf, isLost, statementError } from './failures.js';
import { PreparedNames } from './prepared-names.js';
import { type TurnKind, Turns } from './turns.js';

const IDLE_MS = 30_000;

/** A statement for the server. With a name, it may stay prepared there. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
}

/** A connection for as long as somebody has it. Statements go out at once, in their order, without waiting for answers. */
export interface Connection {
  /** Rows of texts, as the server sends them. */
  rows(statement: Statement): Promise<readonly RawRow[]>;
  /** Rows of objects, as `pg` reads them. */
  objects<Row>(statement: Statement): Promise<{ readonly rows: readonly Row[]; readonly rowCount: number }>;
  /** The number of the server's process, as the connection was told: another one than the server says behind a pooler. */
  readonly processId: number | undefined;
  /** Gives the connection up, whatever is under way on it. */
  drop(): void;
}

const TEXTS = { getTypeParser: () => (value: string) => value };

/**
 * The connections of a store. Whatever becomes of one of them is heard by somebody, so that none ends the process; one
 * that was lost is replaced by the next that is asked for.
 */
export class Database {
  readonly options: CheckedOptions;
  /** Where the server is, for messages. */
  readonly place: string;
  /** Whether connections are known to lead to the server itself. */
  isDirect = false;
  /** The schema for those who write it into SQL of their own: in quotes where the server needs them, which other programs may not take. */
  plainSchema: string;
  readonly #pool: pg.Pool;
  readonly #turns: Turns;
  #connected = 0;
  #isClosed = false;
  #entered = 0;
  #left: () => void = () => undefined;
  readonly #prepared = new PreparedNames();
  /** How often a connection was lost: what was known of the server before may not be so any more. */
  #losses = 0;

  constructor(options: CheckedOptions, logger: Logger) {
    this.options = options;
    this.place = placeOf(options);
    this.plainSchema = options.schema;
    this.#turns = new Turns(options.maxConnections);
    this.#pool = new pg.Pool({
      ...clientConfig(options),
      max: options.maxConnections,
      idleTimeoutMillis: IDLE_MS,
    });
    const heard = (error: Error): void => {
      this.#losses += 1;
      logger.debug({ place: this.place, reason: error.message }, 'a connection to PostgreSQL was lost');
    };
    this.#pool.on('connect', (client) => void client.on('error', heard));
    this.#pool.on('error', () => undefined);
  }

  get losses(): number {
    return this.#losses;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The schema, quoted, before a name. */
  get schema(): string {
    return this.options.schema;
  }

  /**
   * The statement under a name, where it may stay prepared; `ofRows` is about how many rows its tables have. The values
   * belong into its parameters, so that there are few texts.
   */
  prepared(statement: Statement, ofRows = 0): Statement {
    const { preparedStatements = this.isDirect } = this.options;
    const name = preparedStatements ? this.#prepared.of(statement.text, ofRows) : undefined;
    return name === undefined ? statement : { ...statement, name };
  }

  /**
   * Runs what a caller of the store has asked for: `close` waits for it, and refuses what comes later.
   * @throws MortarError `MORTAR_STORE_CLOSED`
   */
  async enter<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closed();
    this.#entered += 1;
    try {
      return await work();
    } finally {
      this.#entered -= 1;
      if (this.#entered === 0) this.#left();
    }
  }

  /** One statement, in a transaction of its own. @throws MortarError as `failureOf` answers */
  async rows(statement: Statement): Promise<readonly RawRow[]> {
    try {
      return await this.use((connection) => connection.rows(statement));
    } catch (error) {
      throw failureOf(error, this.place);
    }
  }

  /**
   * Gives work a connection when it is its turn. A connection that was lost meanwhile, or dropped, is not used again.
   * Rejects with what the work throws.
   */
  async use<T>(work: (connection: Connection) => Promise<T>, kind: TurnKind = 'short'): Promise<T> {
    await this.#turns.begin(kind);
    try {
      return await this.#useOne(await this.#connect(), work);
    } finally {
      this.#turns.end(kind);
    }
  }

  async #useOne<T>(client: pg.PoolClient, work: (connection: Connection) => Promise<T>): Promise<T> {
    let isDropped = false;
    const connection: Connection = {
      rows: (statement) => rowsOf(client, statement),
      objects: <Row>(statement: Statement) => objectsOf<Row>(client, statement),
      processId: processIdOf(client),
      drop: () => {
        isDropped = true;
      },
    };
    this.#connected += 1;
    try {
      return await work(connection);
    } catch (error) {
      isDropped ||= isLost(error);
      if (isDropped) this.#losses += 1;
      throw error;
    } finally {
      this.#connected -= 1;
      client.release(isDropped);
    }
  }

  /** Refuses what callers ask for from now on, and waits for what they have asked for before. */
  async stop(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#entered === 0) return;
    await new Promise<void>((resolve) => {
      this.#left = resolve;
    });
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await this.stop();
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      const failure = failureOf(error, this.place);
      // Where nobody has a connection, those who wait for their turn would find the same, each after so long again.
      if (this.#connected === 0) this.#turns.refuseAll(failure);
      throw failure;
    }
  }
}

async function rowsOf(client: pg.PoolClient, { text, values, name }: Statement): Promise<readonly RawRow[]> {
  const result = await client
    .query<(string | null)[]>({
      text,
      values: values === undefined ? [] : [...values],
      rowMode: 'array',
      types: TEXTS,
      ...(name === undefined ? {} : { name }),
    })
    .catch(rethrow);
  // Several statements in one text answer with several results; nobody asks for their rows.
  return Array.isArray(result) ? [] : result.rows;
}

async function objectsOf<Row>(
  client: pg.PoolClient,
  { text, values }: Statement,
): Promise<{ readonly rows: readonly Row[]; readonly rowCount: number }> {
  const result = await client
    .query<Row & pg.QueryResultRow>(text, values === undefined ? [] : [...values])
    .catch(rethrow);
  return { rows: result.rows, rowCount: result.rowCount ?? 0 };
}

function rethrow(error: unknown): never {
  throw statementError(error);
}

/** The driver keeps it, and its types leave it out. */
function processIdOf(client: pg.PoolClient): number | undefined {
  const id: unknown = Reflect.get(client, 'processID');
  return typeof id === 'number' ? id : undefined;
}
