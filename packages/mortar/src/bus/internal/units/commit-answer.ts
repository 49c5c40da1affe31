import { MortarError } from '../../../errors/index.js';
import type { KeptResult } from '../../../unit-of-work/index.js';
import { isFailure } from '../../requests/result.js';
import type { OnCommit, WriteOptions } from '../../units/write.js';
import type { BusCore } from '../bus-core.js';
import type { AnyRequest, HandlerContext } from '../handler-context.js';
import { failureOf, resultOf } from '../requests/answers.js';
import type { Answer, Run } from '../requests/run.js';
import type { UnitCommitter } from './unit-committer.js';
import type { UnitDraft, WriteWork } from './unit-draft.js';

/** The answer of a handler that is made when its unit of work is committed. */
export class CommitAnswer {
  readonly work: WriteWork;
  readonly options: WriteOptions;

  constructor(work: WriteWork, options: WriteOptions) {
    this.work = work;
    this.options = options;
  }

  /** As its handler sees it, who may do no more than return it. */
  asOnCommit<Made>(): OnCommit<Made> {
    return this as unknown as OnCommit<Made>;
  }
}

/** What a handler has answered, and how that is kept. */
export interface Answered {
  readonly run: Pick<Run, 'context' | 'succeed'>;
  readonly contract: AnyRequest;
  readonly answer: unknown;
  readonly keep: ((result: () => unknown) => KeptResult | undefined) | undefined;
}

/** Commits what the handler of a request has done, with its result, and answers with that. */
export async function commitAnswer(
  core: BusCore,
  committer: UnitCommitter,
  { run, contract, answer, keep }: Answered,
): Promise<Answer> {
  const { context } = run;
  checkReturned(context, answer);
  const made = { value: answer instanceof CommitAnswer ? undefined : resultOf(contract, answer) };
  if (answer instanceof CommitAnswer) makeOnCommit(context.draft, contract, answer, made);
  const kept = keep?.(() => made.value);
  const draft = context.hasDraft || kept !== undefined ? context.draft : undefined;
  context.close();
  context.tellRefusal();
  // From here on it may happen, whoever waits for it.
  run.succeed();
  if (draft === undefined) return { ok: true, value: made.value };
  try {
    await core.calls.orGivenUp(context, committer.commit(draft, kept));
    return { ok: true, value: made.value };
  } catch (error) {
    const failure = draft.failureOf(error);
    if (failure === undefined) throw error;
    context.discard();
    return { ok: false, failure: failureOf(contract, failure.name, failure.data) };
  }
}

/** The last of the writes answers with the result, which is checked before anything is committed. */
function makeOnCommit(
  draft: UnitDraft,
  contract: AnyRequest,
  { work, options }: CommitAnswer,
  made: { value: unknown },
): void {
  draft.write(async (tx, unit) => {
    const answer = await work(tx, unit);
    if (isFailure(answer)) draft.refuse(answer);
    made.value = resultOf(contract, answer);
  }, options);
}

/** What was asked for with `commit` and not returned would not happen, and nobody would notice. */
function checkReturned({ answer: asked, handler }: HandlerContext, answer: unknown): void {
  if (asked === undefined || asked === answer) return;
  throw new MortarError('MORTAR_WRITE_INVALID', {
    rule: 'What commit answers with is for the handler to return.',
    expected: 'return commit(…)',
    got: `something else, returned by ${handler.name}`,
  });
}
