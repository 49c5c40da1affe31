import type { SchemaNode } from './node.js';

/** One difference that breaks: where, which rule (a keyword, or a word of ours), and what it means. */
export interface Change {
  /** From the contract: `data.items[].price`, `result`, `schemaVersion`. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** A comparison under way of what is written with what is accepted. */
export interface Comparison {
  readonly written: SchemaNode;
  readonly accepted: SchemaNode;
  /** Names both sides in messages: "old data", "the new schema". */
  readonly words: { readonly written: string; readonly accepted: string };
  /** Whether `additionalProperties: false` of the accepting side refuses properties, or only describes what it makes. */
  readonly isClosed: boolean;
  /** The pairs whose comparison is under way, each with the level of the value it began at. */
  readonly assumed: Map<string, number>;
  steps: number;
}

/** Where in the value a comparison is. */
export interface Place {
  readonly path: string;
  /** How many containers deep. */
  readonly level: number;
}

/** Compares parts of the two documents, one level further down or at the same. */
export type CompareParts = (
  comparison: Comparison,
  written: unknown,
  accepted: unknown,
  place: Place,
) => Change[];

export function inside({ path, level }: Place, segment: string): Place {
  return { path: path + segment, level: level + 1 };
}

/** The segment of a property: `.price`, or `["unit price"]`. */
export function propertySegment(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** A change at a place; the rest of the sentence says what the written side may do that the accepting side refuses. */
export function change(
  comparison: Comparison,
  place: Place,
  rule: string,
  may: string,
  but: string = 'refuses',
): Change[] {
  const { written, accepted } = comparison.words;
  return [{ path: place.path, rule, message: `${written} may ${may}, which ${accepted} ${but}` }];
}
