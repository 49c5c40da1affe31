import type { Deliveries } from '../../delivery/deliveries.js';
import type { EventLog } from '../../event-store/index.js';
import type { CaughtUpOptions, ProjectionOperations } from '../../projections/index.js';
import type { ReadModelReader } from '../../read-models/index.js';
import type {
  Aggregate,
  DecidedOn,
  DecisionModel,
  DomainEvent,
  HandleOptions,
  Repository,
} from '../../sourcing/index.js';

/** What an app with a store has beside the verbs of every app. */
export interface DurableParticulars {
  /**
   * The documents of a projection of a loaded module, or the tables of one of SQL. Open between the start and the stop.
   * @example
   * const day = await app.readModel(ordersByDay).get('2026-11-21');
   * @throws MortarError `MORTAR_MODULE_MISSING`; `MORTAR_OPTIONS_INVALID` for a tenant that is missing, and one too many
   */
  readonly readModel: ReadModelReader;
  /** All that was ever published and appended, as it is today. Open between the start and the stop. */
  readonly log: EventLog;
  /**
   * The aggregates of one kind, of a loaded module: handles commands, each a unit of work of its own, and tells how they were at any time.
   * @example
   * await app.repository(account).load('anna', { at: new Date('2026-01-01') });
   * @throws MortarError `MORTAR_MODULE_MISSING`
   */
  repository<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
  ): Repository<State, Command, Event>;
  /** Decides over all events that a model's query finds, and commits what was decided. @throws MortarError as `decideOn`; `MORTAR_MODULE_MISSING` */
  decide<State, Command, Event extends DomainEvent>(
    model: DecisionModel<State, Command, Event>,
    command: Command,
    options?: HandleOptions,
  ): Promise<DecidedOn<State, Event>>;
  /**
   * Resolves when a projection's read model, as this process reads it, has everything of the log up to a position: whoever has
   * published something finds it there. What waits for a retry is waited for, and what waits for an operator is not.
   * @example
   * await app.caughtUp({ projection: 'shop/orders-by-day' });
   * @throws MortarError `MORTAR_WAIT_TIMEOUT`, `MORTAR_MODULE_MISSING`, `MORTAR_APP_STATE`
   */
  caughtUp(options: CaughtUpOptions & { readonly projection: string }): Promise<void>;
  /** How the read models of projections stand, and what operators do to them. Open between the start and the stop. */
  readonly projections: ProjectionOperations;
  /** How events come from the log to the modules of this app: how that stands, its pauses, and its upkeep. */
  readonly deliveries: Pick<Deliveries, 'status' | 'pause' | 'resume' | 'cleanUp' | 'forget' | 'idle'>;
}
