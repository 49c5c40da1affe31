import type { CommandOptions, QueryOptions, SubscribeOptions } from '../bus/index.js';
import type { CommandContract, EventContract, QueryContract } from '../contracts/index.js';
import { MortarError } from '../errors/index.js';

/** What a method is marked as. */
export type Mark =
  | { readonly kind: 'event'; readonly contract: EventContract; readonly options: SubscribeOptions }
  | { readonly kind: 'command'; readonly contract: CommandContract; readonly options: CommandOptions }
  | { readonly kind: 'query'; readonly contract: QueryContract; readonly options: QueryOptions };

/** The marks stand beside the functions, not on them: a decorated class is the same class. */
const marksOf = new WeakMap<object, readonly Mark[]>();

/** A method as it is found on a prototype. */
export interface MarkedMethod {
  readonly method: (context: unknown) => undefined;
  readonly name: string;
  readonly marks: readonly Mark[];
}

/** A decorator that marks a method, under both semantics. */
export function markAs(mark: Mark): (...parts: readonly unknown[]) => void {
  return (target, nameOrContext, descriptor) => {
    const isLegacy = typeof nameOrContext !== 'object';
    const method = isLegacy ? (descriptor as PropertyDescriptor | undefined)?.value : target;
    const isOnPrototype = isLegacy
      ? typeof target !== 'function' && typeof nameOrContext === 'string'
      : isPublicMethod(nameOrContext);
    if (typeof method !== 'function' || !isOnPrototype) {
      throw new MortarError('MORTAR_HANDLER_INVALID', {
        rule: 'A decorated handler is found on the prototype of its class.',
        expected: 'a public method that is not static, and has a text for its name',
        got: `a decorator for ${mark.contract.name} on something else`,
      });
    }
    marksOf.set(method, [...(marksOf.get(method) ?? []), mark]);
  };
}

function isPublicMethod(context: unknown): boolean {
  const { kind, name, static: isStatic, private: isPrivate } = context as ClassMethodDecoratorContext;
  return kind === 'method' && typeof name === 'string' && !isStatic && !isPrivate;
}

/** The marked methods that objects of a prototype have. */
export function markedMethods(prototype: object): readonly MarkedMethod[] {
  const found = new Map<string, MarkedMethod>();
  for (const owner of prototypesFrom(prototype)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (typeof value !== 'function' || found.has(name)) continue;
      found.set(name, { method: value, name, marks: marksOf.get(value) ?? [] });
    }
  }
  return [...found.values()].filter(({ marks }) => marks.length > 0);
}

/** From the object's own class to the last base class. */
function prototypesFrom(first: object): readonly object[] {
  const prototypes: object[] = [];
  for (
    let prototype = first;
    prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    prototypes.push(prototype);
  }
  return prototypes;
}
