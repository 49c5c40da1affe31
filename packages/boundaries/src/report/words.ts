/** `1 error`, `2 errors`. */
export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** Text without control characters, which could move a terminal's cursor or pretend to be other output. Tabs stay. */
export function printable(text: string): string {
  return text.replaceAll(/(?!\t)[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Fingerprints that stay the same when lines move: keys, numbered where several share one. */
export function fingerprints<T extends { readonly key: string }>(
  violations: readonly T[],
): { readonly violation: T; readonly fingerprint: string }[] {
  const counts = new Map<string, number>();
  return violations.map((violation) => {
    const count = (counts.get(violation.key) ?? 0) + 1;
    counts.set(violation.key, count);
    return { violation, fingerprint: count === 1 ? violation.key : `${violation.key}-${count}` };
  });
}

/** `billing → orders (import)`: who breaks a rule, what is reached, and how. */
export function betweenOf({
  from,
  to,
  kind,
}: {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
}): string {
  return `${from === to ? from : `${from} → ${to}`} (${kind})`;
}

/** A path from the top of the repository. */
export function prefixed(path: string, { prefix = '' }: { readonly prefix?: string }): string {
  return prefix === '' ? path : `${prefix.replace(/\/$/, '')}/${path}`;
}

/** A path as a relative reference of a URI. */
export function pathAsUri(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
