import { expect, it } from 'vitest';
import { all, type Container, createContainer, lazy, type Token, token } from '../../src/container/index.js';
import { caught } from '../contracts/caught.js';

interface Link {
  readonly next: Link | undefined;
}

const LENGTH = 50_000;
const chain: readonly Token<Link>[] = Array.from({ length: LENGTH }, (_, index) => token<Link>(`s${index}`));
const [first = token<Link>('none')] = chain;

function chainOf(lifetime: 'singleton' | 'scoped' | 'transient', last?: Token<Link>): Container {
  const container = createContainer();
  for (const [index, key] of chain.entries()) {
    const next = chain[index + 1] ?? last;
    if (next === undefined) container.factory(key, [], () => ({ next: undefined }), { lifetime });
    else container.factory(key, [next], (link) => ({ next: link }), { lifetime });
  }
  return container;
}

function lengthOf(link: Link): number {
  let length = 0;
  for (let at: Link | undefined = link; at !== undefined; at = at.next) length += 1;
  return length;
}

it.each(['singleton', 'scoped', 'transient'] as const)(
  'a chain of 50,000 %s services is verified, made and disposed of',
  async (lifetime) => {
    const container = chainOf(lifetime);
    container.verify([{ owner: 'root', dependencies: [first], isSync: true }]);
    const scope = container.openScope();
    expect(lengthOf(scope.resolve(first))).toBe(LENGTH);
    expect(lengthOf(scope.resolve(first))).toBe(LENGTH);
    await scope.close();
    await container.dispose();
  },
);

it('a chain of 50,000 asynchronous services is made', async () => {
  const container = createContainer();
  for (const [index, key] of chain.entries()) {
    const next = chain[index + 1];
    if (next === undefined) container.asyncFactory(key, [], async () => ({ next: undefined }));
    else container.asyncFactory(key, [next], async (link) => ({ next: link }));
  }
  container.verify();
  expect(lengthOf(await container.resolveAsync(first))).toBe(LENGTH);
});

it('a chain of 50,000 lists is made', () => {
  const container = createContainer();
  for (const [index, key] of chain.entries()) {
    const next = chain[index + 1];
    if (next === undefined) container.factory(key, [], () => ({ next: undefined }));
    else container.factory(key, [all(next)], ([link]) => ({ next: link }));
  }
  expect(lengthOf(container.resolve(first))).toBe(LENGTH);
});

it('a chain of 50,000 lazy services is verified', () => {
  const container = createContainer();
  for (const [index, key] of chain.entries()) {
    container.factory(key, [lazy(chain[index + 1] ?? first)], () => ({ next: undefined }), {
      lifetime: 'transient',
    });
  }
  container.verify();
  expect(container.resolve(first)).toEqual({ next: undefined });
});

it('the way to what is missing at the end of a chain of 50,000 is told, cut in its middle', () => {
  const error = caught(() =>
    chainOf('singleton', token('Missing')).verify([{ owner: 'root', dependencies: [first] }]),
  );
  expect(error.issues).toHaveLength(1);
  expect(error.issues[0]?.path).toMatch(/^root → s0 → s1 → .* → … 49802 more … → .* → s49999 → Missing$/);
  expect(error.message.length).toBeLessThan(4_000);
});

it('a cycle of 50,000 is told', () => {
  const error = caught(() => chainOf('transient', first).resolve(first));
  expect(error.code).toBe('MORTAR_BINDING_CYCLE');
  expect(error.issues[0]?.path).toMatch(/^s0 → s1 → .* → s49999 → s0$/);
});

it('what fails deep down is told as itself, and tried anew', () => {
  const Last = token<Link>('Last');
  for (const lifetime of ['singleton', 'scoped', 'transient'] as const) {
    const container = chainOf(lifetime, Last);
    let isReady = false;
    container.factory(Last, [], () => {
      if (!isReady) throw new TypeError('no file');
      return { next: undefined };
    });
    const scope = container.openScope();
    for (const _ of [1, 2]) {
      const error = caught(() => scope.resolve(first));
      expect(error).toMatchObject({ code: 'MORTAR_BINDING_FAILED', cause: new TypeError('no file') });
      expect(error.expected).toBe('Last, bound by the container, to be made');
    }
    isReady = true;
    expect(lengthOf(scope.resolve(first))).toBe(LENGTH + 1);
  }
});

it('what is wide is verified and made as what is deep is: 20,000 services of 200,000 dependencies', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => token<number>(`w${index}`));
  const container = createContainer();
  for (const [index, key] of keys.entries()) {
    const needed = Array.from({ length: 10 }, (_, step) => keys[index + 1 + step * step]).filter(
      (other) => other !== undefined,
    );
    container.factory(key, needed, (...given) => 1 + Math.max(0, ...given));
  }
  container.verify();
  const [top = token<number>('none')] = keys;
  expect(container.resolve(top)).toBe(20_000);
});

it('where everything is wrong, an end is found: 5,000 singletons that all keep something scoped, and are alone or in a cycle', () => {
  const Session = token<object>('Session');
  const keys = Array.from({ length: 5_000 }, (_, index) => token<object>(`w${index}`));
  const container = createContainer();
  container.factory(Session, [], () => ({}), { lifetime: 'scoped' });
  for (const [index, key] of keys.entries()) {
    container.factory(
      key,
      [Session, token(`missing ${index}`), keys[(index + 1) % keys.length] ?? Session],
      () => ({}),
    );
  }
  const faults = container.faults([{ owner: 'root', dependencies: keys, isSync: true }]);
  const count = (code: string): number => faults.filter((fault) => fault.code === code).length;
  expect(count('MORTAR_BINDING_MISSING')).toBe(5_000);
  expect(count('MORTAR_BINDING_CAPTIVE')).toBeGreaterThan(100);
  expect(count('MORTAR_BINDING_CYCLE')).toBe(1);
});
