import {
  compareTexts,
  type DocumentChange,
  type DocumentStore,
  type StoredDocument,
} from '../../../read-models/index.js';
import type { Projection } from '../../projection.js';
import { documentOf, keptDocument } from './document-codec.js';
import { evolved, type Known } from './evolving.js';
import type { PagePlan, PlannedEvent } from './page-plan.js';

/** A document while a page is folded. */
export interface Slot {
  readonly tenant: string;
  readonly key: string;
  /** As the store has it. */
  readonly stored: StoredDocument | undefined;
  known: Known;
  /** Whether what the store has was read into `known`. */
  isRead: boolean;
  /** The place of the last entry that had a part in it. */
  touched: number;
}

/** The documents of a page, read from the store at once. */
export class DocumentSlots {
  readonly #projection: Projection;
  readonly #slots = new Map<string, Map<string, Slot>>();

  private constructor(projection: Projection) {
    this.#projection = projection;
  }

  static async read(
    projection: Projection,
    keys: PagePlan['keys'],
    {
      collection,
      documents,
    }: { readonly collection: string; readonly documents: Pick<DocumentStore, 'read'> },
  ): Promise<DocumentSlots> {
    const slots = new DocumentSlots(projection);
    // Where documents are locked by being read, that happens in one order.
    for (const [tenant, wanted] of [...keys].sort(([a], [b]) => compareTexts(a, b))) {
      const found = wanted.size === 0 ? [] : await documents.read(collection, tenant, [...wanted]);
      const stored = new Map(found.map((document) => [document.key, document]));
      const ofTenant = new Map<string, Slot>();
      for (const key of wanted) ofTenant.set(key, slotOf(tenant, key, stored.get(key)));
      slots.#slots.set(tenant, ofTenant);
    }
    return slots;
  }

  /**
   * Folds an event of the entry at this place into its documents, and answers with them.
   * @throws MortarError `MORTAR_FOLD_FAILED`; as the codec for a document that can't be read
   */
  apply({ event, tenant, keys }: PlannedEvent, place: number): readonly Slot[] {
    const ofTenant = this.#slots.get(tenant);
    return keys.flatMap((key) => {
      const slot = ofTenant?.get(key);
      if (slot === undefined) return [];
      const context = { key, tenant: tenant === '' ? undefined : tenant };
      slot.known = evolved(this.#projection, current(slot), event, context);
      slot.touched = place;
      return [slot];
    });
  }

  *[Symbol.iterator](): Generator<Slot> {
    for (const slots of this.#slots.values()) yield* slots.values();
  }
}

/**
 * What the store is to change for a document; nothing where it is as it was.
 * @throws MortarError `MORTAR_FOLD_FAILED` for one that can't be kept
 */
export function changeOf(projection: Projection, collection: string, slot: Slot): DocumentChange | undefined {
  const { tenant, key, stored, known, isRead } = slot;
  if (!isRead) return undefined;
  if (known === undefined)
    return stored === undefined ? undefined : { kind: 'remove', collection, tenant, key };
  const { body, values } = keptDocument(projection, known.document, key);
  const isAsItWas = body === stored?.body && values.every((value, index) => value === stored.values[index]);
  return isAsItWas ? undefined : { kind: 'put', collection, document: { tenant, key, body, values } };
}

function slotOf(tenant: string, key: string, stored: StoredDocument | undefined): Slot {
  return { tenant, key, stored, known: undefined, isRead: false, touched: 0 };
}

function current(slot: Slot): Known {
  if (!slot.isRead && slot.stored !== undefined) slot.known = { document: documentOf(slot.stored.body) };
  slot.isRead = true;
  return slot.known;
}
