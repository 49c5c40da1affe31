import { override, stopOnSignals, token } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../../src/memory/index.js';
import { memoryTransport } from '../../../src/ports/index.js';
import {
  Bell,
  call,
  desk,
  Echo,
  Foreign,
  ForeignPort,
  ignore,
  make,
  Noted,
  Recall,
  type Row,
} from './row.js';

const Currency = token<string>('Currency');

function option(
  name: string,
  code: Row['code'],
  says: readonly string[],
  options: Record<string, unknown>,
): Row {
  return { name: `createApp: ${name}`, code, says, run: () => make(options) };
}

function verb(name: string, code: Row['code'], says: readonly string[], run: Row['run']): Row {
  return { name: `app: ${name}`, code, says, run };
}

function signals(name: string, says: readonly string[], ...given: readonly unknown[]): Row {
  return {
    name: `stopOnSignals: ${name}`,
    code: 'MORTAR_OPTIONS_INVALID',
    says,
    run: (app) => {
      const [first, ...rest] = given;
      Reflect.apply(stopOnSignals, undefined, [first === 'the app' ? app : first, ...rest]);
    },
  };
}

const OPTIONS = 'MORTAR_OPTIONS_INVALID';
const GRAPH = 'MORTAR_GRAPH_INVALID';
const twice = desk((module) => {
  module.onStart([ForeignPort], ignore);
  module.uses(ForeignPort, {});
  module.uses(ForeignPort, {});
});

/** What an app may not be made of, nor asked. */
export const apps: readonly Row[] = [
  option('a misspelt option', OPTIONS, ['createApp', '"module"'], { module: [] }),
  option('modules that are no list', 'MORTAR_MODULE_INVALID', ['made of modules', 'an object'], {
    modules: desk(ignore),
  }),
  option('a module that is none', 'MORTAR_MODULE_INVALID', ['defineModule', '"desk"'], {
    modules: [desk(ignore), 'desk'],
  }),
  option('an override that is none', OPTIONS, ['overrides', 'undefined'], { overrides: [undefined] }),
  option('an override of nothing', OPTIONS, ['overrides', 'an object'], { overrides: [{}] }),
  option('an override without a value', OPTIONS, ['overrides', 'an object'], {
    overrides: [{ service: Currency }],
  }),
  option('overrides that are no list', OPTIONS, ['overrides', 'an object'], {
    overrides: override(Currency, 'EUR'),
  }),
  option('an override that replaces nothing', 'MORTAR_GRAPH_INVALID', ['overrides → Currency'], {
    overrides: [override(Currency, 'EUR')],
  }),
  option('shared services that are no function', OPTIONS, ['shared', 'an array'], { shared: [] }),
  option('shared services that are bound later', OPTIONS, ['shared', 'not async'], {
    shared: async () => {},
  }),
  option('an authorizer that is none', OPTIONS, ['authorize', 'true'], { authorize: true }),
  option('an environment that is none', OPTIONS, ['env', '"production"'], { env: 'production' }),
  option('no environment', OPTIONS, ['env', 'null'], { env: null }),
  option('no time for hooks', OPTIONS, ['hookTimeoutMs', '0'], { hookTimeoutMs: 0 }),
  option('a time that no timer keeps', OPTIONS, ['hookTimeoutMs'], { hookTimeoutMs: 2 ** 31 }),
  option('projections that are none', OPTIONS, ['option projections', 'null'], { projections: null }),
  option('an option of projections that there is not', OPTIONS, ['"pollMs"'], { projections: { pollMs: 1 } }),
  option('retired generations for less than nothing', OPTIONS, ['retiredMs', '-1'], {
    projections: { retiredMs: -1 },
  }),
  option('pages of nothing', OPTIONS, ['pageEvents', '0'], { projections: { pageEvents: 0 } }),
  option('pages of more than is read', OPTIONS, ['pageEvents', '10001'], {
    projections: { pageEvents: 10_001 },
  }),
  option('a delivery that is none', OPTIONS, ['option delivery', 'null'], { delivery: null }),
  option('an option of the delivery that there is not', OPTIONS, ['"leaseTtlMs"'], {
    delivery: { leaseTtlMs: 5_000 },
  }),
  option('a lease that is over at once', OPTIONS, ['leaseMs', '999'], { delivery: { leaseMs: 999 } }),
  option('a lease for hours', OPTIONS, ['leaseMs', '600001'], { delivery: { leaseMs: 600_001 } }),
  option('a lease of no number', OPTIONS, ['leaseMs', '"2s"'], { delivery: { leaseMs: '2s' } }),
  option('a policy of no attempts', OPTIONS, ['retry.attempts', '0'], {
    delivery: { retry: { attempts: 0 } },
  }),
  option('a retention that is none', OPTIONS, ['retention', 'null'], { delivery: { retention: null } }),
  option('a retention of what is not removed', OPTIONS, ['"deadMs"'], {
    delivery: { retention: { deadMs: 86_400_000 } },
  }),
  option('letters that go while somebody looks', OPTIONS, ['endedLettersMs', '59999'], {
    delivery: { retention: { endedLettersMs: 59_999 } },
  }),
  option('ids that go while a commit is looked up', OPTIONS, ['inboxMs', '3599999'], {
    delivery: { retention: { inboxMs: 3_599_999 } },
  }),
  option('an audit without end', OPTIONS, ['auditMs', 'Infinity'], {
    delivery: { retention: { auditMs: Number.POSITIVE_INFINITY } },
  }),
  option('a transport that is none', OPTIONS, ['transport'], { transport: {} }),
  option('a store that is none', OPTIONS, ['deadLetters'], { deadLetters: {} }),
  option('a logger that is none', OPTIONS, ['logger'], { logger: {} }),
  option('an option of the bus that there is not', OPTIONS, ['"paralell"'], { bus: { paralell: 1 } }),
  option('a bus that is none', OPTIONS, ['option bus', 'null'], { bus: null }),
  option('a logger of the bus', OPTIONS, ['option bus', '"logger"'], { bus: { logger: silentLogger } }),
  option('dead letters of the bus', OPTIONS, ['option bus', '"deadLetters"'], {
    bus: { deadLetters: new MemoryDeadLetterStore() },
  }),
  option('a policy of a port twice', GRAPH, ['module desk uses → port attic.door', '2 policies'], {
    modules: [twice],
    transport: memoryTransport(),
  }),
  option('a policy that is none', GRAPH, ['module desk uses → port attic.door', '"retries"'], {
    modules: [desk((module) => module.uses(ForeignPort, { retries: 3 }))],
  }),
  option('a policy of a port that is not called', GRAPH, ['attic.door', 'not among the dependencies'], {
    modules: [desk((module) => module.uses(ForeignPort, {}))],
  }),
  verb('start again', 'MORTAR_APP_STATE', ['started once'], (app) => app.start()),
  verb('stop with a misspelt option', OPTIONS, ['stop', '"timeout"'], (app) =>
    call(app, 'stop', { timeout: 1 }),
  ),
  verb('stop in a time that is none', OPTIONS, ['timeoutMs', '-1'], (app) => app.stop({ timeoutMs: -1 })),
  verb('stop in a time that no timer keeps', OPTIONS, ['timeoutMs'], (app) =>
    app.stop({ timeoutMs: 2 ** 31 }),
  ),
  verb('stop by a number', OPTIONS, ['stop', '5'], (app) => call(app, 'stop', 5)),
  verb('dispatch no contract', 'MORTAR_HANDLER_INVALID', ['command', 'undefined'], (app) =>
    call(app, 'dispatch'),
  ),
  verb('dispatch what nobody handles', 'MORTAR_HANDLER_MISSING', ['attic.open', 'desk.echo'], (app) =>
    app.dispatch(Foreign, {}),
  ),
  verb('dispatch wrong data', 'MORTAR_DATA_INVALID', ['desk.echo', 'text'], (app) =>
    call(app, 'dispatch', Echo, { text: 5 }),
  ),
  verb('dispatch with options that are none', OPTIONS, ['options', 'null'], (app) =>
    call(app, 'dispatch', Echo, { text: 'a' }, null),
  ),
  verb('dispatch with options that are none, as someone', OPTIONS, ['options', 'null'], (app) =>
    call(app.as({ actor: 'ada' }), 'dispatch', Echo, { text: 'a' }, null),
  ),
  verb('ask with an option of commands', OPTIONS, ['"idempotencyKey"'], (app) =>
    call(app, 'ask', Recall, {}, { idempotencyKey: 'x' }),
  ),
  verb('publish a command', 'MORTAR_HANDLER_INVALID', ['event', 'desk.echo'], (app) =>
    call(app, 'publish', Echo, { text: 'a' }),
  ),
  verb('publish for an empty actor', 'MORTAR_ENVELOPE_INVALID', ['actor', 'an empty string'], (app) =>
    app.publish(Noted, { text: 'a' }, { actor: '' }),
  ),
  verb('publish with a text for options', OPTIONS, ['options', '"now"'], (app) =>
    call(app, 'publish', Noted, { text: 'a' }, 'now'),
  ),
  verb('publish with a misspelt wait', OPTIONS, ['"wiat"', 'wait, timeoutMs'], (app) =>
    call(app, 'publish', Noted, { text: 'a' }, { wiat: 'handled' }),
  ),
  verb('publish as someone with a misspelt time', OPTIONS, ['"timeout"', 'wait, timeoutMs'], (app) =>
    call(app.as({ actor: 'ada' }), 'publish', Noted, { text: 'a' }, { wait: 'handled', timeout: 5 }),
  ),
  verb('publish with a time and nothing to wait for', OPTIONS, ['timeoutMs', "wait: 'handled'"], (app) =>
    call(app, 'publish', Noted, { text: 'a' }, { timeoutMs: 5 }),
  ),
  verb('as a misspelt someone', OPTIONS, ['"user"'], (app) => call(app, 'as', { user: 'ada' })),
  verb('as nobody', OPTIONS, ['as takes', 'undefined'], (app) => call(app, 'as')),
  verb('as a number', 'MORTAR_ENVELOPE_INVALID', ['actor', '5'], (app) => call(app, 'as', { actor: 5 })),
  verb('as someone with a trace that is none', 'MORTAR_ENVELOPE_INVALID', ['traceparent'], (app) =>
    app.as({ traceparent: 'yesterday' }),
  ),
  signals('no app', ['an app', 'undefined'], undefined),
  signals('a misspelt option', ['"timeout"'], 'the app', { timeout: 5 }),
  signals('a time that is none', ['timeoutMs', '-1'], 'the app', { timeoutMs: -1 }),
  signals('no signals', ['signals', 'an array'], 'the app', { signals: [] }),
  signals('a signal that there is not', ['signals', '"SIGTREM"'], 'the app', { signals: ['SIGTREM'] }),
  signals('a signal that can not be heard', ['signals', '"SIGKILL"'], 'the app', {
    signals: ['SIGTERM', 'SIGKILL'],
  }),
];

/** Calls of ports that are refused. */
export const ports: readonly Row[] = [
  verb('locate no port', OPTIONS, ['port', 'undefined'], (app) => call(app, 'locate')),
  verb('locate what nobody implements', 'MORTAR_PORT_MISSING', ['one of desk.bell', 'attic.door'], (app) =>
    app.locate(ForeignPort),
  ),
  verb('call with wrong data', 'MORTAR_DATA_INVALID', ['desk.bell.ring', 'times'], (app) =>
    call(app.locate(Bell), 'ring', { times: 'twice' }),
  ),
  verb('call with a misspelt option', OPTIONS, ['desk.bell.ring', '"timeout"'], (app) =>
    call(app.locate(Bell), 'ring', { times: 1 }, { timeout: 5 }),
  ),
  verb(
    'call without the permission',
    'MORTAR_PERMISSION_DENIED',
    ['desk.bell.guarded', 'bell.guard', '"ada"'],
    (app) => app.as({ actor: 'ada' }).locate(Bell).guarded({}),
  ),
  {
    name: 'override: a name',
    code: 'MORTAR_MODULE_INVALID',
    says: ['What is overridden', '"desk.bell"'],
    run: () => Reflect.apply(override, undefined, ['desk.bell', {}]),
  },
];
