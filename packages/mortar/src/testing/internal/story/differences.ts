import { changesBetween } from '../../../sourcing/index.js';
import { areEqual } from '../../like.js';
import { dataText } from '../scenario-errors.js';

const MAX_LINES = 20;

/**
 * Where a value is not what was expected, one place a line: `data.items[2].price: expected 5; got 6`. None where they are equal,
 * as `deepStrictEqual` has it. `what` names the value.
 */
export function differencesBetween(what: string, expected: unknown, actual: unknown): readonly string[] {
  if (areEqual(expected, actual)) return [];
  const found = changesBetween(expected, actual);
  // What has no place of its own: a class, or a property whose name is a symbol.
  const all = found.length > 0 ? found : [{ path: '', before: expected, after: actual }];
  const lines = all.slice(0, MAX_LINES).map((change) => {
    const wanted = 'before' in change ? dataText(change.before) : 'nothing';
    const came = 'after' in change ? dataText(change.after) : 'nothing';
    return `${what}${change.path === '' ? '' : `, at ${change.path}`}: expected ${wanted}; got ${came}`;
  });
  return all.length > MAX_LINES ? [...lines, `and ${all.length - MAX_LINES} more places`] : lines;
}
