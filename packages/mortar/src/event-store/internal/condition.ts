import { checkKeys, describeValue, MortarError } from '../../errors/index.js';
import type { AppendCondition, EncodedEvent } from '../event-store.js';
import { type Position, position } from '../place.js';
import { checkTexts, hasTags } from './filter.js';

/**
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a malformed query, `MORTAR_VERSION_INVALID` for a malformed position
 */
export function checkCondition(condition: AppendCondition): void {
  checkKeys('a condition', condition, ['query', 'after']);
  const { query, after } = condition;
  if (!Array.isArray(query))
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'A condition asks for events.',
      expected: 'an array of types and tags',
      got: describeValue(query),
    });
  for (const item of condition.query) {
    checkKeys('an item of a condition', item, ['types', 'tags']);
    checkTexts('types', item.types);
    checkTexts('tags', item.tags);
  }
  position(after);
}

/** Whether a condition's query asks for an event. The position is for the caller to compare. */
export function matchesQuery(
  event: Pick<EncodedEvent, 'type' | 'tags'>,
  query: AppendCondition['query'],
): boolean {
  return query.some(
    ({ types, tags }) =>
      (types === undefined || types.includes(event.type)) && (tags === undefined || hasTags(event, tags)),
  );
}

/** The error of a conditional append. `found` is the position of an event that the condition rules out. */
export function conditionFailed({ after }: AppendCondition, found: Position): MortarError {
  return new MortarError('MORTAR_APPEND_CONFLICT', {
    rule: 'A conditional append happens only if nothing came that its query asks for.',
    expected: `no such event after position ${after}`,
    got: `one at position ${found}`,
    details: { position: found },
  });
}
