import { describe, expect, it } from 'vitest';
import { type AnyDependency, type Binding, Container, nameOf, token } from '../../src/container/index.js';
import { MortarError } from '../../src/errors/index.js';
import { caught } from '../contracts/caught.js';

class A {}
class B {}
class C {}
class D {}

/** A binding that makes a list of what it was given. */
function binding(service: AnyDependency, ...dependencies: readonly AnyDependency[]): Binding {
  return {
    service,
    dependencies,
    create: (resolved) => [nameOf(service), ...resolved],
    owner: 'module test',
  };
}

function containerOf(...bindings: readonly Binding[]): Container {
  const container = new Container();
  for (const each of bindings) container.bind(each);
  return container;
}

function pathsOf(error: MortarError): readonly string[] {
  return error.issues.map(({ path }) => path);
}

describe('a container', () => {
  it('makes a service of what it depends on, in the order of the list', () => {
    const container = containerOf(binding(A, B, C), binding(B, C), binding(C));
    expect(container.resolve(A)).toEqual(['A', ['B', ['C']], ['C']]);
  });

  it('makes each service once, when it is first needed', () => {
    const made: string[] = [];
    const make = (service: AnyDependency, ...dependencies: readonly AnyDependency[]): Binding => ({
      ...binding(service, ...dependencies),
      create: () => {
        made.push(nameOf(service));
        return {};
      },
    });
    const container = containerOf(make(A, C), make(B, C), make(C), make(D));
    expect(made).toEqual([]);
    const a = container.resolve(A);
    expect(made).toEqual(['C', 'A']);
    expect(container.resolve(A)).toBe(a);
    container.resolveAll([B, A, C]);
    expect(made).toEqual(['C', 'A', 'B']);
  });

  it.each([undefined, null, 0, ''])('keeps a service that is %s, and makes it no second time', (value) => {
    const setting = token('Setting');
    let made = 0;
    const create = (): unknown => {
      made += 1;
      return value;
    };
    const container = containerOf({ ...binding(setting), create });
    expect([container.resolve(setting), container.resolve(setting)]).toEqual([value, value]);
    expect(made).toBe(1);
  });

  it('tells tokens and classes apart by identity, whatever they are called', () => {
    const Same = { A: class A {} }.A;
    const one = token('Currency');
    const other = token('Currency');
    const value = (service: AnyDependency, what: string): Binding => ({
      ...binding(service),
      create: () => what,
    });
    const container = containerOf(
      value(A, 'a'),
      value(Same, 'same'),
      value(one, 'one'),
      value(other, 'other'),
    );
    expect(container.resolveAll([A, Same, one, other])).toEqual(['a', 'same', 'one', 'other']);
  });

  it('resolves an empty list to an empty list', () => {
    expect(new Container().resolveAll([])).toEqual([]);
  });

  it('refuses a second binding, and names both owners', () => {
    const container = containerOf({ ...binding(A), owner: 'module shop' });
    const error = caught(() => container.bind({ ...binding(A), owner: 'module billing' }));
    expect(error).toMatchObject({
      code: 'MORTAR_BINDING_DUPLICATE',
      expected: 'module shop alone to bind A',
      got: 'a second binding by module billing',
    });
    expect(container.resolve(A)).toEqual(['A']);
  });
});

describe('a service that can not be made', () => {
  it('for want of a binding is refused with the way to it', () => {
    const container = containerOf(binding(A, B), binding(B, C));
    const error = caught(() => container.resolve(A));
    expect(error.code).toBe('MORTAR_BINDING_MISSING');
    expect(error.issues).toEqual([{ path: 'A → B → C', message: 'C is not bound' }]);
  });

  it('since it depends on itself is refused with the whole cycle, and nothing else', () => {
    const container = containerOf(binding(A, B), binding(B, C), binding(C, D), binding(D, B));
    const error = caught(() => container.resolve(A));
    expect(error.code).toBe('MORTAR_BINDING_CYCLE');
    expect(pathsOf(error)).toEqual(['B → C → D → B']);
    expect(pathsOf(caught(() => containerOf(binding(A, A)).resolve(A)))).toEqual(['A → A']);
  });

  it('is refused with what its constructor threw, and with its owner; and is tried anew', () => {
    let isReady = false;
    const cause = new TypeError('no file');
    const create = (): unknown => {
      if (!isReady) throw cause;
      return 'made';
    };
    const container = containerOf(binding(A, B), { ...binding(B), create, owner: 'module billing' });
    const error = caught(() => container.resolve(A));
    expect(error).toMatchObject({
      code: 'MORTAR_BINDING_FAILED',
      category: 'internal',
      expected: 'B, bound by module billing, to be made',
      cause,
    });
    isReady = true;
    expect(container.resolve(A)).toEqual(['A', 'made']);
  });

  it('says so once, however deep it lies', () => {
    const create = (): never => {
      throw new MortarError('MORTAR_CONFIG_INVALID', { rule: 'R.', expected: 'e', got: 'g' });
    };
    const container = containerOf(binding(A, B), binding(B, C), { ...binding(C), create });
    const error = caught(() => container.resolve(A));
    expect(error.cause).toMatchObject({ code: 'MORTAR_CONFIG_INVALID' });
  });
});

describe('verify', () => {
  it('accepts what can be made, and makes nothing', () => {
    const create = (): never => {
      throw new Error('made');
    };
    const container = containerOf(
      { ...binding(A, B, C), create },
      { ...binding(B, C), create },
      { ...binding(C), create },
    );
    expect(() => container.verify([{ owner: 'handler of shop.place', dependencies: [A, C] }])).not.toThrow();
  });

  it('collects every fault at once, with who asks', () => {
    const container = containerOf(binding(A, B, D), binding(B, A), binding(C, C));
    const error = caught(() =>
      container.verify([
        { owner: 'handler of shop.place', dependencies: [A] },
        { owner: 'subscription mail', dependencies: [D, token('Currency')] },
      ]),
    );
    expect(error.code).toBe('MORTAR_BINDING_MISSING');
    expect(error.issues).toEqual([
      { path: 'handler of shop.place → A → D', message: 'D is not bound' },
      { path: 'subscription mail → D', message: 'D is not bound' },
      { path: 'subscription mail → Currency', message: 'Currency is not bound' },
      { path: 'A → B → A', message: 'is a cycle' },
      { path: 'C → C', message: 'is a cycle' },
    ]);
    for (const { path } of error.issues) expect(error.message).toContain(path);
  });

  it('names cycles alone by their own code', () => {
    const error = caught(() => containerOf(binding(A, B), binding(B, A)).verify());
    expect(error.code).toBe('MORTAR_BINDING_CYCLE');
    expect(pathsOf(error)).toEqual(['A → B → A']);
  });

  it('finds faults that no root leads to', () => {
    const error = caught(() =>
      containerOf(binding(A), binding(B, D)).verify([{ owner: 'h', dependencies: [A] }]),
    );
    expect(pathsOf(error)).toEqual(['B → D']);
  });

  it('reports a fault that many share once for each binding, not for each way to it', () => {
    const layers = Array.from(
      { length: 20 },
      (_, index) => [token(`L${index}`), token(`R${index}`)] as const,
    );
    const bindings = layers.flatMap(([left, right], index) => {
      const below = layers[index + 1] ?? [D];
      return [binding(left, ...below), binding(right, ...below)];
    });
    // 2 to the power of 20 ways lead to D.
    const error = caught(() => containerOf(...bindings).verify());
    expect(error.issues).toHaveLength(2);
  });
});
