import {
  changesByCollection,
  type DocumentChange,
  type StoredDocument,
  valuesUnfit,
} from 'mortar/read-models';
import type { Unit } from 'mortar/unit-of-work';
import { textArray } from '../append/binary-array.js';
import type { Database, Statement } from '../connection/database.js';
import { serverError } from '../connection/failures.js';

/** Raised for a document that has not a value for each field of its collection. */
const UNFIT = 'MR007';
/** Of documents that have not all as many values: no collection has so many fields. */
const UNEVEN = -1;

/** The statements that change documents: one for each collection, in the order that everybody keeps. */
export function changeStatements(
  { schema }: Pick<Database, 'schema'>,
  changes: readonly DocumentChange[],
): readonly Statement[] {
  return changesByCollection(changes).map(({ collection, puts, removals }) => ({
    text: `SELECT ${schema}.change_documents($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [
      collection,
      textArray(removals.map(({ tenant }) => tenant)),
      textArray(removals.map(({ key }) => key)),
      textArray(puts.map(({ tenant }) => tenant)),
      textArray(puts.map(({ key }) => key)),
      textArray(puts.map(({ body }) => body)),
      textArray(columnsOf(puts)),
      widthOf(puts),
    ],
  }));
}

/** The error of a document that does not fit its collection, and the unit that has it; nothing for any other error. */
export function unfitDocument(
  error: unknown,
  units: readonly Unit[] = [],
): { readonly unit: Unit | undefined; readonly error: unknown } | undefined {
  const found = serverError(error);
  if (found?.code !== UNFIT) return undefined;
  const { collection, width }: { readonly collection: string; readonly width: number } = JSON.parse(
    found.detail ?? '{}',
  );
  const unit = units.find(({ documents = [] }) =>
    documents.some(
      (change) =>
        change.kind === 'put' && change.collection === collection && change.document.values.length !== width,
    ),
  );
  return { unit, error: valuesUnfit(collection) };
}

/** The values of the first field, then those of the second, and so on. */
function columnsOf(puts: readonly StoredDocument[]): readonly string[] {
  const width = widthOf(puts);
  const columns: string[] = [];
  for (let field = 0; field < width; field += 1)
    for (const { values } of puts) columns.push(values[field] ?? '');
  return columns;
}

function widthOf(puts: readonly StoredDocument[]): number {
  const width = puts[0]?.values.length ?? 0;
  return puts.every(({ values }) => values.length === width) ? width : UNEVEN;
}
