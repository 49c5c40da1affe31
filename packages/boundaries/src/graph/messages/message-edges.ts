import type { Mention, ScannedCall } from '../../scan/file-scan.js';
import type { MessageDefinition, MessageKind, MessageRole, MessageUse } from '../project-graph.js';
import type { LinkedFile, ScannedProject } from '../scanned-project.js';
import { MessageNames } from './message-names.js';

const kinds: Readonly<Record<string, MessageKind>> = {
  event: 'event',
  command: 'command',
  query: 'query',
  port: 'port',
};

/** What a verb does, by the kind of what it is done with. */
const roles: Readonly<Record<MessageKind, Readonly<Record<string, MessageRole>>>> = {
  event: {
    publish: 'publish',
    publishes: 'publish',
    publishAt: 'publish',
    publishAfter: 'publish',
    publishEvent: 'publish',
    deliver: 'publish',
    deliverInTurn: 'publish',
    deliverSync: 'publish',
    enqueue: 'publish',
    waitFor: 'subscribe',
    stream: 'subscribe',
    schedule: 'publish',
    aggregate: 'publish',
    on: 'subscribe',
    projection: 'subscribe',
    sqlProjection: 'subscribe',
  },
  command: {
    dispatch: 'dispatch',
    tryDispatch: 'dispatch',
    dispatches: 'dispatch',
    handle: 'handle',
    handles: 'handle',
  },
  query: { ask: 'ask', tryAsk: 'ask', asks: 'ask', answer: 'answer', answers: 'answer' },
  port: { uses: 'use', locate: 'use', implement: 'implement' },
};

/** The package that makes contracts. */
const MORTAR = 'mortar';

/** `isKernel` says whether a file is of that package itself, where this is the project. */
export interface MessageContext {
  readonly project: ScannedProject;
  readonly isKernel: (path: string) => boolean;
  /** Takes the paths of files whose own names are followed for others. */
  readonly followed: Set<string>;
}

/** The contracts that a file defines. */
export function findDefinitions(context: MessageContext, file: LinkedFile): readonly MessageDefinition[] {
  const names = new MessageNames(context.project, context.followed);
  return file.scan.definitions.flatMap(({ callee, name, constant, line, column }) => {
    const kind = kindOfCallee(context, names, file, callee);
    return kind === undefined ? [] : [{ kind, name, path: file.path, constant, line, column }];
  });
}

function kindOfCallee(
  { isKernel }: MessageContext,
  names: MessageNames,
  file: LinkedFile,
  callee: Mention,
): MessageKind | undefined {
  const origin = names.originOf(file, callee);
  if (origin.kind === 'package') return origin.package === MORTAR ? kinds[origin.name] : undefined;
  if (origin.kind !== 'declared' || !isKernel(origin.file.path)) return undefined;
  return kinds[origin.found.local ?? origin.found.name];
}

/** Contracts by where they are defined. */
export type DefinitionsByPlace = ReadonlyMap<string, MessageDefinition>;

export function byPlaceOf(definitions: readonly MessageDefinition[]): DefinitionsByPlace {
  return new Map(definitions.map((definition) => [`${definition.path}\n${definition.constant}`, definition]));
}

/** What a file does with contracts, and where. */
export function findUses(
  context: MessageContext,
  file: LinkedFile,
  byPlace: DefinitionsByPlace,
): readonly MessageUse[] {
  const names = new MessageNames(context.project, context.followed);
  const { path } = file;
  return file.scan.calls.flatMap((call) => {
    if (call.verb === 'define') return unreadDefinitions(context, names, file, call);
    const uses = new Map<string, MessageUse>();
    let isRead = false;
    for (const [mention, verb] of mentionsOf(call)) {
      for (const { kind, name, path: definedIn } of names.definitionsOf(file, mention, byPlace)) {
        const role = verb(kind);
        isRead = true;
        if (role === undefined) continue;
        const { line, column } = mention;
        uses.set(`${role} ${definedIn} ${name}`, { role, kind, name, definedIn, path, line, column });
      }
    }
    const isUnread = !isRead && call.unread !== undefined && dealsWithMessages(file, byPlace);
    return [...uses.values(), ...(isUnread ? unreadUse(call, path) : [])];
  });
}

/** Contracts with names that can't be told. */
function unreadDefinitions(
  context: MessageContext,
  names: MessageNames,
  file: LinkedFile,
  { first, unread }: ScannedCall,
): readonly MessageUse[] {
  return first.flatMap((callee): MessageUse[] => {
    const kind = kindOfCallee(context, names, file, callee);
    if (kind === undefined || unread === undefined) return [];
    return [{ role: 'define', kind, name: undefined, definedIn: undefined, path: file.path, ...unread }];
  });
}

/** What a call does with a contract of which only running the code tells which one it is. */
function unreadUse({ verb, unread }: ScannedCall, path: string): readonly MessageUse[] {
  const kind = (['event', 'command', 'query', 'port'] as const).find((one) => roles[one][verb] !== undefined);
  const role = kind === undefined ? undefined : roles[kind][verb];
  if (kind === undefined || role === undefined || unread === undefined) return [];
  const { text, line, column } = unread;
  return [{ role, kind, name: undefined, definedIn: undefined, text, path, line, column }];
}

/** Whether a file imports Mortar, or one that defines contracts: elsewhere the same verbs are those of others. */
function dealsWithMessages({ targets }: LinkedFile, byPlace: DefinitionsByPlace): boolean {
  const paths = new Set(targets.map((to) => (to.kind === 'file' ? to.path : '')));
  if ([...byPlace.values()].some(({ path }) => paths.has(path))) return true;
  return targets.some((to) => to.kind === 'package' && /^(?:@mortar\/|mortar$)/.test(to.name));
}

type RoleOf = (kind: MessageKind) => MessageRole | undefined;

function mentionsOf({ verb, first, dependencies }: ScannedCall): readonly (readonly [Mention, RoleOf])[] {
  const byVerb: RoleOf = (kind) => roles[kind][verb];
  const asDependency: RoleOf = (kind) => (kind === 'port' ? 'use' : undefined);
  return [
    ...first.map((mention) => [mention, byVerb] as const),
    ...dependencies.map((mention) => [mention, asDependency] as const),
  ];
}
