import { checkKeys, describeValue, MortarError } from '../errors/index.js';

/** What a handler says it sends, by the names of the messages. An absent list says nothing, an empty one: none. */
export interface Sends {
  readonly publishes?: readonly string[];
  readonly dispatches?: readonly string[];
  readonly asks?: readonly string[];
}

const LISTS: readonly (keyof Sends)[] = ['publishes', 'dispatches', 'asks'];

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkSends(sends: Sends): void {
  checkKeys('sends', sends, LISTS);
  for (const list of LISTS) {
    const names: unknown = sends[list];
    if (names === undefined) continue;
    if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) continue;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: `The option sends.${list} names messages.`,
      expected: 'an array of the names of contracts',
      got: describeValue(names),
    });
  }
}

/**
 * Checks that what a handler sends is among what it said, if it did.
 * @throws MortarError `MORTAR_SEND_UNDECLARED`
 */
export function checkDeclared(
  handler: { readonly name: string; readonly sends: Sends | undefined },
  list: keyof Sends,
  message: string,
): void {
  const declared = handler.sends?.[list];
  if (declared === undefined || declared.includes(message)) return;
  throw new MortarError('MORTAR_SEND_UNDECLARED', {
    rule: 'Where a handler declares what it sends, it sends nothing else.',
    expected: `${list} of ${handler.name} to be one of: ${declared.join(', ') || 'nothing'}`,
    got: message,
  });
}
