import { expect, test } from 'vitest';
import { plainOptions } from '../../src/check/plain-options.js';
import { programOf } from '../../src/program.js';
import { ioAt } from '../questions/graphs.js';

const frame = { io: ioAt('/'), finish: () => undefined, failWith: () => undefined };
const flags = ['--json', '--no-cache', '--staged', '--warn-only'];

test('options are what the parser makes of them, in any order and however often', async () => {
  for (const given of lists(flags, 3)) expect(plainOptions(['check', ...given])).toEqual(await parsed(given));
});

test('all else is left to the parser', () => {
  for (const args of [
    [],
    ['--json', 'check'],
    ['check', '--json', 'src'],
    ['check', '--format', 'json'],
    ['check', '--root', '.'],
    ['check', '--self-test'],
    ['check', '--help'],
    ['check', '--'],
    ['check', 'toString'],
    ['explain', '--json'],
  ])
    expect(plainOptions(args)).toBeUndefined();
});

async function parsed(args: readonly string[]): Promise<unknown> {
  const program = await programOf(frame, { only: 'check' });
  const check = program.commands.find((command) => command.name() === 'check');
  check?.parseOptions([...args]);
  return check?.opts();
}

/** All lists of items that are no longer than that. */
function lists(items: readonly string[], length: number): readonly (readonly string[])[] {
  if (length === 0) return [[]];
  const shorter = lists(items, length - 1);
  return [[], ...items.flatMap((item) => shorter.map((rest) => [item, ...rest]))];
}
