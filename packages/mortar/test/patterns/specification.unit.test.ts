import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Specification,
  type SpecificationDescription,
  specification,
} from '../../src/patterns/index.js';
import { codeOf } from '../contracts/caught.js';

const isEven = specification<number>('even', (n) => n % 2 === 0);
const isSmall = specification<number>('small', (n) => n < 10);
const isOdd = isEven.not();

describe('a specification', () => {
  it('is met or not', () => {
    expect([1, 2].map((n) => isEven.isSatisfiedBy(n))).toEqual([false, true]);
  });

  it('is combined without being changed', () => {
    const both = isEven.and(isSmall);
    const either = isEven.or(isSmall);
    expect([2, 3, 12, 13].map((n) => both.isSatisfiedBy(n))).toEqual([true, false, false, false]);
    expect([2, 3, 12, 13].map((n) => either.isSatisfiedBy(n))).toEqual([true, true, true, false]);
    expect([2, 3].map((n) => isOdd.isSatisfiedBy(n))).toEqual([false, true]);
    expect(isEven.describe()).toEqual({ kind: 'predicate', name: 'even' });
    expect(Object.isFrozen(isEven)).toBe(true);
  });

  it('takes several others at once, and none', () => {
    const isTiny = specification<number>('tiny', (n) => n < 3);
    expect(isEven.and(isSmall, isTiny).isSatisfiedBy(4)).toBe(false);
    expect(isTiny.or(isOdd, isSmall).isSatisfiedBy(4)).toBe(true);
    expect(isEven.and().isSatisfiedBy(2)).toBe(true);
    expect(isEven.or().isSatisfiedBy(3)).toBe(false);
  });

  it('asks no more than it has to', () => {
    const never = specification<number>('never', () => {
      throw new Error('asked');
    });
    expect(isEven.and(never).isSatisfiedBy(1)).toBe(false);
    expect(isEven.or(never).isSatisfiedBy(2)).toBe(true);
  });

  it('is described as data', () => {
    const described = isEven.and(isSmall.or(isOdd)).not().describe();
    expect(JSON.parse(JSON.stringify(described))).toEqual({
      kind: 'not',
      part: {
        kind: 'and',
        parts: [
          { kind: 'predicate', name: 'even' },
          {
            kind: 'or',
            parts: [
              { kind: 'predicate', name: 'small' },
              { kind: 'not', part: { kind: 'predicate', name: 'even' } },
            ],
          },
        ],
      },
    });
  });

  it('takes one that someone else implements', () => {
    const own: Specification<number> = { ...isSmall, isSatisfiedBy: (n) => n === 4 };
    expect([2, 4].map((n) => isEven.and(own).isSatisfiedBy(n))).toEqual([false, true]);
  });

  it('hands on what its predicate throws', () => {
    const broken = specification('broken', () => {
      throw new RangeError('no');
    });
    expect(() => broken.not().isSatisfiedBy(1)).toThrow(RangeError);
  });
});

describe('what is refused', () => {
  it.each([undefined, 1, 'yes', {}, Promise.resolve(false)])('a predicate that answers with %o', (answer) => {
    const odd = specification(
      'odd',
      Object(() => answer),
    );
    expect(codeOf(() => odd.isSatisfiedBy(1))).toBe('MORTAR_OPTIONS_INVALID');
  });

  it.each<[string, unknown[]]>([
    ['no name', ['', () => true]],
    ['a name that is none', [1, () => true]],
    ['no predicate', ['x']],
    ['a pattern for a predicate', ['x', /x/]],
  ])('%s', (_, args) => {
    expect(codeOf(() => Reflect.apply(specification, undefined, args))).toBe('MORTAR_OPTIONS_INVALID');
  });

  it.each([undefined, null, () => true, {}, { isSatisfiedBy: () => true }])('%o as a part', (part) => {
    for (const verb of ['and', 'or'] as const)
      expect(codeOf(() => Reflect.apply(isEven[verb], isEven, [part]))).toBe('MORTAR_OPTIONS_INVALID');
  });
});

/** A specification over bits, and what it must answer. */
interface Pair {
  readonly spec: Specification<number>;
  readonly answer: (bits: number) => boolean;
}

function bitPair(bit: number): Pair {
  const answer = (bits: number): boolean => ((bits >> bit) & 1) === 1;
  return { spec: specification(`bit ${bit}`, answer), answer };
}

function notPair({ spec, answer }: Pair): Pair {
  return { spec: spec.not(), answer: (bits) => !answer(bits) };
}

function andPair([a, b, c]: readonly [Pair, Pair, Pair]): Pair {
  return {
    spec: a.spec.and(b.spec, c.spec),
    answer: (bits) => a.answer(bits) && b.answer(bits) && c.answer(bits),
  };
}

function orPair([a, b, c]: readonly [Pair, Pair, Pair]): Pair {
  return {
    spec: a.spec.or(b.spec, c.spec),
    answer: (bits) => a.answer(bits) || b.answer(bits) || c.answer(bits),
  };
}

const { pair: pairs } = fc.letrec<{ pair: Pair }>((tie) => {
  const three = fc.tuple(tie('pair'), tie('pair'), tie('pair'));
  return {
    pair: fc.oneof(
      { maxDepth: 5 },
      fc.nat(4).map(bitPair),
      tie('pair').map(notPair),
      three.map(andPair),
      three.map(orPair),
    ),
  };
});

/** Answers from the data alone, as an adapter would. */
function evaluate(description: SpecificationDescription, bits: number): boolean {
  switch (description.kind) {
    case 'predicate':
      return ((bits >> Number(description.name.slice(4))) & 1) === 1;
    case 'and':
      return description.parts.every((part) => evaluate(part, bits));
    case 'or':
      return description.parts.some((part) => evaluate(part, bits));
    case 'not':
      return !evaluate(description.part, bits);
    case 'where':
      throw new Error('there is none');
  }
}

describe('any combination', () => {
  it('is met as logic has it, and its description says the same', () => {
    fc.assert(
      fc.property(pairs, fc.nat(31), ({ spec, answer }, bits) => {
        expect(spec.isSatisfiedBy(bits)).toBe(answer(bits));
        expect(evaluate(spec.describe(), bits)).toBe(answer(bits));
      }),
      { numRuns: 1_000 },
    );
  });
});
