import { describeValue, MortarError } from '../../errors/index.js';
import { defineModule, type Module, type ModuleBuilder } from '../../modules/index.js';
import type { Stub, StubAnswer } from '../stub.js';

type Answering = (context: { readonly data: unknown }) => unknown;

/**
 * Modules for all that is not loaded: with the answers of stubs, one for each module; and, without anything, those whose
 * events are subscribed to, so that a test can publish them.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function stubModules(modules: readonly Module[], stubs: readonly Stub[]): readonly Module[] {
  checkStubs(stubs);
  const loaded = new Set(modules.map(({ name }) => name));
  for (const { contract } of stubs) if (loaded.has(contract.module)) throw isLoaded(contract);
  checkOnce(stubs);
  const owners = [
    ...stubs.map(({ contract }) => contract.module),
    ...modules.flatMap(({ subscriptions }) =>
      subscriptions.flatMap(({ events }) => events.map(({ module }) => module)),
    ),
  ].filter((name) => !loaded.has(name));
  return [...new Set(owners)].map((name) =>
    defineModule(name, (module) => {
      for (const stub of stubs) if (stub.contract.module === name) register(module, stub);
    }),
  );
}

function register(module: ModuleBuilder<string>, { contract, answers }: Stub): void {
  // The overloads of `stub` have checked that the answers are those of the contract.
  if (contract.kind === 'port') {
    const given = answers as Readonly<Record<string, StubAnswer>>;
    const methods = Object.keys(contract.methods).map((name): [string, Answering] => {
      const own = given[name];
      return [
        name,
        own === undefined ? () => Promise.reject(notStubbed(contract.name, name)) : answering(own),
      ];
    });
    module.implement(contract, [], Object.fromEntries(methods));
  } else {
    const answer = answering(answers as StubAnswer);
    if (contract.kind === 'command') module.handle(contract, answer);
    else module.answer(contract, answer);
  }
}

/** Without the context: a stub that did more than answer would be a module. */
function answering(answer: StubAnswer): Answering {
  const call = answer as (data: unknown) => unknown;
  return ({ data }) => call(data);
}

function checkStubs(stubs: readonly Stub[]): void {
  const isStub = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'contract' in value && 'answers' in value;
  const wrong = Array.isArray(stubs) ? stubs.find((one) => !isStub(one)) : stubs;
  if (Array.isArray(stubs) && stubs.every(isStub)) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option stubs is a list.',
    expected: 'an array of what stub answers with',
    got: describeValue(wrong),
  });
}

function checkOnce(stubs: readonly Stub[]): void {
  const names = stubs.map(({ contract }) => contract.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A message or port has one stub.',
    expected: `one for ${twice}`,
    got: 'several',
  });
}

function isLoaded({ kind, name, module }: Stub['contract']): MortarError {
  const instead =
    kind === 'port'
      ? `the option overrides, with override(${name}, …), which gives those who call the port another client`
      : 'the option overrides, with override(…), for the services that its handler works with';
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A stub answers for a module that is not loaded.',
    expected: `${instead}; or the test without module ${module}`,
    got: `a stub of ${kind} ${name}, whose module ${module} is loaded`,
  });
}

function notStubbed(port: string, method: string): MortarError {
  return new MortarError('MORTAR_PORT_MISSING', {
    rule: 'A method that is called has an implementation.',
    expected: `a function for ${method} in the stub of ${port}`,
    got: 'none',
  });
}
