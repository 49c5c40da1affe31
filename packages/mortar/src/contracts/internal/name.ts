import { describeValue, MortarError } from '../../errors/index.js';

/** The longest name a contract may have, in characters. */
export const MAX_NAME_LENGTH = 200;

const EXPECTED = '<module>.<name>, each in kebab-case, such as "shop.order-placed"';

/**
 * Checks that a message's name is `<module>.<name>`, each part in kebab-case (a-z, 0-9, single inner dashes, a letter first).
 * @throws MortarError `MORTAR_NAME_INVALID`
 */
export function checkName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name.length <= MAX_NAME_LENGTH) {
    const dot = name.indexOf('.');
    if (dot > 0 && isKebabCase(name.slice(0, dot)) && isKebabCase(name.slice(dot + 1))) return;
  }
  throw new MortarError('MORTAR_NAME_INVALID', {
    rule: `A contract's name says its module and what it is, in at most ${MAX_NAME_LENGTH} characters.`,
    expected: EXPECTED,
    got: describeValue(name),
  });
}

/**
 * Checks the name of a module: one kebab-case word.
 * @throws MortarError `MORTAR_NAME_INVALID`
 */
export function checkModuleName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name.length <= MAX_NAME_LENGTH && isKebabCase(name)) return;
  throw new MortarError('MORTAR_NAME_INVALID', {
    rule: `A module has a name of its own, in at most ${MAX_NAME_LENGTH} characters.`,
    expected: 'one word in kebab-case, such as "shop" or "data-quality"',
    got: describeValue(name),
  });
}

/** The module that owns a message: the part of its name before the dot. */
export function moduleOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

function isKebabCase(text: string): boolean {
  let afterDash = true;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const isLetter = code >= 97 && code <= 122;
    const isDigit = code >= 48 && code <= 57;
    if (code === 45) {
      if (afterDash) return false;
      afterDash = true;
    } else if (isLetter || (isDigit && index > 0)) {
      afterDash = false;
    } else {
      return false;
    }
  }
  return !afterDash;
}
