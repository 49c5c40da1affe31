import type { Contract, PortContract } from '../../../contracts/index.js';
import { describeValue, MortarError } from '../../../errors/index.js';

/** Every kind of contract. */
export type ContractKind = Contract['kind'] | PortContract['kind'];

/**
 * Checks a list of contracts, each of which is there once. A module that imports itself over others leaves undefined in it.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkContractList(rule: string, list: unknown, kinds: readonly ContractKind[]): void {
  const expected = `one or more contracts of kind ${kinds.join(', ')}, each once`;
  const refuse = (got: string): MortarError =>
    new MortarError('MORTAR_OPTIONS_INVALID', { rule: `${rule}.`, expected, got });
  if (!Array.isArray(list)) throw refuse(describeValue(list));
  if (list.length === 0) throw refuse('an empty list');
  const known: readonly string[] = kinds;
  const names = new Set<string>();
  for (const one of list as readonly unknown[]) {
    const isContract = typeof one === 'object' && one !== null && 'kind' in one && 'name' in one;
    // A method of a port has the kind of its port, and methods none.
    const isMethod = isContract && one.kind === 'port' && !('methods' in one);
    if (!isContract || isMethod || !known.includes(String(one.kind)))
      throw refuse(isContract ? `${String(one.kind)} ${String(one.name)}` : describeValue(one));
    if (names.has(String(one.name))) throw refuse(`${String(one.name)} twice`);
    names.add(String(one.name));
  }
}
