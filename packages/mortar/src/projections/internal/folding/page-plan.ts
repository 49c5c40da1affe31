import type { CodecOptions } from '../../../contracts/index.js';
import { isTenantOfDocuments, MAX_DOCUMENTS } from '../../../read-models/index.js';
import { placed } from '../../../sourcing/index.js';
import type { UnplacedEntry } from '../../../unit-of-work/index.js';
import type { ProjectedEvent } from '../../projected-event.js';
import type { Projection } from '../../projection.js';
import { foldFailed } from './evolving.js';
import { projectedEvents } from './projected-entry.js';

/** An event of an entry, and the documents that it has a part in. */
export interface PlannedEvent {
  readonly event: ProjectedEvent;
  /** Of the documents; empty where they are of none. */
  readonly tenant: string;
  readonly keys: readonly string[];
}

/** What is to be folded of a page: its entries from the first on. */
export interface PagePlan {
  readonly steps: readonly { readonly entry: UnplacedEntry; readonly events: readonly PlannedEvent[] }[];
  /** By tenant. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why the entry after them is not among them, where it can't be read. */
  readonly failure: unknown;
}

/**
 * Reads the entries of a page, up to one that can't be read, and as long as a unit of work may change their documents: more of
 * them are for the next page.
 */
export function planOf(
  projection: Projection,
  entries: readonly UnplacedEntry[],
  codec: CodecOptions | undefined,
): PagePlan {
  const steps: PagePlan['steps'][number][] = [];
  const keys = new Map<string, Set<string>>();
  let documents = 0;
  for (const entry of entries) {
    let events: readonly PlannedEvent[];
    try {
      events = plannedEvents(projection, entry, codec);
      checkTenants(projection, events);
      const fresh = freshKeys(keys, events);
      if (fresh > MAX_DOCUMENTS) throw foldFailed(projection.name, 'keys', `${fresh} documents of one entry`);
      if (documents + fresh > MAX_DOCUMENTS) break;
      documents += fresh;
    } catch (error) {
      return { steps, keys, failure: placed(error, entry) };
    }
    for (const event of events) note(keys, event);
    steps.push({ entry, events });
  }
  return { steps, keys, failure: undefined };
}

/** @throws MortarError `MORTAR_FOLD_FAILED`, and as `readEntry` */
export function plannedEvents(
  projection: Projection,
  entry: UnplacedEntry,
  codec: CodecOptions | undefined,
): readonly PlannedEvent[] {
  return projectedEvents(projection, entry, codec).map((event) => ({
    event,
    tenant: projection.perTenant ? (event.tenant ?? '') : '',
    keys: projection.keysOf(event),
  }));
}

/** The envelope takes tenants of as many characters, which may be more bytes. @throws MortarError `MORTAR_FOLD_FAILED` */
function checkTenants({ name }: Projection, events: readonly PlannedEvent[]): void {
  const tooLong = events.find(({ tenant }) => tenant !== '' && !isTenantOfDocuments(tenant));
  if (tooLong === undefined) return;
  throw foldFailed(name, 'perTenant', `a tenant of ${Buffer.byteLength(tooLong.tenant)} bytes`);
}

/** How many documents these have a part in that none before had, counted once for each event. */
function freshKeys(known: ReadonlyMap<string, ReadonlySet<string>>, events: readonly PlannedEvent[]): number {
  let fresh = 0;
  for (const { tenant, keys } of events) {
    const seen = known.get(tenant);
    for (const key of keys) if (seen?.has(key) !== true) fresh += 1;
  }
  return fresh;
}

function note(into: Map<string, Set<string>>, { tenant, keys }: PlannedEvent): void {
  const seen = into.get(tenant) ?? new Set();
  if (seen.size === 0) into.set(tenant, seen);
  for (const key of keys) seen.add(key);
}
