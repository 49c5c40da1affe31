import { readdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, event, port } from '../../../src/index.js';
import { checkContracts } from '../../../src/testing/index.js';
import { all, Opened, Rates } from '../fixtures/bank-contracts.js';
import { contractFolder } from '../fixtures/contract-folder.js';
import { failureOf, mortarErrorOf } from '../fixtures/rejection.js';

const place = contractFolder();
const { check, text } = place;

describe('a schema that tells nothing', () => {
  const opaque = z.string().transform((text) => text.length);

  it('is refused from the start, wherever others rely on it', async () => {
    const contracts = [
      event('bank.dated', { data: z.object({ at: z.date() }) }),
      command('bank.measure', { data: z.object({ size: z.date() }), result: z.object({ size: opaque }) }),
      port('bank.sizes', { find: { data: z.object({ at: z.date() }) } }),
    ];
    const { message } = await failureOf(check(contracts, { update: true }));
    expect(message).toMatch(/\n\nevent bank\.dated\n {2}data, as it is written: .*Date/);
    expect(message).toMatch(/\n\ncommand bank\.measure\n {2}data: .*Date.*\n {2}result, as it is read: /);
    expect(message).toMatch(/\n\nport bank\.sizes\n {2}find\.data: .*Date/);
    expect(message).toContain('To mend it, say it in the jsonSchema option');
    expect(await readdir(place.folder)).toEqual([]);
  });

  it('is none where the contract says it, nor what a handler makes of its input', async () => {
    const jsonSchema = { type: 'object', properties: { at: { type: 'string' } }, required: ['at'] };
    const contracts = [
      event('bank.dated', { data: z.object({ at: z.date() }), jsonSchema }),
      command('bank.measure', { data: z.object({ size: opaque }) }),
    ];
    await check(contracts, { update: true });
    await check(contracts);
    const other = { ...jsonSchema, properties: { at: { type: 'number' } } };
    await failureOf(
      check([
        event('bank.dated', { data: z.object({ at: z.date() }), jsonSchema: other }),
        ...contracts.slice(1),
      ]),
    );
  });

  it('is one that is no JSON', async () => {
    const contract = event('bank.dated', { data: z.object({ at: z.date() }), jsonSchema: { default: 5n } });
    expect((await failureOf(check([contract], { update: true }))).message).toContain(
      'its JSON Schema is no JSON',
    );
  });
});

describe('checkContracts refuses', () => {
  it.each<[string, object, string]>([
    ['a misspelt option', { contract: all }, 'got "contract"'],
    ['no file', { file: '' }, 'The option file is a path'],
    ['no contracts', { contracts: [] }, 'got an empty list'],
    ['what a cycle of imports has left undefined', { contracts: [undefined] }, 'got undefined'],
    ['a contract twice', { contracts: [Opened, Opened] }, 'got bank.opened twice'],
    ['a method of a port', { contracts: [Rates.methods.find] }, 'got port bank.rates.find'],
    ['update of another kind', { update: 'yes' }, 'true or false; got "yes"'],
    ['retired of another kind', { retired: 'bank.opened' }, 'retired is a list'],
    ['a contract as retired', { retired: [5] }, 'got 5'],
    ['what is retired and there', { retired: ['bank.opened'] }, 'got "bank.opened"'],
  ])('%s', async (_, options, told) => {
    const error = await mortarErrorOf(
      checkContracts({ file: place.file, contracts: all, ...options } as never),
    );
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(error.message).toContain(told);
  });

  const record = {
    name: 'bank.opened',
    kind: 'event',
    schemaVersion: 2,
    readsFrom: 1,
    isKeyed: false,
    data: { input: {}, output: {} },
  };
  const holding = (...contracts: unknown[]): string => JSON.stringify({ format: 1, contracts });

  it.each<[string, string, string]>([
    ['empty', '', 'Expected JSON'],
    ['truncated', '{"format":1,"contracts":[{"name":"bank.op', 'Expected JSON'],
    ['merged without care', '<<<<<<< HEAD\n{}', 'Expected JSON'],
    ['a list', '[]', 'Expected an object'],
    ['of another format', '{"format":2,"contracts":[]}', 'Expected format 1; got 2'],
    ['without contracts', '{"format":1}', 'Expected a list of contracts'],
    ['with a contract twice', holding(record, record), 'bank.opened twice'],
    ['with what is no contract', holding(record, 5), 'got 5 at 2'],
    ['with a name that is none', holding({ ...record, name: 'opened' }), 'got "opened" at 1'],
    ['with another kind', holding({ ...record, kind: 'saga' }), 'got "bank.opened" at 1'],
    ['with version 0', holding({ ...record, readsFrom: 0 }), 'got "bank.opened" at 1'],
    ['with versions turned round', holding({ ...record, readsFrom: 3 }), 'got "bank.opened" at 1'],
    ['with another flag', holding({ ...record, isRetired: false }), 'got "bank.opened" at 1'],
    ['without a schema', holding({ ...record, data: { input: {} } }), 'got "bank.opened" at 1'],
    ['with a command without data', holding({ name: 'bank.open', kind: 'command' }), 'got "bank.open" at 1'],
    [
      'with half a result',
      holding({ name: 'bank.open', kind: 'command', input: {}, result: {} }),
      'got "bank.open" at 1',
    ],
    [
      'with a failure without a schema',
      holding({ name: 'bank.open', kind: 'command', input: {}, failures: { closed: {} } }),
      'got "bank.open" at 1',
    ],
    [
      'with a permission that is none',
      holding({ name: 'bank.rates', kind: 'port', methods: { find: { input: {}, permission: 5 } } }),
      'got "bank.rates" at 1',
    ],
    ['with a port without methods', holding({ name: 'bank.rates', kind: 'port' }), 'got "bank.rates" at 1'],
  ])('a file that is %s, and leaves it as it is', async (_, content, told) => {
    await writeFile(place.file, content);
    const error = await mortarErrorOf(check(all, { update: true }));
    expect(error.message).toContain('The file of contracts is one that checkContracts has written.');
    expect(error.message).toContain(told);
    expect(await text()).toBe(content);
  });

  it('a folder in the place of the file', async () => {
    expect((await mortarErrorOf(check(all, { file: place.folder }))).message).toContain('EISDIR');
  });
});
