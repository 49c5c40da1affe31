import type { EventContract } from '../../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MortarError } from '../../errors/index.js';
import { type AppendCondition, type StreamId, streamId } from '../../event-store/index.js';
import type { ContractsFit } from '../aggregate.js';
import type { Decider, DomainEvent } from '../decider.js';
import { checkContracts, checkRetired } from '../internal/declaring/contract-check.js';
import { checkDecider, invalidDecider } from '../internal/declaring/decider-check.js';
import type { Retired } from '../retired.js';

/** Which events a decision depends on: any of these. An item without types asks for all types of the model. */
export type DecisionQuery = AppendCondition['query'];

/** What `decisionModel` takes. */
export interface DecisionModelOptions<
  N extends string,
  State,
  Command,
  Event extends DomainEvent,
  C extends EventContract = EventContract,
> {
  /** Of errors and logs: 1 to 100 characters. */
  readonly name: N;
  readonly decider: Decider<State, Command, Event>;
  /** The contracts of all events that it decides from, or decides. Their `tags` are what queries find them by. */
  readonly events: readonly C[];
  readonly query: (command: NoInfer<Command>) => DecisionQuery;
  /** The stream that an event is appended to; none unless said. The events of one stream come to lie next to each other. */
  readonly streamOf?: (event: NoInfer<Event>) => string | undefined;
  readonly retired?: readonly Retired<NoInfer<Event>>[];
  /** How often a command is decided anew after a conflict; 10 unless said, 0 never, 1,000 at most. */
  readonly retries?: number;
}

/**
 * A decision that no single stream is the boundary of: from all events that a query finds, wherever they are, and valid as long
 * as no other one comes that the query would have found (a dynamic consistency boundary).
 */
export interface DecisionModel<
  State = unknown,
  Command = never,
  Event extends DomainEvent = DomainEvent,
  N extends string = string,
> {
  readonly name: N;
  readonly decider: Decider<State, Command, Event>;
  /** By type. */
  readonly events: ReadonlyMap<string, EventContract>;
  readonly retired: ReadonlyMap<string, Retired<Event>>;
  /** Each item with the types that it asks for. @throws MortarError `MORTAR_DECIDER_INVALID`; what `query` throws */
  readonly queryOf: (command: Command) => DecisionQuery;
  /** @throws MortarError `MORTAR_STREAM_ID_INVALID` */
  readonly streamOf: (event: Event) => StreamId | undefined;
  readonly retries: number;
}

const MODEL_KEYS = [
  'name',
  'decider',
  'events',
  'query',
  'streamOf',
  'retired',
  'retries',
] as const satisfies readonly (keyof DecisionModelOptions<string, unknown, never, DomainEvent>)[];

const DEFAULT_RETRIES = 10;
const MAX_RETRIES = 1_000;
const MAX_NAME_LENGTH = 100;

/**
 * Declares a decision over several streams.
 * @example
 * export const subscribing = decisionModel({
 *   name: 'subscribe-to-course',
 *   decider: subscriptions,
 *   events: [CourseDefined, StudentSubscribed],
 *   query: ({ course, student }) => [{ tags: [`course:${course}`] }, { tags: [`student:${student}`] }],
 * });
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_DECIDER_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function decisionModel<
  const N extends string,
  State,
  Command,
  Event extends DomainEvent,
  C extends EventContract,
>(
  options: DecisionModelOptions<N, State, Command, Event, C>,
  ..._contractsMustFitTheDecider: ContractsFit<Event, C>
): DecisionModel<State, Command, Event, N> {
  checkKeys('a decision model', options, MODEL_KEYS);
  const { name, decider, query, streamOf, retries = DEFAULT_RETRIES } = options;
  checkModelName(name);
  checkDecider(decider);
  const events = checkContracts(`decision model ${name}`, options.events);
  const retired = checkRetired(`decision model ${name}`, options.retired ?? [], events);
  if (typeof query !== 'function') throw invalidQuery(name, 'a function of the command', query);
  checkWholeNumber('retries', retries, 0, MAX_RETRIES);
  const types = { name, known: [...events.keys()], retired: [...retired.keys()] };
  return Object.freeze({
    name,
    decider,
    events,
    retired,
    queryOf: (command: Command) => typedQuery(types, query(command)),
    streamOf: (event: Event) => {
      const stream = streamOf?.(event);
      return stream === undefined ? undefined : streamId(stream);
    },
    retries,
  });
}

interface ModelTypes {
  readonly name: string;
  readonly known: readonly string[];
  readonly retired: readonly string[];
}

/** Retired types may stand for any other one, so each item asks for them too. */
function typedQuery({ name, known, retired }: ModelTypes, query: DecisionQuery): DecisionQuery {
  const isList: boolean = Array.isArray(query);
  if (!isList || query.length === 0)
    throw invalidQuery(name, 'a list of types and tags, at least one', query);
  return query.map((given) => {
    if (!isItem(given)) throw invalidQuery(name, 'items of types and tags', given);
    const { types = known, ...item } = given;
    const unknown = types.find((type) => !known.includes(type));
    if (unknown !== undefined) throw invalidQuery(name, `types among ${known.join(', ')}`, unknown);
    return { ...item, types: [...types, ...retired] };
  });
}

/** As code without a compiler answers; what is in an item is looked at further on. */
function isItem(given: unknown): boolean {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  return !('types' in given) || given.types === undefined || Array.isArray(given.types);
}

function checkModelName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return;
  throw new MortarError('MORTAR_NAME_INVALID', {
    rule: 'A decision model has a name, by which errors tell it.',
    expected: `1 to ${MAX_NAME_LENGTH} characters`,
    got: describeValue(name),
  });
}

function invalidQuery(name: string, expected: string, got: unknown): MortarError {
  return invalidDecider(
    `The query of decision model ${name} says which events a decision depends on.`,
    expected,
    describeValue(got),
  );
}
