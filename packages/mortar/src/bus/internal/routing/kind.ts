import type { Contract } from '../../../contracts/index.js';
import { describeValue, MortarError } from '../../../errors/index.js';

/**
 * Checks that what is sent goes by the right verb.
 * @throws MortarError `MORTAR_HANDLER_INVALID`
 */
export function checkKind(kind: Contract['kind'] | 'port', contract: unknown): void {
  const isContract =
    typeof contract === 'object' && contract !== null && 'kind' in contract && 'name' in contract;
  if (isContract && contract.kind === kind && (kind !== 'port' || 'method' in contract)) return;
  throw new MortarError('MORTAR_HANDLER_INVALID', {
    rule: 'Commands are dispatched and handled, queries are asked and answered, events are published, methods of ports called and served.',
    expected: { event: 'an event', command: 'a command', query: 'a query', port: 'a method of a port' }[kind],
    got: isContract ? `${contract.kind} ${contract.name}` : describeValue(contract),
  });
}
