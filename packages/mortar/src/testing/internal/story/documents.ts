import { AssertionError } from 'node:assert';
import { type EventContract, tagsOf } from '../../../contracts/index.js';
import { checkKeys, defuse, describeValue, MortarError } from '../../../errors/index.js';
import { keptDocument, type ProjectedEvent, type Projection } from '../../../projections/index.js';
import { areEqual, met } from '../../like.js';
import { dataText, errorText } from '../scenario-errors.js';
import { differencesBetween } from './differences.js';
import { type Freezer, freeze, freezer, hasChanged, isRefusal } from './freezing.js';
import { eventText } from './story-errors.js';

/** An event as it was given; what is not said has its default. */
export type GivenEvent = Pick<ProjectedEvent, 'type' | 'data'> & {
  readonly [K in keyof ProjectedEvent]?: unknown;
};

type Documents = ReadonlyMap<string, unknown>;

/**
 * Folds what was given, and compares the documents with those that were expected.
 * @throws AssertionError for other documents, and for a projection that breaks the rules of projections
 */
export function judgeDocuments(
  projection: Projection,
  given: readonly GivenEvent[],
  expected: unknown,
  options: unknown,
): void {
  if (typeof expected !== 'object' || expected === null) throw invalid('documents by key', expected);
  const all = tell(projection, given).get(tenantOf(projection, options)) ?? new Map<string, unknown>();
  const wanted = new Map<string, unknown>(Object.entries(expected));
  const keys = [...new Set([...wanted.keys(), ...all.keys()])];
  const lines = keys.flatMap((key) => documentLines(key, wanted, all));
  if (lines.length === 0) return;
  throw storyError(projection, given, 'other documents came of it', lines, {
    actual: Object.fromEntries(all),
    expected: Object.fromEntries([...wanted].map(([key, pattern]) => [key, met(pattern, all.get(key))])),
  });
}

function documentLines(key: string, wanted: Documents, all: Documents): readonly string[] {
  const what = `document ${describeValue(key)}`;
  if (!wanted.has(key)) return [`${what}: expected none; got ${dataText(all.get(key))}`];
  if (!all.has(key)) return [`${what}: expected ${dataText(met(wanted.get(key), undefined))}; got none`];
  const actual = all.get(key);
  const pattern = met(wanted.get(key), actual);
  return areEqual(actual, pattern) ? [] : differencesBetween(what, pattern, actual);
}

/** The documents that come of events, by tenant and key. All that the projection is given is frozen, at every depth. */
function tell(projection: Projection, given: readonly GivenEvent[]): ReadonlyMap<string, Documents> {
  const into = new Map<string, Map<string, unknown>>();
  const frozen = freezer();
  for (const [place, one] of given.entries()) {
    const event = projected(projection, one, place);
    freeze(frozen, event);
    const { perTenant, name } = projection;
    const tenant = perTenant ? (event.tenant ?? '') : '';
    const documents = into.get(tenant) ?? new Map<string, unknown>();
    into.set(tenant, documents);
    const call = <T>(work: () => T): T => called(projection, given, place, frozen, work);
    for (const key of call(() => projection.keysOf(event))) {
      const before = documents.has(key) ? documents.get(key) : call(() => projection.initialState(key));
      freeze(frozen, before);
      const context = { key, tenant: tenant === '' ? undefined : tenant };
      const after = call(() => projection.evolve(before, event, context));
      if (after === undefined) documents.delete(key);
      else {
        call(() => keptDocument({ name, fields: projection.fields }, after));
        freeze(frozen, after);
        documents.set(key, after);
      }
    }
  }
  return into;
}

function called<T>(
  projection: Projection,
  given: readonly GivenEvent[],
  place: number,
  frozen: Freezer,
  work: () => T,
): T {
  const at = `for given ${place + 1}, ${given[place]?.type}`;
  const broken = (what: string, cause?: unknown): AssertionError => {
    const lines = cause === undefined ? [] : [errorText(cause)];
    return storyError(
      projection,
      given,
      `${what} ${at}`,
      lines,
      { actual: what, expected: 'a pure fold' },
      cause,
    );
  };
  let answer: T;
  try {
    answer = work();
  } catch (error) {
    throw broken(isRefusal(frozen, error) ? 'it changes what it is given,' : 'it threw an error', error);
  }
  if (hasChanged(frozen)) throw broken('it changes bytes that it is given,');
  if (defuse(answer)) throw broken('it answered with a promise, where it answers at once,');
  return answer;
}

/** With what an event has that was published. */
function projected({ events }: Projection, given: GivenEvent, place: number): ProjectedEvent {
  const contract: EventContract | undefined = events.get(given.type);
  const defaults = {
    id: `00000000-0000-7000-8000-${String(place + 1).padStart(12, '0')}`,
    streamId: undefined,
    version: undefined,
    key: contract?.key?.(given.data),
    tags: contract === undefined ? [] : tagsOf(contract, given.data),
    occurredAt: 0,
    actor: undefined,
    tenant: undefined,
  };
  // Its fields have been given by their types.
  return { ...defaults, ...given } as ProjectedEvent;
}

function tenantOf({ name, perTenant }: Projection, options: unknown): string {
  if (options !== undefined) checkKeys('then', options, ['tenant']);
  const { tenant }: { readonly tenant?: unknown } = { ...options };
  if (perTenant ? typeof tenant === 'string' : tenant === undefined) return String(tenant ?? '');
  const expected = perTenant
    ? `the tenant whose documents of ${name} are meant`
    : `no tenant, as ${name} has none`;
  throw invalid(expected, tenant);
}

function storyError(
  { name }: Projection,
  given: readonly GivenEvent[],
  what: string,
  lines: readonly string[],
  { actual, expected }: { readonly actual: unknown; readonly expected: unknown },
  cause?: unknown,
): AssertionError {
  const happened = ['What happened:', ...given.map((event) => `  given ${eventText(event)}`)];
  const parts = [`projection ${name}: ${what}`, lines.join('\n'), happened.join('\n')];
  const error = new AssertionError({
    message: parts.filter((part) => part !== '').join('\n\n'),
    actual,
    expected,
    // Not one of Node's own, to whose message it may add the difference a second time.
    operator: 'story',
    stackStartFn: judgeDocuments,
  });
  if (cause !== undefined) error.cause = cause;
  return error;
}

function invalid(expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'then says which documents have come of what was given.',
    expected,
    got: describeValue(got),
  });
}
