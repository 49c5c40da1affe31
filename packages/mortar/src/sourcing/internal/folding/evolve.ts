import { defuse, describeValue, MortarError, messageOf } from '../../../errors/index.js';
import type { DomainEvent, Evolver } from '../../decider.js';

/** The state before the first event. @throws MortarError `MORTAR_FOLD_FAILED` */
export function initialStateOf<State>(evolver: Pick<Evolver<State, never>, 'initialState'>): State {
  return synchronous('initialState', 'nothing', () => evolver.initialState());
}

/** The state after an event. @throws MortarError `MORTAR_FOLD_FAILED` */
export function evolved<State, Event extends DomainEvent>(
  evolver: Pick<Evolver<State, Event>, 'evolve'>,
  state: State,
  event: Event,
): State {
  return synchronous('evolve', event.type, () => evolver.evolve(state, event));
}

function synchronous<State>(part: string, of: string, run: () => State): State {
  let state: State;
  try {
    state = run();
  } catch (cause) {
    throw failed(part, `an error that it threw for ${describeValue(of)}: ${messageOf(cause)}`, cause);
  }
  if (defuse(state)) throw failed(part, `a promise for ${describeValue(of)}`);
  return state;
}

function failed(part: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_FOLD_FAILED', {
    rule: `${part} makes the state of an aggregate from events that have happened, whatever they are.`,
    expected: 'a state, at once',
    got,
    cause,
  });
}
