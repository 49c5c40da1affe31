import type { Draft } from '../draft.js';

/** Verbs whose first argument is a contract, or a list of them. */
export const firstVerbs: ReadonlySet<string> = new Set([
  'publish',
  'publishAt',
  'publishAfter',
  'publishEvent',
  'deliver',
  'deliverInTurn',
  'deliverSync',
  'enqueue',
  'waitFor',
  'stream',
  'dispatch',
  'tryDispatch',
  'ask',
  'tryAsk',
  'locate',
  'on',
  'handle',
  'handles',
  'answer',
  'answers',
  'implement',
  'uses',
]);
/** Those that send: what they can't be read of is told. Others are names of much else too. */
export const sendingVerbs: ReadonlySet<string> = new Set([
  'publish',
  'publishAt',
  'publishAfter',
  'publishEvent',
  'dispatch',
  'tryDispatch',
  'ask',
  'tryAsk',
]);
/** Verbs all of whose arguments are contracts, or whose first ones are something else. */
export const allVerbs: ReadonlySet<string> = new Set(['publishes', 'dispatches', 'asks', 'schedule']);
/** Verbs that only have dependencies. */
const serviceVerbs: ReadonlySet<string> = new Set([
  'singleton',
  'transient',
  'scoped',
  'factory',
  'asyncFactory',
  'onStart',
  'onStop',
  'health',
]);
/** Functions that take contracts as `events: […]` in their options. */
export const declaringVerbs: ReadonlySet<string> = new Set(['aggregate', 'projection', 'sqlProjection']);
/** Verbs that take a list of contracts as well as one. */
export const listVerbs: ReadonlySet<string> = new Set(['on', ...declaringVerbs]);
/** Verbs that may have a list of dependencies, after a contract or alone. */
export const dependentVerbs: ReadonlySet<string> = new Set([
  'handle',
  'answer',
  'on',
  'implement',
  ...serviceVerbs,
]);
const definers: ReadonlySet<string> = new Set(['event', 'command', 'query', 'port']);

/** It is asked of every name in code. */
const messageVerbs: ReadonlySet<string> = new Set([
  ...firstVerbs,
  ...allVerbs,
  ...serviceVerbs,
  ...declaringVerbs,
]);

/** Whether a call of this name may concern a contract. */
export function isMessageVerb(name: string): boolean {
  return messageVerbs.has(name);
}

/** The verb that a name stands for, if it may concern a contract when it is called. */
export function verbOf({ verbs }: Draft, name: string): string | undefined {
  return isMessageVerb(name) ? name : verbs.get(name);
}

/** Whether a name may be that of `event`, `command`, `query` or `port`, whatever it is called here. */
export function mayDefine(draft: Draft, name: string, isMember: boolean): boolean {
  if (isMember) return definers.has(name);
  const imported =
    draft.importOf(name)?.imported ?? draft.aliases.find((alias) => alias.name === name)?.of.name;
  return imported !== undefined && definers.has(imported);
}
