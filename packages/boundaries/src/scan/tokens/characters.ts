const ASCII = 128;

const identifierParts: Uint8Array = table(
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$#\\',
);

/** Whether a UTF-16 code unit belongs to a name. Everything beyond ASCII does that is no white space. */
export function isNamePart(code: number): boolean {
  return code < ASCII ? identifierParts[code] === 1 : !isWideSpace(code);
}

/** Whether a name may begin with it; a digit may not. */
export function isNameStart(code: number): boolean {
  return isNamePart(code) && !isDigit(code);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || (code >= ASCII && isWideSpace(code));
}

/** LF, CR, and the two line separators of Unicode. */
export function isLineBreak(code: number): boolean {
  return code === 10 || code === 13 || code === 0x20_28 || code === 0x20_29;
}

function isWideSpace(code: number): boolean {
  return (
    code === 0xa0 ||
    code === 0xfe_ff ||
    code === 0x20_28 ||
    code === 0x20_29 ||
    code === 0x16_80 ||
    (code >= 0x20_00 && code <= 0x20_0a) ||
    code === 0x20_2f ||
    code === 0x20_5f ||
    code === 0x30_00
  );
}

function table(characters: string): Uint8Array {
  const marks = new Uint8Array(ASCII);
  for (const character of characters) marks[character.charCodeAt(0)] = 1;
  return marks;
}
