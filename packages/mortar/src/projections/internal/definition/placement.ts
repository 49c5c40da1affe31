import { checkOneOf } from '../../../errors/index.js';
import { checkFunction, invalid } from './base.js';

/** Where a projection is placed, once it was checked. */
export interface PlacementOptions {
  readonly placement?: 'async' | 'live' | 'inline';
  readonly from?: unknown;
  readonly indexes?: readonly unknown[];
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkPlacement(
  owner: string,
  { placement = 'async', from, indexes = [] }: PlacementOptions,
): 'async' | 'live' | 'inline' {
  checkOneOf('placement', placement, ['async', 'live', 'inline']);
  if (placement === 'live' && indexes.length > 0)
    throw invalid(`${owner} keeps the documents that it has indexes of.`, 'no indexes of a live one', 'some');
  if (from === undefined) return placement;
  checkFunction(owner, 'from', from);
  if (placement === 'live') return placement;
  throw invalid(
    `${owner} is folded from the log; where the events of one document are is for a live one to say.`,
    'no option from',
    'one, and a placement that is not live',
  );
}
