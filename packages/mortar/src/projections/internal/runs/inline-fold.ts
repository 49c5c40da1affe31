import { MortarError } from '../../../errors/index.js';
import type { DocumentTransaction } from '../../../read-models/index.js';
import type { UnplacedEntry } from '../../../unit-of-work/index.js';
import { foldPage, type PageParts } from '../folding/page-fold.js';

/**
 * Folds entries onto documents that are locked by being read, all of them in the transaction.
 * @throws MortarError `MORTAR_INLINE_FAILED`; as the store
 */
export async function foldInline(
  parts: Omit<PageParts, 'documents'>,
  tx: DocumentTransaction,
  entries: readonly UnplacedEntry[],
): Promise<void> {
  const documents: PageParts['documents'] = {
    read: (collection, tenant, keys) => tx.readDocuments(collection, tenant, keys),
  };
  for (let rest = entries; rest.length > 0; ) {
    const {
      work,
      entries: folded,
      failure,
    } = await foldPage({ ...parts, documents }, rest).catch((error) => {
      throw asInline(parts.projection, error);
    });
    if (failure !== undefined) throw inlineFailed(parts.projection, failure);
    const changes = work.documents ?? [];
    if (changes.length > 0) await tx.changeDocuments(changes);
    rest = rest.slice(folded);
  }
}

/** What a fold has failed with, as the error of the append; an error of the store stays as it is. */
export function asInline(projection: { readonly name: string }, error: unknown): unknown {
  const isOfFold = error instanceof MortarError && error.code === 'MORTAR_FOLD_FAILED';
  return isOfFold ? inlineFailed(projection, error) : error;
}

/** The error of an append with an entry that an inline projection does not take. */
export function inlineFailed({ name }: { readonly name: string }, error: unknown): MortarError {
  const { got, details } = error instanceof MortarError ? error : { got: String(error), details: {} };
  return new MortarError('MORTAR_INLINE_FAILED', {
    rule: `What is appended is folded into projection ${name} in the same transaction, or not appended.`,
    expected: 'events that it takes',
    got,
    details: { ...details, projection: name },
    cause: error instanceof MortarError ? (error.cause ?? error) : error,
  });
}
