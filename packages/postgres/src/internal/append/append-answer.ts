/** How a member of an append has failed, as the function `append` answers. */
export interface MemberFailure {
  readonly member: number;
  readonly kind: 'known' | 'stream' | 'condition' | 'epoch';
  /** Of `stream`: the number of the append, from 1 over all members, and what its stream is like. */
  readonly append?: number;
  readonly version?: number;
  readonly state?: number;
  /** Of `condition`: where an event lies that it rules out. */
  readonly position?: number;
}

/** The numbers of an array as the server writes it, `{1,2,3}`; none for null. */
export function numbersOf(array: string | null | undefined): readonly number[] {
  if (typeof array !== 'string' || array === '{}') return [];
  return array.slice(1, -1).split(',').map(Number);
}
