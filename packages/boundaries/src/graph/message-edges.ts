import type { Mention, ScannedCall } from '../scan/file-scan.js';
import { MessageNames } from './message-names.js';
import type { MessageDefinition, MessageKind, MessageRole, MessageUse } from './project-graph.js';
import type { LinkedFile, ScannedProject } from './scanned-project.js';

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
}

/** The contracts that a file defines. */
export function findDefinitions(context: MessageContext, file: LinkedFile): readonly MessageDefinition[] {
  const names = new MessageNames(context.project);
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
  if (origin?.kind === 'package') return origin.package === MORTAR ? kinds[origin.name] : undefined;
  if (origin?.kind !== 'declared' || !isKernel(origin.file.path)) return undefined;
  return kinds[origin.found.local ?? origin.found.name];
}

/** Contracts by where they are defined. */
export type DefinitionsByPlace = ReadonlyMap<string, MessageDefinition>;

export function byPlaceOf(definitions: readonly MessageDefinition[]): DefinitionsByPlace {
  return new Map(definitions.map((definition) => [`${definition.path}\n${definition.constant}`, definition]));
}

/** What a file does with contracts, and where. */
export function findUses(
  project: ScannedProject,
  file: LinkedFile,
  byPlace: DefinitionsByPlace,
): readonly MessageUse[] {
  const names = new MessageNames(project);
  const uses: MessageUse[] = [];
  for (const call of file.scan.calls) {
    for (const [mention, verb] of mentionsOf(call)) {
      const definition = names.definitionOf(file, mention, byPlace);
      const role = definition === undefined ? undefined : verb(definition.kind);
      if (definition === undefined || role === undefined) continue;
      const { kind, name, path: definedIn } = definition;
      uses.push({ role, kind, name, definedIn, path: file.path, line: mention.line, column: mention.column });
    }
  }
  return uses;
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
