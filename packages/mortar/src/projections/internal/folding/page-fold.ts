import type { CodecOptions } from '../../../contracts/index.js';
import type { DocumentChange, DocumentStore } from '../../../read-models/index.js';
import { placed } from '../../../sourcing/index.js';
import type { UnplacedEntry } from '../../../unit-of-work/index.js';
import type { Projection } from '../../projection.js';
import type { Folded } from '../../projection-run.js';
import { changeOf, DocumentSlots, type Slot } from './document-slots.js';
import { type PagePlan, planOf } from './page-plan.js';

/** What a page is folded with. */
export interface PageParts {
  readonly projection: Projection;
  readonly collection: string;
  readonly documents: Pick<DocumentStore, 'read'>;
  readonly codec: CodecOptions | undefined;
}

/** How far a page was folded, and why no further. */
export interface PageResult extends Folded {
  /** What the first entry that is not in it has failed with, with its place; nothing where it is for the next page. */
  readonly failure: unknown;
}

/** Which documents are looked at after each event of theirs, to find the one from which on it can't be kept. */
type Watched = Pick<Slot, 'tenant' | 'key'>;

/** Folds a page onto what the store has, up to the first entry that fails. */
export async function foldPage(
  parts: PageParts,
  entries: readonly UnplacedEntry[],
  watched?: Watched,
): Promise<PageResult> {
  const plan = planOf(parts.projection, entries, parts.codec);
  const slots = await DocumentSlots.read(parts.projection, plan.keys, parts);
  const failed = apply(parts, plan, slots, watched);
  // What has failed may have changed documents by half, so those before it are folded anew.
  if (failed !== undefined) {
    const before = await foldPage(parts, entries.slice(0, failed.place));
    return { ...before, failure: before.failure ?? failed.error };
  }
  const changes = changesOf(parts, slots);
  if (!('unkept' in changes)) return resultOf(plan, changes.documents);
  const { unkept, error } = changes;
  if (watched === undefined) return foldPage(parts, entries, unkept);
  // It could be kept after each of its events, and now it can't: so code that is not pure has changed it since.
  const last = plan.steps[unkept.touched]?.entry;
  throw last === undefined ? error : placed(error, last);
}

function resultOf({ steps, failure }: PagePlan, documents: readonly DocumentChange[]): PageResult {
  return { work: { writes: [], appends: [], documents }, entries: steps.length, failure };
}

interface Failed {
  /** Of the entry in its page. */
  readonly place: number;
  readonly error: unknown;
}

function apply(
  parts: PageParts,
  { steps }: PagePlan,
  slots: DocumentSlots,
  watched: Watched | undefined,
): Failed | undefined {
  for (const [place, { entry, events }] of steps.entries()) {
    try {
      for (const event of events) {
        const touched = slots.apply(event, place);
        if (watched !== undefined) check(parts, touched, watched);
      }
    } catch (error) {
      return { place, error: placed(error, entry) };
    }
  }
  return undefined;
}

function check({ projection, collection }: PageParts, touched: readonly Slot[], watched: Watched): void {
  for (const slot of touched)
    if (slot.key === watched.key && slot.tenant === watched.tenant) changeOf(projection, collection, slot);
}

/** All that the page changes, or one of those that can't be kept. */
function changesOf(
  { projection, collection }: PageParts,
  slots: Iterable<Slot>,
): { readonly documents: readonly DocumentChange[] } | { readonly unkept: Slot; readonly error: unknown } {
  const documents: DocumentChange[] = [];
  for (const slot of slots) {
    try {
      const change = changeOf(projection, collection, slot);
      if (change !== undefined) documents.push(change);
    } catch (error) {
      return { unkept: slot, error };
    }
  }
  return { documents };
}
