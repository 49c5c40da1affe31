const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
};

/** The value of a string or a template without substitutions, which is given with its quotes. */
export function literalValue(source: string): string {
  const inner = source.slice(1, -1);
  return inner.includes('\\') ? withoutEscapes(inner) : inner;
}

function withoutEscapes(text: string): string {
  return text.replace(
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\s\S]))/g,
    (_, wide: string | undefined, four: string | undefined, two: string | undefined, other: string) => {
      const digits = wide ?? four ?? two;
      if (digits !== undefined) return fromCodePoint(Number.parseInt(digits, 16));
      return other === '\r\n' || other === '\n' || other === '\r' ? '' : (simpleEscapes[other] ?? other);
    },
  );
}

function fromCodePoint(code: number): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : '�';
}
