import { newId } from '../../contracts/index.js';
import type { BatchOutcome, DeliveryBatch, OpenStore } from '../../delivery/index.js';
import { categoryOf, MortarError } from '../../errors/index.js';
import {
  type Append,
  type AppendCondition,
  type AppendResult,
  checkAppends,
} from '../../event-store/index.js';
import { type InlineGeneration, subscriptionOf } from '../../read-models/index.js';
import { delayOf } from '../../resilience/backoff.js';
import type { Unit, UnitOutcome } from '../../unit-of-work/index.js';
import type { AnyProjection } from '../projection-run.js';
import { ForeignFold, type InlineFold, InlineView } from './inline-view.js';

/** The code of a projection that this process has. */
export interface InlineCode {
  /** `<module>/<projection>`. */
  readonly name: string;
  readonly projection: Pick<AnyProjection, 'fingerprint'>;
  readonly runOf: (number: number) => InlineFold;
}

/** What appends are made with. */
export interface InlineAppendsParts {
  readonly store: Pick<OpenStore, 'events' | 'units' | 'deliveries' | 'projections'>;
  readonly code: readonly InlineCode[];
  /** Events of these types were committed, with what inline projections make of them. */
  readonly projected?: (types: readonly string[]) => void;
}

/** How often something is tried again for others who change what is inline; each time is another change of theirs. */
const MAX_TRIES = 100;
const MAX_DEMOTIONS = 12;
const BACKOFF = { kind: 'exponential', delayMs: 20, maxDelayMs: 1_000, jitter: true } as const;

/**
 * All that this process appends goes this way: what inline projections take is folded into them in the same transaction, by the code of
 * this process. An inline projection of other code is demoted first: it follows the log from then on, wherever there is its code.
 */
export class InlineAppends {
  readonly #parts: InlineAppendsParts;
  readonly #folds = new Map<string, InlineFold>();
  readonly #demotions = new Map<string, Promise<unknown>>();
  #view = new InlineView({ epoch: 0, generations: [] }, () => undefined);
  #refreshing: Promise<void> | undefined;

  constructor(parts: InlineAppendsParts) {
    this.#parts = parts;
  }

  /** Looks at what is inline. Rejects as the store. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** As `EventStore.append`. */
  async append(appends: readonly Append[], condition?: AppendCondition): Promise<AppendResult> {
    for (let tries = 1; ; tries += 1) {
      const view = this.#view;
      checkAppends(appends, condition);
      if (view.typesOf(appends).length > 0) {
        const unit = { id: newId(), writes: [], appends, ...(condition === undefined ? {} : { condition }) };
        const [outcome] = await this.commit([unit]);
        if (outcome?.ok === true) return outcome.result.append;
        throw outcome?.error;
      }
      try {
        return await this.#parts.store.events.append(appends, condition, view.epoch);
      } catch (error) {
        if (tries >= MAX_TRIES || !(await this.#isMended(error))) throw error;
      }
    }
  }

  /** As `UnitStore.commit`. */
  async commit(units: readonly Unit[]): Promise<readonly UnitOutcome[]> {
    const outcomes: UnitOutcome[] = [];
    let open = units.map((unit, place) => ({ unit, place }));
    for (let tries = 1; open.length > 0; tries += 1) {
      const view = this.#view;
      const results = await this.#parts.store.units.commit(open.map(({ unit }) => view.stamped(unit)));
      const again: typeof open = [];
      for (const [index, one] of open.entries()) {
        const outcome = results[index] ?? { ok: false, error: new TypeError('a unit without an outcome') };
        outcomes[one.place] = outcome;
        if (outcome.ok) this.#tell(view, [one.unit]);
        else if (tries < MAX_TRIES && isMendable(outcome.error)) {
          const failure = await this.#mended(outcome.error);
          if (failure === undefined) again.push(one);
          else outcomes[one.place] = { ok: false, error: failure.error };
        }
      }
      open = again;
    }
    return outcomes;
  }

  /** As `DeliveryStore.commit`. */
  async commitBatch(batch: DeliveryBatch): Promise<BatchOutcome> {
    for (let tries = 1; ; tries += 1) {
      const view = this.#view;
      const units = batch.units.map((unit) => view.stamped(unit));
      const outcome = await this.#parts.store.deliveries.commit({ ...batch, units });
      if (outcome.ok) this.#tell(view, batch.units);
      if (outcome.ok || tries >= MAX_TRIES || !isMendable(outcome.error)) return outcome;
      const failure = await this.#mended(outcome.error);
      if (failure !== undefined) return { ...outcome, error: failure.error };
    }
  }

  #tell(view: InlineView, units: readonly Unit[]): void {
    const { projected } = this.#parts;
    if (projected === undefined) return;
    for (const { appends } of units) {
      const types = view.typesOf(appends);
      if (types.length > 0) projected(types);
    }
  }

  /** Whether what was refused may be tried again. */
  async #isMended(error: unknown): Promise<boolean> {
    if (!isMendable(error)) return false;
    const failure = await this.#mended(error);
    if (failure !== undefined) throw failure.error;
    return true;
  }

  /** Does what is in the way of a commit. Answers with why that failed, if it did. */
  async #mended(error: unknown): Promise<{ readonly error: unknown } | undefined> {
    try {
      if (error instanceof ForeignFold) await this.#demoted(error.generation);
      await this.refresh();
      return undefined;
    } catch (failure) {
      return { error: failure };
    }
  }

  /** Once for all who wait for it. */
  #demoted(generation: InlineGeneration): Promise<unknown> {
    const name = subscriptionOf(generation);
    const present = this.#demotions.get(name);
    if (present !== undefined) return present;
    const demotion = this.#demote(generation).finally(() => this.#demotions.delete(name));
    this.#demotions.set(name, demotion);
    return demotion;
  }

  async #demote(generation: InlineGeneration): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#parts.store.projections.demote(generation);
        return;
      } catch (error) {
        if (error instanceof MortarError && error.code === 'MORTAR_GENERATION_MISSING') return;
        if (categoryOf(error) !== 'unavailable' || tries >= MAX_DEMOTIONS) throw error;
        await new Promise((resolve) => setTimeout(resolve, delayOf(BACKOFF, tries)));
      }
    }
  }

  async #look(): Promise<void> {
    const inlines = await this.#parts.store.projections.inlines();
    this.#view = new InlineView(inlines, (generation) => this.#foldOf(generation));
  }

  #foldOf(generation: InlineGeneration): InlineFold | undefined {
    const subscription = subscriptionOf(generation);
    const known = this.#folds.get(subscription);
    if (known !== undefined) return known;
    const code = this.#parts.code.find(({ name }) => name === generation.projection);
    if (code === undefined || code.projection.fingerprint !== generation.fingerprint) return undefined;
    const fold = code.runOf(generation.number);
    this.#folds.set(subscription, fold);
    return fold;
  }
}

function isMendable(error: unknown): boolean {
  return (
    error instanceof ForeignFold || (error instanceof MortarError && error.code === 'MORTAR_INLINE_STALE')
  );
}
