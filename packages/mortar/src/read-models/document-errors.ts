import { MortarError } from '../errors/index.js';

/** The error of whoever asks for documents of a collection that is not there. */
export function collectionMissing(name: string): MortarError {
  return new MortarError('MORTAR_COLLECTION_MISSING', {
    rule: 'Documents are read from a collection that was made.',
    expected: 'a collection that is there',
    got: `${name}, which was not made or was dropped`,
    details: { collection: name },
  });
}

/** The error of a collection that is there with other fields or indexes. */
export function collectionConflict(name: string): MortarError {
  return new MortarError('MORTAR_COLLECTION_CONFLICT', {
    rule: 'A collection keeps the fields and indexes that it was made with.',
    expected: `the fields and indexes that ${name} has, or another name`,
    got: 'others',
    details: { collection: name },
  });
}

/** The error of a document whose values are not those of the fields of its collection. */
export function valuesUnfit(name: string): MortarError {
  return new MortarError('MORTAR_DOCUMENT_INVALID', {
    rule: 'A document has a value for each field of its collection.',
    expected: `as many values as ${name} has fields`,
    got: 'more or fewer',
    details: { collection: name },
  });
}
