import { MortarError } from '../errors/index.js';

/** The error of an append whose caller knows of other inline projections than there are by now. */
export function inlineStale(): MortarError {
  return new MortarError('MORTAR_INLINE_STALE', {
    rule: 'Whoever appends knows which projections are inline, so that each event is folded into all of them.',
    expected: 'the epoch that inlines() tells now',
    got: 'another one, or none',
  });
}
