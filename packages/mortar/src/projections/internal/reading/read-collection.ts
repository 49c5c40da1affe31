import type { Collection, DocumentStore, Generation } from '../../../read-models/index.js';
import type { Projection } from '../../projection.js';
import { placeOf } from '../../projection-run.js';

/** The collection of a generation that is read. That of other code may have other fields and indexes. */
export async function readCollection(
  { documents }: { readonly documents: DocumentStore },
  module: string,
  projection: Projection,
  { number, fingerprint }: Pick<Generation, 'number' | 'fingerprint'>,
): Promise<Collection> {
  const { collection: name } = placeOf(module, projection, number);
  const { fields, indexes } = projection;
  if (fingerprint === projection.fingerprint) return { name, fields, indexes };
  const known = await documents.collections();
  return known.find((collection) => collection.name === name) ?? { name, fields: [], indexes: [] };
}
