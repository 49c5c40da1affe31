import { z } from 'zod';
import { type MessageBus, validation } from '../../../src/bus/index.js';
import { command, createEnvelope, event, query } from '../../../src/contracts/index.js';
import { call, callFunction, ignore, Pinged, type Row, rowsFor } from './row.js';

/** Neither names nor patterns. */
const hostile: Readonly<Record<string, unknown>> = {
  'dots and stars': 'a.**.**.b',
  'a costly regular expression': '(a+)+$',
  'an empty text': '',
  blanks: '  ',
  'an inner blank': 'shop.order placed',
  '513 characters': `shop.${'x'.repeat(508)}`,
  'CR LF': 'shop.order\r\nplaced',
  NUL: 'shop.order\0placed',
  'the prototype': '__proto__',
  'the prototype of a module': '__proto__.polluted',
  'a constructor': 'constructor',
  'a path': '../../etc/passwd',
  SQL: "'; DROP TABLE events;--",
  'a composed accent': 'shop.caf\u00e9',
  'a decomposed accent': 'shop.cafe\u0301',
  'a look-alike letter': 'sh\u043ep.order',
  capitals: 'Shop.Order',
  'one part': 'shop',
  'three parts': 'shop.order.placed',
  'an empty module': '.placed',
  'an empty name': 'shop.',
};

const wrongStars: Readonly<Record<string, unknown>> = {
  'a lone star': '*',
  'three stars': '***',
  'two stars in a part': 'shop.*order*',
  'two stars side by side': 'shop.**',
  'two stars as a module': '**.placed',
  'a third part': 'shop.*.*',
  'a question mark': 'shop.order-?',
  'a character class': 'shop.[a-z]*',
  alternatives: '{shop,cart}.*',
};

const notWords: Readonly<Record<string, unknown>> = {
  'an empty text': '',
  blanks: '   ',
  'a leading blank': ' pinger',
  '201 characters': 'x'.repeat(201),
  'CR LF': 'pinger\r\nadmin: true',
  'a hash, which is for made-up names': 'pinger#1',
  'a number': 5,
  null: null,
  'a symbol': Symbol('pinger'),
  'an array': ['pinger'],
};

const data = z.object({});

const notModules = { ...notWords, capitals: 'Shop', 'two parts': 'shop.orders', 'a path': '../../etc' };

const declare: Readonly<Record<string, (name: unknown) => unknown>> = {
  event: (name) => callFunction(event, name, { data }),
  command: (name) => callFunction(command, name, { data }),
  query: (name) => callFunction(query, name, { data }),
};

const subscribe = (bus: MessageBus, options: object): unknown =>
  call(bus.events, 'subscribe', Pinged, options, () => undefined);

export const names: readonly Row[] = [
  ...Object.entries(declare).flatMap(([kind, make]) =>
    rowsFor(
      `the name of ${kind}`,
      { ...hostile, 'a pattern': 'shop.*', 'a number': 5 },
      { code: 'MORTAR_NAME_INVALID' },
      (_, name) => make(name),
    ),
  ),
  ...rowsFor('a pattern', { ...hostile, ...wrongStars }, { code: 'MORTAR_PATTERN_INVALID' }, (bus, pattern) =>
    call(bus.events, 'subscribe', pattern, ignore),
  ),
  ...rowsFor('once by a pattern', wrongStars, { code: 'MORTAR_PATTERN_INVALID' }, (bus, pattern) =>
    call(bus.events, 'once', pattern, ignore),
  ),
  ...rowsFor('the name of a subscription', notWords, { code: 'MORTAR_OPTIONS_INVALID' }, (bus, name) =>
    subscribe(bus, { name }),
  ),
  ...rowsFor('the module of a subscription', notModules, { code: 'MORTAR_NAME_INVALID' }, (bus, module) =>
    subscribe(bus, { module }),
  ),
  {
    name: 'an event of a type that validation does not know',
    code: 'MORTAR_ENVELOPE_INVALID',
    says: ['refusals.pinged', 'refusals.unheard-of'],
    run: () => {
      const check = validation([Pinged]);
      const envelope = { ...createEnvelope(Pinged, { text: 'x' }), type: 'refusals.unheard-of' };
      return check(envelope, () => []);
    },
  },
];
