import { expect, test } from 'vitest';
import {
  all,
  type Binding,
  type Container,
  createContainer,
  type Dependency,
  lazy,
  optional,
  type Root,
  token,
} from '../../src/container/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import { caught } from '../contracts/caught.js';

class Service {}
const Key = token<string>('Key');
const sound: Binding = {
  service: Key,
  lifetime: 'singleton',
  dependencies: [],
  how: { kind: 'factory', create: () => 'made' },
  owner: 'test',
};

function bind(change: object): (container: Container) => void {
  return (container) => container.bind({ ...sound, ...change });
}

/** What a program that is not type-checked may pass. */
const wrong = (value: unknown): never => value as never;
const endless: { kind: string; name: string; of?: unknown } = { kind: 'lazy', name: 'endless' };
endless.of = endless;

const OPTIONS: ErrorCode = 'MORTAR_OPTIONS_INVALID';
const STATE: ErrorCode = 'MORTAR_CONTAINER_STATE';

const rows: readonly (readonly [string, ErrorCode, RegExp, (container: Container) => unknown])[] = [
  ['options that are no object', OPTIONS, /takes known options/, () => createContainer(wrong(5))],
  [
    'a misspelt option',
    OPTIONS,
    /got "isDevelopement"/,
    () => createContainer(wrong({ isDevelopement: true })),
  ],
  ['a name that is no text', OPTIONS, /got 5/, () => createContainer({ name: wrong(5) })],
  [
    'isDevelopment that is a text',
    OPTIONS,
    /true or false/,
    () => createContainer({ isDevelopment: wrong('no') }),
  ],
  [
    'onLeak that is no function',
    OPTIONS,
    /a function; got true/,
    () => createContainer({ onLeak: wrong(true) }),
  ],
  ['a misspelt option of a child', OPTIONS, /"nam"/, (container) => container.child(wrong({ nam: 'x' }))],
  ['a binding that is none', OPTIONS, /plain data/, (container) => container.bind(wrong(null))],
  ['a text as what is bound', OPTIONS, /a class, a token or a port; got "Key"/, bind({ service: 'Key' })],
  ['nothing as what is bound', OPTIONS, /got undefined/, bind({ service: undefined })],
  [
    'an object of another kind as what is bound',
    OPTIONS,
    /got an object/,
    bind({ service: { kind: 'event', name: 'x' } }),
  ],
  ['a marked dependency as what is bound', OPTIONS, /got an object/, bind({ service: all(Key) })],
  ['a lifetime that there is not', OPTIONS, /lifetime of Key/, bind({ lifetime: 'request' })],
  ['a value of a lifetime', OPTIONS, /lifetime value/, bind({ how: { kind: 'value', value: 1 } })],
  ['the lifetime of a value without one', OPTIONS, /lifetime value/, bind({ lifetime: 'value' })],
  ['dependencies that are no list', OPTIONS, /a list of a class/, bind({ dependencies: Key })],
  ['a dependency that is a text', OPTIONS, /Dependency 1 of Key/, bind({ dependencies: [Key, 'Key'] })],
  [
    'a dependency that is missing, as of an import cycle',
    OPTIONS,
    /got undefined/,
    bind({ dependencies: [undefined] }),
  ],
  ['a mark of nothing', OPTIONS, /got an object/, bind({ dependencies: [{ kind: 'lazy', name: 'x' }] })],
  ['a mark of itself', OPTIONS, /got an object/, bind({ dependencies: [endless] })],
  [
    'a way of making that there is not',
    OPTIONS,
    /a context, with what it calls/,
    bind({ how: { kind: 'import' } }),
  ],
  [
    'a factory that is none',
    OPTIONS,
    /with what it calls/,
    bind({ how: { kind: 'factory', create: 'Key' } }),
  ],
  ['an arrow function as a class', OPTIONS, /made by new/, bind({ how: { kind: 'class', create: () => 1 } })],
  ['a dispose that is no function', OPTIONS, /option dispose/, bind({ dispose: true })],
  ['an owner that is no text', OPTIONS, /as owner/, bind({ owner: undefined })],
  [
    'an arrow function as a singleton',
    OPTIONS,
    /made by new/,
    (container) =>
      container.singleton(
        wrong(() => 1),
        wrong([]),
      ),
  ],
  [
    'a token as a transient',
    OPTIONS,
    /with what it calls/,
    (container) => container.transient(wrong(Key), wrong([])),
  ],
  [
    'an async function as a scoped class',
    OPTIONS,
    /made by new/,
    (container) =>
      container.scoped(
        wrong(async () => 1),
        wrong([]),
      ),
  ],
  [
    'a misspelt option of a factory',
    OPTIONS,
    /"life"/,
    (container) => container.factory(Key, [], () => '', wrong({ life: 1 })),
  ],
  [
    'a lifetime of a factory that there is not',
    OPTIONS,
    /lifetime/,
    (container) => container.factory(Key, [], () => '', { lifetime: wrong('value') }),
  ],
  [
    'a contextual service without a function',
    OPTIONS,
    /with what it calls/,
    (container) => container.contextual(Key, wrong('x')),
  ],
  ['all of a marked dependency', OPTIONS, /all is of what is bound/, () => all(wrong(lazy(Key)))],
  ['lazy of nothing', OPTIONS, /got undefined/, () => lazy(wrong(undefined))],
  ['optional of a text', OPTIONS, /got "Key"/, () => optional(wrong('Key'))],
  ['a resolve of nothing', OPTIONS, /got undefined/, (container) => container.resolve(wrong(undefined))],
  [
    'a resolve of a text in a scope',
    OPTIONS,
    /got "Key"/,
    (container) => container.openScope().resolve(wrong('Key')),
  ],
  ['a list that is none', OPTIONS, /a list; got an object/, (container) => container.resolveAll(wrong(Key))],
  [
    'a list that is none, in a scope',
    OPTIONS,
    /a list; got/,
    (container) => container.openScope().resolveAll(wrong(Key)),
  ],
  ['a prepared list that is none', OPTIONS, /is a list/, (container) => container.prepare(wrong(Key))],
  [
    'a scope that is none',
    OPTIONS,
    /such a scope; got 5/,
    (container) => container.prepare([]).resolve(wrong(5)),
  ],
  [
    'a scope that is null',
    OPTIONS,
    /such a scope; got null/,
    (container) => container.prepare([]).resolve(wrong(null)),
  ],
  ['roots that are no list', OPTIONS, /a list of who/, (container) => container.verify(wrong({}))],
  [
    'a misspelt option of a root',
    OPTIONS,
    /"sync"/,
    (container) => container.verify([wrong({ owner: 'x', dependencies: [], sync: true })]),
  ],
  [
    'a root without an owner',
    OPTIONS,
    /A root has an owner/,
    (container) => container.faults([wrong({ dependencies: [] })]),
  ],
  [
    'a root that asks for a text',
    OPTIONS,
    /Dependency 0 of x/,
    (container) => container.verify([{ owner: 'x', dependencies: [wrong('y')] } satisfies Root]),
  ],
  [
    'something that is not bound',
    'MORTAR_BINDING_MISSING',
    /Service is not bound/,
    (container) => container.resolve(Service),
  ],
  [
    'a bind after a resolve',
    STATE,
    /before anything is resolved/,
    (container) => {
      container.resolve(all(Key));
      container.bind(sound);
    },
  ],
  [
    'a bind after the end',
    STATE,
    /until it is disposed of/,
    (container) => {
      void container.dispose();
      container.bind(sound);
    },
  ],
  [
    'a resolve after the end',
    STATE,
    /until it is disposed of/,
    (container) => {
      container.value(Key, 'x');
      container.resolve(Key);
      void container.dispose();
      container.resolve(Key);
    },
  ],
  [
    'a scope after the end',
    STATE,
    /until it is disposed of/,
    (container) => {
      void container.dispose();
      container.openScope();
    },
  ],
  [
    'a child after the end',
    STATE,
    /until it is disposed of/,
    (container) => {
      void container.dispose();
      container.child();
    },
  ],
  [
    'a scope that is closed',
    STATE,
    /until it is closed/,
    (container) => {
      const scope = container.openScope();
      scope.close();
      scope.resolve(all(Key));
    },
  ],
  [
    'a scope whose container has ended',
    STATE,
    /until it is disposed of/,
    (container) => {
      const scope = container.openScope();
      scope.resolve(all(Key));
      void container.dispose();
      scope.resolve(all(Key));
    },
  ],
];

test.each(rows.map(([name, code, message, run]) => ({ name, code, message, run })))(
  '$name is refused with $code',
  ({ code, message, run }) => {
    const error = caught(() => run(createContainer()));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  },
);

test('resolveAsync rejects, and never throws', async () => {
  const container = createContainer();
  const scope = container.openScope();
  for (const of of [container, scope]) {
    await expect(of.resolveAsync(wrong(5))).rejects.toMatchObject({ code: OPTIONS });
    await expect(of.resolveAllAsync(wrong(5))).rejects.toMatchObject({ code: OPTIONS });
    await expect(of.resolveAsync(Service)).rejects.toMatchObject({ code: 'MORTAR_BINDING_MISSING' });
  }
  scope.close();
  await expect(scope.resolveAsync(Key)).rejects.toMatchObject({ code: STATE });
  await container.dispose();
  await expect(container.resolveAsync(Key)).rejects.toMatchObject({ code: STATE });
  await expect(container.makeSingletons()).rejects.toMatchObject({ code: STATE });
});

test('names that no one can print are described', () => {
  const unnamed: Dependency<unknown> = token('');
  const container = createContainer();
  expect(caught(() => container.resolve(class {})).message).toContain('an unnamed class is not bound');
  expect(caught(() => container.resolve(unnamed)).message).toContain('an object is not bound');
});
