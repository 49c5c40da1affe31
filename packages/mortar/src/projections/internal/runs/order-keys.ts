/** Stands for all keys of a projection. */
export const ALL_KEYS = '*';

/** Of an entry that has a part in no document: nothing is held by it. */
export const NO_KEYS = '-';
