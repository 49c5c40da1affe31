import type { Awaitable } from '../bus/index.js';
import type { CommandContract, DataOf, PortContract, QueryContract, ReturnOf } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import type { PortDataOf, PortReturnOf } from '../ports/implementation.js';

type Name = `${string}.${string}`;

/** What a module that is not loaded would answer. Made by `stub`. */
export interface Stub {
  readonly contract: CommandContract<Name> | QueryContract<Name> | PortContract<Name>;
  /** Of a command or query; of a port, by method. */
  readonly answers: StubAnswer | Readonly<Record<string, StubAnswer>>;
}

/** A function from data, as the contract's schema gives it, to what a handler would return. */
export type StubAnswer = (data: never) => unknown;

/** What a stub of a port has: functions for all of its methods, or for those that are called. */
export type PortStub<P extends PortContract> = {
  readonly [K in keyof P['methods']]?: (
    data: PortDataOf<P['methods'][K]>,
  ) => Awaitable<PortReturnOf<P['methods'][K]>>;
};

/**
 * Says what a module that is not loaded answers to a command, a query, or the calls of a port. It goes through the real
 * bus: data and results are checked by the contract, so what could not come from the real module is an error. What it was
 * given is in `recorded`. It may throw, and return what `fail` makes of a failure of the contract.
 * @example
 * const app = await testApp([shop], { stubs: [stub(ChargeCard, ({ amount }) => ({ paymentId: `paid ${amount}` }))] });
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function stub<C extends CommandContract<Name> | QueryContract<Name>>(
  contract: C,
  answer: (data: DataOf<C>) => Awaitable<ReturnOf<C>>,
): Stub;
export function stub<P extends PortContract<Name>>(port: P, methods: PortStub<P>): Stub;
export function stub(contract: Stub['contract'], answers: unknown): Stub {
  checkContract(contract);
  if (contract.kind === 'port') checkMethods(contract, answers);
  else if (typeof answers !== 'function')
    throw invalid(`The stub of ${contract.name} answers.`, 'a function from data to a result', answers);
  // What the overloads say, and the checks above.
  return Object.freeze({ contract, answers: answers as Stub['answers'] });
}

function checkContract(contract: unknown): void {
  const kinds = ['command', 'query', 'port'];
  const isContract = typeof contract === 'object' && contract !== null && 'kind' in contract;
  if (isContract && 'module' in contract && !('method' in contract) && kinds.includes(String(contract.kind)))
    return;
  const got = isContract && 'name' in contract ? String(contract.name) : contract;
  throw invalid('A stub answers for a module that is not loaded.', 'a command, a query or a port', got);
}

function checkMethods({ name, methods }: PortContract, answers: unknown): void {
  const expected = `an object with functions for ${Object.keys(methods).join(', ')}, or some of them`;
  const rule = `The stub of port ${name} has functions for its methods.`;
  if (typeof answers !== 'object' || answers === null) throw invalid(rule, expected, answers);
  for (const [method, answer] of Object.entries(answers)) {
    if (!Object.hasOwn(methods, method)) throw invalid(rule, expected, method);
    if (typeof answer !== 'function') throw invalid(rule, expected, answer);
  }
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}
