import { MortarError } from '../../../errors/index.js';
import type { LogEntry } from '../../../event-store/index.js';
import type { Collection } from '../../../read-models/index.js';
import type { Projection } from '../../projection.js';
import type { Folded, FoldWork, ProjectionRun, RunParts } from '../../projection-run.js';
import { foldPage, type PageParts, type PageResult } from '../folding/page-fold.js';
import { plannedEvents } from '../folding/page-plan.js';
import { projectedEvents } from '../folding/projected-entry.js';
import { EntryMemory } from './entry-memory.js';
import { foldInline } from './inline-fold.js';
import { ALL_KEYS, isLostKey, lostKey, NO_KEYS } from './order-keys.js';

/** The run of a fold into documents. */
export function documentRun(projection: Projection, parts: RunParts): ProjectionRun {
  const { collection: name, documents, codec } = parts;
  const { fields, indexes, types } = projection;
  const collection: Collection = { name, fields, indexes };
  const memory = new EntryMemory(codec);
  const page: PageParts = { projection, collection: name, documents, codec };
  return {
    types,
    collection,
    prepare: () => documents.make(collection),
    analyze: () => documents.analyze(name),
    drop: () => documents.drop(name),
    orderKey: (entry) => orderKey(page, entry),
    holdsAll: (key) => projection.onUnreadable === 'hold' && isLostKey(key),
    read: (entry) => {
      projectedEvents(projection, entry, codec);
      return memory.read(entry);
    },
    entryOf: (event) => memory.entryOf(event),
    fold: async (entries) => begun(await foldPage(page, entries)),
    work: async (entries) => whole(await foldPage(page, entries), entries),
    project: (tx, entries) => foldInline(page, tx, entries),
  };
}

function orderKey({ projection, codec }: PageParts, entry: LogEntry): string {
  const { hasSeveralKeys, onUnreadable } = projection;
  // What fails holds all of it anyway.
  if (hasSeveralKeys && onUnreadable === 'hold') return ALL_KEYS;
  try {
    const [event] = plannedEvents(projection, entry, codec);
    if (hasSeveralKeys) return ALL_KEYS;
    const [key] = event?.keys ?? [];
    return event === undefined || key === undefined ? NO_KEYS : JSON.stringify([event.tenant, key]);
  } catch {
    return lostKey(entry);
  }
}

function begun({ work, entries, failure }: PageResult): Folded {
  if (entries === 0 && failure !== undefined) throw failure;
  return { work, entries };
}

function whole({ work, entries, failure }: PageResult, all: readonly LogEntry[]): FoldWork {
  if (failure !== undefined) throw failure;
  if (entries === all.length) return work;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A batch of a projection changes as many documents as a unit of work may.',
    expected: `the ${entries} first entries`,
    got: `${all.length}`,
  });
}
