import type {
  DeliveryStore,
  DurableDeadLetterStore,
  MigrationPlan,
  OpenStore,
  Store,
  StoreSurroundings,
} from 'mortar/delivery';
import { MortarError } from 'mortar/errors';
import type { EventStore, SnapshotStore } from 'mortar/event-store';
import { silentLogger } from 'mortar/logging';
import { type DocumentStore, type ProjectionStore, StoredGenerations } from 'mortar/read-models';
import type { UnitStore } from 'mortar/unit-of-work';
import { PostgresDeadLetterStore } from './dead-letter-store.js';
import { PostgresDeliveryStore } from './delivery-store.js';
import { PostgresDocumentStore } from './document-store.js';
import { PostgresEventStore } from './event-store.js';
import { Appender } from './internal/append/appender.js';
import { Database } from './internal/connection/database.js';
import { Notifications } from './internal/connection/notifications.js';
import { postgresGenerations } from './internal/documents/generation-tables.js';
import { LogReader } from './internal/reading/reading.js';
import { BatchCommit } from './internal/units/batch-commit.js';
import { UnitCommit, type UnitCommitParts } from './internal/units/unit-commit.js';
import { UnitGroups } from './internal/units/unit-groups.js';
import { migrate, planMigrations } from './migrations.js';
import { type CheckedOptions, checkOptions, type PostgresOptions } from './options.js';
import { PostgresSnapshotStore } from './snapshot-store.js';
import { PostgresUnitStore } from './unit-store.js';

/**
 * A durable store on PostgreSQL 13 or later.
 * @example
 * createApp({ modules, store: postgres('postgres://shop@127.0.0.1/shop') });
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function postgres(
  urlOrOptions: string | PostgresOptions,
  options: Omit<PostgresOptions, 'url'> = {},
): Store {
  const given = typeof urlOrOptions === 'string' ? { ...options, url: urlOrOptions } : urlOrOptions;
  const checked = checkOptions(given);
  return {
    kind: 'postgres',
    open: (surroundings) => open(checked, surroundings),
    plan: () => plan(checked),
  };
}

async function open(options: CheckedOptions, { logger }: StoreSurroundings): Promise<OpenStore> {
  const database = new Database(options, logger);
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return new OpenPostgresStore(database, new Notifications(database, logger));
}

async function plan(options: CheckedOptions): Promise<MigrationPlan> {
  const database = new Database(options, silentLogger);
  try {
    return await planMigrations(database);
  } finally {
    await database.close();
  }
}

class OpenPostgresStore implements OpenStore {
  readonly kind = 'postgres';
  readonly events: EventStore;
  readonly units: UnitStore;
  readonly deliveries: DeliveryStore;
  readonly deadLetters: DurableDeadLetterStore;
  readonly snapshots: SnapshotStore;
  readonly documents: DocumentStore;
  readonly projections: ProjectionStore;
  readonly #database: Database;
  readonly #notifications: Notifications;
  #closing: Promise<void> | undefined;

  constructor(database: Database, notifications: Notifications) {
    this.#database = database;
    this.#notifications = notifications;
    const appender = new Appender(database, () => notifications.notify('log'));
    const unitParts: UnitCommitParts = {
      database,
      appender,
      onCommitted: ({ schedule, appends }) => {
        if (appends.length > 0) notifications.notify('log');
        if (schedule !== undefined && schedule.length > 0) notifications.notify('deliveries');
      },
    };
    const commit = new UnitCommit(unitParts);
    const groups = new UnitGroups(unitParts, commit);
    const reader = new LogReader(database);
    this.events = entering(database, new PostgresEventStore({ database, appender, notifications, reader }));
    this.units = entering(database, new PostgresUnitStore({ database, appender, commit, groups }));
    const batches = new BatchCommit({ database, appender, units: commit });
    this.deliveries = entering(database, new PostgresDeliveryStore({ database, notifications, batches }));
    this.deadLetters = entering(database, new PostgresDeadLetterStore({ database, notifications }));
    this.snapshots = entering(database, new PostgresSnapshotStore(database));
    this.documents = entering(database, new PostgresDocumentStore(database));
    const generations = postgresGenerations(database, notifications);
    this.projections = entering(database, new StoredGenerations(generations));
  }

  async check(): Promise<void> {
    const text = `SELECT pg_is_in_recovery(), current_setting('transaction_read_only')`;
    const [row] = await this.#database.enter(() => this.#database.rows({ text }));
    if (row?.[0] === 'f' && row[1] === 'off') return;
    throw new MortarError('MORTAR_STORE_UNAVAILABLE', {
      rule: 'A store takes writes.',
      expected: `the primary server at ${this.#database.place}, and not read-only`,
      got: row?.[0] === 't' ? 'a standby' : 'a server that is read-only',
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#database.stop();
    await this.#notifications.close();
    await this.#database.close();
  }
}

/** Not asked of the store: one ends by itself what the other has begun, and the other says in its answer that it is closed. */
const UNENTERED: readonly string[] = ['watch', 'commit'];

/** A port whose methods enter the database, so that closing waits for what is under way and refuses what comes later. */
function entering<Port extends object>(database: Database, port: Port): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (UNENTERED.includes(String(name))) return member.bind(target);
      return (...given: readonly unknown[]) =>
        database.enter(async () => Reflect.apply(member, target, given));
    },
  });
}
