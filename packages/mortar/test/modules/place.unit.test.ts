import { describe, expect, it } from 'vitest';
import { defineModule } from '../../src/modules/index.js';
import { placeOf } from '../../src/modules/internal/place.js';
import { here } from './here.js';
import { OrderPlaced } from './messages.js';

/** A path from the working directory is shown as it is; one from elsewhere goes up to the root. */
const up = '../'.repeat(process.cwd().split('/').length - 1);

describe('the place in a line of a stack', () => {
  it.each([
    ['a function', '    at register (/app/src/module.ts:12:5)', `${up}app/src/module.ts:12`],
    ['no function', '    at /app/src/module.ts:12:5', `${up}app/src/module.ts:12`],
    ['a URL', '    at register (file:///app/src/module.ts:12:5)', `${up}app/src/module.ts:12`],
    ['a URL with a blank', '    at file:///app%20one/module.ts:3:1', `${up}app one/module.ts:3`],
    ['a method', '    at Object.run [as go] (/app/module.ts:7:9)', `${up}app/module.ts:7`],
    ['an async function', '    at async register (/app/module.ts:7:9)', `${up}app/module.ts:7`],
    ['a relative path', '    at register (src/module.ts:1:1)', 'src/module.ts:1'],
    ['a folder with brackets', '    at register (/app (copy)/module.ts:2:3)', `${up}app (copy)/module.ts:2`],
    ['a folder with a word', '    at register (/look at me/module.ts:2:3)', `${up}look at me/module.ts:2`],
    ['no function, with a word', '    at /look at me/module.ts:2:3', `${up}look at me/module.ts:2`],
    ['a file of this folder', `    at register (${process.cwd()}/a/b.ts:4:1)`, 'a/b.ts:4'],
  ])('with %s', (_, line, place) => {
    expect(placeOf(line)).toBe(place);
  });

  it.each([
    ['nothing', ''],
    ['native code', '    at Array.forEach (<anonymous>)'],
    ['words', '    at somewhere'],
  ])('that is unknown: %s', (_, line) => {
    expect(placeOf(line)).toBe('an unknown place');
  });
});

describe('the place of a registration', () => {
  it('is that of the call, also from a helper of the user, and where the verb was taken off the module', () => {
    const places: string[] = [];
    const { subscriptions } = defineModule('mail', ({ on }) => {
      const listen = (name: string): void => {
        places.push(here(1));
        on(OrderPlaced, { name }, () => {});
      };
      listen('a');
      listen('b');
      places.push(here(1));
      on(OrderPlaced, () => {});
    });
    expect(subscriptions.map(({ place }) => place)).toEqual(places);
  });

  it('is looked for without a trace: the limit of stacks is as it was, also where there is none', () => {
    const { stackTraceLimit } = Error;
    try {
      Error.stackTraceLimit = 0;
      const { subscriptions } = defineModule('mail', (module) => module.on(OrderPlaced, () => {}));
      expect(subscriptions[0]?.place).toMatch(/place\.unit\.test\.ts:\d+$/);
      expect(Error.stackTraceLimit).toBe(0);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  });

  it('is unknown, and no more, where someone else shapes the stacks', () => {
    const { prepareStackTrace } = Error;
    try {
      Error.prepareStackTrace = (_, sites) => sites;
      const { subscriptions } = defineModule('mail', (module) => module.on(OrderPlaced, () => {}));
      expect(subscriptions[0]?.place).toBe('an unknown place');
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
  });
});
