import { type JsonPath, jsonPlaces } from '../files/json-place.js';
import type { Place } from '../graph/project-graph.js';
import { languageOf } from '../scan/language.js';
import { END, Lexer } from '../scan/tokens/lexer.js';
import { Places } from '../scan/tokens/places.js';

/** What is meant in a file: what these keys lead to in JSON, or the first statement of code that begins so. */
export type Spot = { readonly json: JsonPath } | { readonly first: 'import' | 'export' };

/** The text of one file, and what is found out about it when somebody asks. */
export class SourceText {
  readonly path: string;
  /** Without a byte order mark; a lone CR is a line break like any other. */
  readonly text: string;
  #places: Places | undefined;
  #inJson: ((path: JsonPath) => Place | undefined) | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text.replace(/^\uFEFF/, '').replace(/\r(?!\n)/g, '\n');
  }

  /** Without its line break; undefined where there is no such line. */
  line(number: number): string | undefined {
    this.#places ??= new Places(this.text);
    const start = this.#places.startOf(number);
    const next = this.#places.startOf(number + 1);
    if (start === undefined) return undefined;
    const line = this.text.slice(start, next === undefined ? undefined : next - 1);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  /** Undefined where it is not there. */
  placeOf(spot: Spot): Place | undefined {
    if ('first' in spot) return this.#firstStatement(spot.first);
    this.#inJson ??= jsonPlaces(this.text);
    return this.#inJson(spot.json);
  }

  #firstStatement(keyword: string): Place | undefined {
    const lexer = new Lexer(this.text, languageOf(this.path)?.isJsx === true);
    while (lexer.next() !== END) {
      if (lexer.depth > 0 || lexer.isAfterDot || !lexer.is(keyword)) continue;
      this.#places ??= new Places(this.text);
      return this.#places.at(lexer.start);
    }
    return undefined;
  }
}

/** Files by their paths. The last is kept, since most of what is found in one is found together. */
export function sourceReader(
  readText: (path: string) => string | undefined,
): (path: string) => SourceText | undefined {
  let last: { readonly path: string; readonly source: SourceText | undefined } | undefined;
  return (path) => {
    if (last?.path !== path) {
      const text = readText(path);
      last = { path, source: text === undefined ? undefined : new SourceText(path, text) };
    }
    return last.source;
  };
}
