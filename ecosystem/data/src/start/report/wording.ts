const EXACT_BELOW = 1_000_000;

/** `93.9 %`; never `100 %` for what is less. */
export function percent(share: number): string {
  return `${(Math.floor(share * 1_000 + 1e-6) / 10).toFixed(share === 1 ? 0 : 1)} %`;
}

/** `3,201`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 4 });
}

/** `1 row`, `2 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `0.8 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** `2012-01-31`, with the time where it is not midnight. */
export function day(ms: number): string {
  const text = new Date(ms).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
}

/** A line without characters that move the cursor of a terminal: names of columns and files may have any. */
export function plain(line: string): string {
  return line.replace(/\p{C}/gu, '\u{FFFD}');
}

/** `1.4 MB`. */
export function bytes(count: number): string {
  return count < EXACT_BELOW ? `${(count / 1_000).toFixed(1)} kB` : `${(count / EXACT_BELOW).toFixed(1)} MB`;
}

/** Stands for a blank where a line may not be broken; `wrapped` makes a blank of it. */
export const KEPT_BLANK = '\u{A0}';

/** A line as several, none of more characters than `width` where its words allow that; those that follow are indented further. */
export function wrapped(line: string, width: number): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let rest = line.slice(indent.length);
  for (let start = indent; rest !== ''; start = `${indent}    `) {
    const cut = cutOf(rest, width - start.length);
    lines.push(start + rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return (lines.length === 0 ? line : lines.join('\n')).replaceAll(KEPT_BLANK, ' ');
}

/** Where a text is broken that has room for so many characters: at the last blank before that, or else at the next. */
function cutOf(text: string, room: number): number {
  if (text.length <= room) return text.length;
  const before = text.lastIndexOf(' ', room);
  if (before > 0) return before;
  const after = text.indexOf(' ');
  return after === -1 ? text.length : after;
}
