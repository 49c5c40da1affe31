import type { Deliveries } from '../../delivery/deliveries.js';
import type { EventLog } from '../../event-store/index.js';

/** What an app with a store has beside the verbs of every app. */
export interface DurableParticulars {
  /** All that was ever published and appended, as it is today. Open between the start and the stop. */
  readonly log: EventLog;
  /** How events come from the log to the modules of this app: how that stands, its pauses, and its upkeep. */
  readonly deliveries: Pick<Deliveries, 'status' | 'pause' | 'resume' | 'cleanUp' | 'forget' | 'idle'>;
}
