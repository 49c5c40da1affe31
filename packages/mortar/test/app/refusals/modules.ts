import { z } from 'zod';
import { all, token } from '../../../src/container/index.js';
import {
  Bell,
  desk,
  Echo,
  Foreign,
  ForeignPort,
  ignore,
  Noted,
  Recall,
  type Row,
  type Untyped,
} from './row.js';

const Currency = token<string>('Currency');
const fine = { ring: ignore, guarded: ignore };

function row(
  name: string,
  code: Row['code'],
  says: readonly string[],
  register: (module: Untyped) => unknown,
): Row {
  return { name, code, says: ['module desk', ...says], run: () => desk(register) };
}

function invalid(name: string, says: readonly string[], register: (module: Untyped) => unknown): Row {
  return row(name, 'MORTAR_MODULE_INVALID', says, register);
}

function badOption(name: string, says: readonly string[], register: (module: Untyped) => unknown): Row {
  return row(name, 'MORTAR_OPTIONS_INVALID', says, register);
}

/** What a module may not say about itself. */
export const modules: readonly Row[] = [
  invalid('implement: no port', ['implement takes a port', 'command desk.echo'], (module) =>
    module.implement(Echo, fine),
  ),
  invalid('implement: nothing', ['implement takes a port', 'undefined'], (module) => module.implement()),
  row(
    'implement: the port of another module',
    'MORTAR_NOT_OWNER',
    ['may implement it', 'attic.door'],
    (module) => module.implement(ForeignPort, { open: ignore }),
  ),
  invalid('implement: no methods', ['implement desk.bell', 'undefined'], (module) => module.implement(Bell)),
  invalid('implement: a method is missing', ['implement desk.bell', 'a function for guarded'], (module) =>
    module.implement(Bell, { ring: ignore }),
  ),
  invalid('implement: a method is misspelt', ['implement desk.bell', 'ring, guarded', '"rnig"'], (module) =>
    module.implement(Bell, { ...fine, rnig: ignore }),
  ),
  invalid('implement: a method is no function', ['a function for ring', '5'], (module) =>
    module.implement(Bell, { ...fine, ring: 5 }),
  ),
  invalid('implement: too much', ['implement desk.bell', 'nothing after them'], (module) =>
    module.implement(Bell, [], fine, fine),
  ),
  invalid('implement: a dependency is undefined', ['implement desk.bell', 'dependency 1'], (module) =>
    module.implement(Bell, [undefined], fine),
  ),
  invalid('uses: no port', ['uses takes a port', '"desk.bell"'], (module) => module.uses('desk.bell', {})),
  invalid('uses: no policy', ['uses attic.door', 'undefined'], (module) => module.uses(ForeignPort)),
  invalid('factory: no key', ['a factory is bound', '"Currency"'], (module) =>
    module.factory('Currency', [], ignore),
  ),
  invalid('factory: no list', ['factory of Currency', 'a function'], (module) =>
    module.factory(Currency, ignore),
  ),
  invalid('factory: no function', ['factory of Currency', 'undefined'], (module) =>
    module.factory(Currency, []),
  ),
  invalid('factory: a marked key', ['a class or a token', 'all of Currency'], (module) =>
    module.factory(all(Currency), [], ignore),
  ),
  invalid('factory: the key of a port', ['a class or a token', 'port desk.bell'], (module) =>
    module.factory(Bell, [], ignore),
  ),
  badOption('factory: a misspelt option', ['factory of Currency', '"lifetme"'], (module) =>
    module.factory(Currency, [], ignore, { lifetme: 'scoped' }),
  ),
  badOption('factory: an unknown lifetime', ['factory of Currency', '"forever"'], (module) =>
    module.factory(Currency, [], ignore, { lifetime: 'forever' }),
  ),
  invalid('asyncFactory: a disposal that is none', ['dispose of the factory of Currency', '5'], (module) =>
    module.asyncFactory(Currency, [], async () => 'EUR', { dispose: 5 }),
  ),
  invalid('scoped: a function without a prototype', ['a scoped is bound', 'a function'], (module) =>
    module.scoped(() => 1),
  ),
  invalid('transient: too much', ['transient Map', '5'], (module) => module.transient(Map, [], 5)),
  invalid('value: a port', ['a class or a token', 'port desk.bell'], (module) => module.value(Bell, {})),
  badOption('handle: rules that are none', ['handle desk.echo', 'validate', '"always"'], (module) =>
    module.handle(Echo, { validate: 'always' }, ignore),
  ),
  badOption('answer: a cache without a time', ['answer desk.recall', 'cache.ttlMs'], (module) =>
    module.answer(Recall, { cache: {} }, ignore),
  ),
  badOption('on: a thread', ['on desk.noted', '"runOn"'], (module) =>
    module.on(Noted, { runOn: 'thread' }, ignore),
  ),
  invalid('onStart: no function', ['onStart', '"now"'], (module) => module.onStart('now')),
  invalid('onStop: a dependency that is none', ['onStop depends on', '5'], (module) =>
    module.onStop([5], ignore),
  ),
  invalid('health: no name', ['a health check has a name', 'a function'], (module) => module.health(ignore)),
  invalid('health: a name in capitals', ['in kebab-case', '"DB"'], (module) => module.health('DB', ignore)),
  invalid('health: no check', ['health queue', 'undefined'], (module) => module.health('queue')),
  badOption('health: a misspelt option', ['health queue', '"isCritcal"'], (module) =>
    module.health('queue', { isCritcal: false }, ignore),
  ),
  badOption('health: no time', ['health queue', 'timeoutMs', '0'], (module) =>
    module.health('queue', { timeoutMs: 0 }, [], ignore),
  ),
  badOption('health: a weight that is none', ['health queue', 'isCritical', '"yes"'], (module) =>
    module.health('queue', { isCritical: 'yes' }, ignore),
  ),
  invalid('settings: nothing', ['settings have a schema', 'undefined'], (module) => module.settings()),
  row('settings: no schema', 'MORTAR_CONTRACT_INVALID', ['settings'], (module) =>
    module.settings({ settings: {} }),
  ),
  badOption('settings: a misspelt option', ['settings', '"setings"'], (module) =>
    module.settings({ schema: z.object({}), setings: {} }),
  ),
  badOption('settings: a source that is none', ['settings'], (module) =>
    module.settings({ schema: z.object({ a: z.string() }), settings: { a: 'MORTAR_DESK_A' } }),
  ),
  invalid('exposes: a name', ['exposes takes contracts', '"desk.echo"'], (module) =>
    module.exposes('desk.echo'),
  ),
  row('exposes: of another module', 'MORTAR_NOT_OWNER', ['may expose it', 'attic.open'], (module) =>
    module.exposes(Foreign),
  ),
  invalid('publishes: a command', ['publishes takes contracts', 'command desk.echo'], (module) =>
    module.publishes(Echo),
  ),
  invalid('dispatches: a query', ['dispatches takes contracts', 'query desk.recall'], (module) =>
    module.dispatches(Recall),
  ),
  invalid('asks: an event', ['asks takes contracts', 'event desk.noted'], (module) => module.asks(Noted)),
  row('startsAfter: no name', 'MORTAR_NAME_INVALID', ['startsAfter', '"The Attic"'], (module) =>
    module.startsAfter('The Attic'),
  ),
  row('startsAfter: a module', 'MORTAR_NAME_INVALID', ['startsAfter', 'an object'], (module) =>
    module.startsAfter(desk(ignore)),
  ),
];
