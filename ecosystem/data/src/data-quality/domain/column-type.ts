import type { ColumnType } from '../contract/report.js';

/** What values of a column look like. */
export interface Inference {
  readonly type: ColumnType;
  /** Of dates: how they are written, the most frequent first. */
  readonly formats: readonly string[];
}

/** A column is of a type when so many of its values are. */
const MOST = 0.8;

const INTEGER = /^[+-]?\d{1,18}$/;
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?|inf|infinity)$/i;
const CODE = /^0\d/;
const BOOLEAN = /^(?:true|false|yes|no)$/i;
const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?`;
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const LONG_MONTH =
  '(?:January|February|March|April|May|June|July|August|September|October|November|December)';

/** Each way of writing dates, in the notation of `strptime`. */
const dateFormats: readonly (readonly [format: string, pattern: RegExp])[] = [
  ['iso', new RegExp(String.raw`^\d{4}-\d{2}-\d{2}(?:[T ]${TIME}(?:Z|[+-]\d{2}:?\d{2})?)?$`)],
  ['%Y/%m/%d', /^\d{4}\/\d{1,2}\/\d{1,2}$/],
  ['%Y/%m/%d %H:%M', /^\d{4}\/\d{1,2}\/\d{1,2} \d{1,2}:\d{2}$/],
  ['%Y/%m/%d %H:%M:%S', /^\d{4}\/\d{1,2}\/\d{1,2} \d{1,2}:\d{2}:\d{2}$/],
  ['%d.%m.%Y', /^\d{1,2}\.\d{1,2}\.\d{4}$/],
  // Which of the two a column has is seen from days after the 12th.
  ['%m/%d/%Y', /^(?:0?[1-9]|1[0-2])\/\d{1,2}\/\d{4}$/],
  ['%d/%m/%Y', /^\d{1,2}\/(?:0?[1-9]|1[0-2])\/\d{4}$/],
  ['%b %d %Y', new RegExp(String.raw`^${MONTH} \d{1,2} \d{4}$`, 'i')],
  ['%b %d, %Y', new RegExp(String.raw`^${MONTH} \d{1,2}, \d{4}$`, 'i')],
  ['%B %d, %Y', new RegExp(String.raw`^${LONG_MONTH} \d{1,2}, \d{4}$`, 'i')],
  ['%d %b %Y', new RegExp(String.raw`^\d{1,2} ${MONTH} \d{4}$`, 'i')],
  ['%d %B %Y', new RegExp(String.raw`^\d{1,2} ${LONG_MONTH} \d{4}$`, 'i')],
  ['%d-%b-%Y', new RegExp(String.raw`^\d{1,2}-${MONTH}-\d{4}$`, 'i')],
  ['%d-%b-%y', new RegExp(String.raw`^\d{1,2}-${MONTH}-\d{2}$`, 'i')],
];

/** Infers the type of a column from values of it, none of them missing; `text` where nothing else fits most of them. */
export function inferType(values: readonly string[]): Inference {
  const needed = Math.max(1, values.length * MOST);
  const numbers = values.filter((value) => NUMBER.test(value));
  // Numbers of houses are numbers, and those with zeros before them are codes.
  if (numbers.length >= needed && !values.some((value) => CODE.test(value)))
    return { type: numbers.every((value) => INTEGER.test(value)) ? 'integer' : 'number', formats: [] };
  if (values.filter((value) => BOOLEAN.test(value)).length >= needed) return { type: 'boolean', formats: [] };
  const formats = formatsOf(values);
  const dates = values.filter((value) => patternsOf(formats).some((pattern) => pattern.test(value)));
  if (dates.length >= needed) return { type: 'date', formats };
  return { type: 'text', formats: [] };
}

/** The format that fits most values first, then that which fits most of the rest, and so on. */
function formatsOf(values: readonly string[]): string[] {
  const formats: string[] = [];
  let rest = [...values];
  while (rest.length > 0) {
    const best = mostFitting(rest);
    if (best === undefined) break;
    formats.push(best[0]);
    rest = rest.filter((value) => !best[1].test(value));
  }
  return formats;
}

function mostFitting(values: readonly string[]): (typeof dateFormats)[number] | undefined {
  let best: (typeof dateFormats)[number] | undefined;
  let most = 0;
  for (const candidate of dateFormats) {
    const fitting = values.filter((value) => candidate[1].test(value)).length;
    if (fitting > most) [best, most] = [candidate, fitting];
  }
  return best;
}

function patternsOf(formats: readonly string[]): RegExp[] {
  return dateFormats.filter(([format]) => formats.includes(format)).map(([, pattern]) => pattern);
}
