import { MortarError } from '../errors/index.js';
import type { Position } from '../event-store/index.js';

/** The error of a checkpoint that is of another log: what is appended up to there would be passed over. */
export function aheadOfLog(name: string, low: Position, head: Position): MortarError {
  return new MortarError('MORTAR_CHECKPOINT_AHEAD', {
    rule: 'The checkpoint of a subscription is not ahead of the log.',
    expected: `${name} to have come to position ${head} of the log at most`,
    got: `position ${low}; was the log restored from a backup, or the checkpoints kept from another one?`,
    details: { subscription: name, low, head },
  });
}
