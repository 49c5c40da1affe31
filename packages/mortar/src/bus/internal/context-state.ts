import type { Envelope } from '../../contracts/index.js';
import type { HandlerContext } from './handler-context.js';
import type { CommitAnswer } from './units/commit-answer.js';
import type { UnitDraft } from './units/unit-draft.js';

/** What a context comes to have when its handler asks for it. */
export interface ContextState {
  /** The handler has ended. */
  isClosed: boolean;
  /** What the handler has published, sent when it succeeds; of an app with a store, the events of the draft. */
  published: Envelope[] | undefined;
  /** What the handler has done so far, of an app with a store. */
  draft: UnitDraft | undefined;
  /** What the handler has asked for with `commit`, and so has to return. */
  answer: CommitAnswer | undefined;
  /** The contexts of the batch that this one leads or is in; the first leads. */
  batch: readonly HandlerContext[] | undefined;
  controller: AbortController | undefined;
  /** The signal of the guards around this call, which follows that of the controller. */
  guarded: AbortSignal | undefined;
  /** Why something was refused that the handler published or did. */
  refusal: { readonly error: unknown } | undefined;
  /** The handler has dispatched a command or called a port: done anew, it would do so again. */
  hasSent: boolean;
  /** How many equal commands and calls the handler has sent, by what they are. */
  sent: Map<string, number> | undefined;
  /** Hears that the attempt has failed. */
  discarded: (() => void) | undefined;
}

const NOTHING = {
  hasSent: false,
  published: undefined,
  draft: undefined,
  answer: undefined,
  batch: undefined,
  controller: undefined,
  guarded: undefined,
  refusal: undefined,
  sent: undefined,
  discarded: undefined,
};

/** The state of all contexts whose handler asked for nothing and has ended. */
export const CLOSED: ContextState = Object.freeze({ isClosed: true, ...NOTHING });

/** The state of all contexts whose handler asked for nothing so far, and goes on. */
export const HELD: ContextState = Object.freeze({ isClosed: false, ...NOTHING });

/** A state of a context's own. */
export function openState(): ContextState {
  return { isClosed: false, ...NOTHING };
}
