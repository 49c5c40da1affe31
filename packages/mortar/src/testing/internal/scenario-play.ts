import type { Identity, SenderAs } from '../../app.js';
import type { CommandContract, EventContract, QueryContract } from '../../contracts/index.js';
import type { RecordedDeath, RecordedEvent } from '../recorded.js';
import type { TestApp } from '../test-app.js';

/** Something that a scenario does. */
export type Trigger =
  | { readonly kind: 'event'; readonly step: string; readonly event: EventContract; readonly data: unknown }
  | {
      readonly kind: 'request';
      readonly step: string;
      readonly request: CommandContract | QueryContract;
      readonly data: unknown;
    }
  | { readonly kind: 'time'; readonly ms: number };

/** What a scenario does before something happens. */
export interface ScenarioPlan {
  readonly app: TestApp;
  readonly identity: Identity | undefined;
  readonly steps: readonly Trigger[];
  readonly allowsDeadLetters: boolean;
}

/** What a trigger was answered with. */
export type TriggerOutcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failure'; readonly name: string; readonly data: unknown }
  | { readonly kind: 'error'; readonly error: unknown };

/** What came of a scenario, or of one of its given steps, which then is the trigger. */
export interface Played {
  /** The step, in words. */
  readonly title: string;
  readonly steps: readonly Trigger[];
  readonly trigger: Trigger;
  readonly outcome: TriggerOutcome;
  /** What was published in consequence. */
  readonly events: readonly RecordedEvent[];
  readonly deaths: readonly RecordedDeath[];
  readonly allowsDeadLetters: boolean;
}

/**
 * Plays a scenario: one `Played` for each given step, which are facts and must not fail, and the last for what happens.
 * Ends early with one that failed.
 */
export async function play(plan: ScenarioPlan, trigger: Trigger): Promise<readonly Played[]> {
  const all: Played[] = [];
  for (const [place, step] of plan.steps.entries()) {
    const played = await playOne(plan, plan.steps.slice(0, place), step, `given ${nameOf(step)}`);
    all.push(played);
    if (hasFailed(played)) return all;
  }
  all.push(await playOne(plan, plan.steps, trigger, `when ${nameOf(trigger)}`));
  return all;
}

/** Whether a step has failed that was given as a fact. */
export function hasFailed({ outcome, deaths, allowsDeadLetters }: Played): boolean {
  return outcome.kind === 'error' || outcome.kind === 'failure' || (deaths.length > 0 && !allowsDeadLetters);
}

/** What a step does, in words. */
export function nameOf(trigger: Trigger): string {
  if (trigger.kind === 'time') return `${trigger.ms} ms pass`;
  return trigger.kind === 'event' ? trigger.event.name : trigger.request.name;
}

async function playOne(
  { app, identity, allowsDeadLetters }: ScenarioPlan,
  steps: readonly Trigger[],
  trigger: Trigger,
  title: string,
): Promise<Played> {
  app.recorded.clear();
  const sender = identity === undefined ? app : app.as(identity);
  const done =
    trigger.kind === 'time' ? app.advance(trigger.ms).then(() => NONE) : outcomeOf(sender, trigger);
  if (trigger.kind === 'time') await done;
  await app.idle();
  const outcome = await done;
  const published = app.recorded.events();
  const isOwn = trigger.kind === 'event' && outcome.kind === 'none';
  return {
    title,
    steps,
    trigger,
    outcome,
    // The event itself is the first, since the record was empty and the app idle.
    events: isOwn ? published.slice(1) : published,
    deaths: app.recorded.deaths(),
    allowsDeadLetters,
  };
}

const NONE: TriggerOutcome = Object.freeze({ kind: 'none' });

/** Never rejects. */
async function outcomeOf(
  sender: Pick<SenderAs, 'publish' | 'tryDispatch' | 'tryAsk'>,
  trigger: Exclude<Trigger, { kind: 'time' }>,
): Promise<TriggerOutcome> {
  try {
    if (trigger.kind === 'event') {
      await sender.publish(trigger.event, trigger.data);
      return NONE;
    }
    const { request, data } = trigger;
    const answer =
      request.kind === 'command'
        ? await sender.tryDispatch(request, data)
        : await sender.tryAsk(request, data);
    if (answer.ok) return { kind: 'result', value: answer.value };
    return { kind: 'failure', name: answer.failure.name, data: answer.failure.data };
  } catch (error) {
    return { kind: 'error', error };
  }
}
