const plain = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 6 });
const scientific = new Intl.NumberFormat('en-GB', { notation: 'scientific', maximumSignificantDigits: 6 });

/** A number as a person reads it: `1,234.5`, `1.2E30`, `infinite`. */
export function say(value: number): string {
  if (Number.isNaN(value)) return 'missing';
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : 'infinitely low';
  const size = Math.abs(value);
  return (size !== 0 && (size < 1e-6 || size >= 1e15) ? scientific : plain).format(value);
}

/** A score: two digits behind the point at most. */
export function sayScore(value: number): string {
  return Number.isFinite(value) && Math.abs(value) < 1e6 ? String(Math.round(value * 100) / 100) : say(value);
}
