import { type Envelope, newId } from '../../../contracts/index.js';
import type { CommitResult, KeptResult, Unit, UnitStore } from '../../../unit-of-work/index.js';
import { isThenable } from '../../handler.js';
import type { ReadModels } from '../../units/read-models.js';
import type { BusCore } from '../bus-core.js';
import { HandlerContext } from '../handler-context.js';
import type { Registration } from '../routing/registration.js';
import { awaitMortarAttempt } from '../settle-handler.js';
import type { SourcingStore } from './decisions.js';
import type { UnitDraft } from './unit-draft.js';

/** What a bus needs of a store. */
export interface Units extends Pick<UnitStore, 'commit' | 'findResult'>, SourcingStore {
  readonly readModels: ReadModels;
}

/** Brings units of work to an end: calls those who handle their events within the transaction, and commits. */
export class UnitCommitter {
  readonly #core: BusCore;
  readonly #store: Units;
  /** By event type. */
  readonly #within = new Map<string, readonly Registration[]>();
  /** Units that are being committed on nobody's behalf who is waited for. */
  #open = 0;

  constructor(core: BusCore, store: Units) {
    this.#core = core;
    this.#store = store;
  }

  /** Commits under way of those who publish from outside. */
  get open(): number {
    return this.#open;
  }

  addWithin(registration: Registration): void {
    for (const type of registration.events)
      this.#within.set(type, [...(this.#within.get(type) ?? []), registration]);
  }

  isHandledWithin(type: string): boolean {
    return this.#within.has(type);
  }

  /**
   * What is to be committed, when those have agreed who handle its events within the transaction. They may publish in turn;
   * what one of them throws is thrown.
   */
  async finish(draft: UnitDraft): Promise<Omit<Unit, 'id'>> {
    if (this.#within.size === 0) return draft.work();
    // The list grows while its events are handled.
    for (const envelope of draft.envelopes) {
      for (const registration of this.#within.get(envelope.type) ?? [])
        await this.#handleWithin(registration, envelope, draft);
    }
    return draft.work();
  }

  /**
   * Commits what has been done, and keeps a result with it. Resolves when it is on disk; with nothing where there was
   * nothing to do.
   */
  async commit(draft: UnitDraft, keep?: KeptResult): Promise<CommitResult | undefined> {
    const work = await this.finish(draft);
    if (draft.isEmpty && keep === undefined) return undefined;
    const unit: Unit = { id: newId(), ...work, ...(keep === undefined ? {} : { keep }) };
    const [outcome] = await this.#store.commit([unit]);
    if (outcome?.ok !== true) throw draft.meaningOf(outcome?.error);
    for (const envelope of draft.envelopes) this.#core.eventWatch.accepted(envelope);
    return outcome.result;
  }

  /** The same for one who is not a handler, so that a drain waits for it. */
  async commitFromOutside(draft: UnitDraft): Promise<CommitResult | undefined> {
    this.#open += 1;
    try {
      return await this.commit(draft);
    } catch (error) {
      this.#core.withdraw(draft.envelopes);
      throw error;
    } finally {
      this.#open -= 1;
      this.#core.changed();
    }
  }

  async #handleWithin(registration: Registration, envelope: Envelope, draft: UnitDraft): Promise<void> {
    const context = new HandlerContext(registration, envelope, 1);
    context.join(draft);
    try {
      const work = this.#core.deliverer.callWithin(context, registration);
      if (isThenable(work)) await awaitMortarAttempt(work);
      else context.throwRefusal();
      context.tellRefusal();
    } finally {
      context.close();
    }
  }
}
