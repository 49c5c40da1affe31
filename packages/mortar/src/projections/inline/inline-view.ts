import type { Append } from '../../event-store/index.js';
import type { InlineGeneration, Inlines } from '../../read-models/index.js';
import { compareTexts, subscriptionOf } from '../../read-models/index.js';
import type { ProjectionTransaction, Unit, UnplacedEntry } from '../../unit-of-work/index.js';
import type { ProjectionRun } from '../projection-run.js';

/** Folds what is appended into one generation. */
export type InlineFold = Pick<ProjectionRun, 'project'>;

/** An inline generation is of code that this process has not. Nothing was committed; it has to be demoted first. */
export class ForeignFold extends Error {
  readonly generation: InlineGeneration;

  constructor(generation: InlineGeneration) {
    super(`The projection ${subscriptionOf(generation)} is inline, and of other code.`);
    this.generation = generation;
  }
}

interface Known {
  readonly generation: InlineGeneration;
  readonly types: ReadonlySet<string>;
  readonly fold: InlineFold | undefined;
}

/** What a process knows of what is inline, at one moment. */
export class InlineView {
  readonly epoch: number;
  /** In the order in which everybody locks their documents. */
  readonly #known: readonly Known[];
  readonly #types: ReadonlySet<string>;

  /** @param foldOf what folds into a generation; nothing for one of other code */
  constructor(
    { epoch, generations }: Inlines,
    foldOf: (generation: InlineGeneration) => InlineFold | undefined,
  ) {
    this.epoch = epoch;
    this.#known = [...generations]
      .sort((a, b) => compareTexts(subscriptionOf(a), subscriptionOf(b)))
      .map((generation) => ({ generation, types: new Set(generation.types), fold: foldOf(generation) }));
    this.#types = new Set(generations.flatMap(({ types }) => types));
  }

  /** The types among these events that an inline generation takes. */
  typesOf(appends: readonly Append[]): readonly string[] {
    if (this.#types.size === 0) return NONE;
    const found = new Set<string>();
    for (const { events } of appends)
      for (const { type } of events) if (this.#types.has(type)) found.add(type);
    return [...found];
  }

  /** The unit as it may be committed: with the epoch, and with what brings inline projections on if it may have events of theirs. */
  stamped<Given extends Unit>(unit: Given): Given {
    if (this.epoch === 0 && this.#known.length === 0) return unit;
    const stamped = { ...unit, inlineEpoch: this.epoch };
    // Writes may publish.
    const mayTouch =
      this.#known.length > 0 && (unit.writes.length > 0 || this.typesOf(unit.appends).length > 0);
    if (!mayTouch) return stamped;
    return {
      ...stamped,
      project: async (tx: ProjectionTransaction, events: readonly UnplacedEntry[]) => {
        await unit.project?.(tx, events);
        await this.#project(tx, events);
      },
    };
  }

  async #project(tx: ProjectionTransaction, events: readonly UnplacedEntry[]): Promise<void> {
    for (const { generation, types, fold } of this.#known) {
      const own = events.filter(({ type }) => types.has(type));
      if (own.length === 0) continue;
      if (fold === undefined) throw new ForeignFold(generation);
      await fold.project(tx, own);
    }
  }
}

const NONE: readonly string[] = [];
