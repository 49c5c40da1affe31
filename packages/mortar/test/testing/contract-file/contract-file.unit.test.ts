import { readdir, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { command, event, port, query } from '../../../src/index.js';
import {
  type Any,
  all,
  Closed,
  changed,
  Find,
  Open,
  Opened,
  Rates,
  without,
} from '../fixtures/bank-contracts.js';
import { contractFolder } from '../fixtures/contract-folder.js';
import { failureOf } from '../fixtures/rejection.js';

const place = contractFolder();
const { check, text } = place;

describe('the file', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is written when it is asked for, and holds from then on', async () => {
    const missing = await failureOf(check(all));
    expect(missing.message).toContain(`${place.file}: is not there`);
    expect(missing.message).toContain('  port bank.rates is new\n');
    expect(missing.message).toContain('MORTAR_UPDATE_CONTRACTS=1, or update: true, writes the file');
    expect(await readdir(place.folder)).toEqual([]);
    await check(all, { update: true });
    await check(all);
    await check(all, { file: pathToFileURL(place.file) });
    expect(await readdir(place.folder)).toEqual(['contracts.json']);
  });

  it('says name, kind, schema version and JSON Schema, and can be reviewed', async () => {
    await check([Opened], { update: true });
    expect(await text()).toBe(`{
  "format": 1,
  "contracts": [
    {
      "name": "bank.opened",
      "kind": "event",
      "schemaVersion": 1,
      "readsFrom": 1,
      "isKeyed": false,
      "data": {
        "input": {
          "properties": {
            "currency": {
              "type": "string"
            },
            "owner": {
              "type": "string"
            }
          },
          "required": [
            "owner"
          ],
          "type": "object"
        },
        "output": {
          "additionalProperties": false,
          "properties": {
            "currency": {
              "type": "string"
            },
            "owner": {
              "type": "string"
            }
          },
          "required": [
            "owner"
          ],
          "type": "object"
        }
      }
    }
  ]
}
`);
  });

  it('is the same whatever the order of contracts, properties and methods', async () => {
    const moved = (data: z.ZodObject): Any => event('bank.moved', { data });
    const [from, to] = [z.string(), z.string()];
    await check([...all, moved(z.object({ from, to }))], { update: true });
    const before = await text();
    const turned = [
      moved(z.object({ to, from })),
      event('bank.opened', { data: z.object({ currency: z.string().optional(), owner: z.string() }) }),
      port('bank.rates', {
        forget: { data: z.object({}) },
        find: { data: z.object({ from: z.string() }), result: z.number() },
      }),
    ];
    await check(changed(...turned).toReversed());
    await rm(place.file);
    await check(changed(...turned).toReversed(), { update: true });
    expect(await text()).toBe(before);
  });

  it('is updated where the environment says so, but not against update', async () => {
    vi.stubEnv('MORTAR_UPDATE_CONTRACTS', '1');
    await failureOf(check(all, { update: false }));
    await check(all);
    vi.stubEnv('MORTAR_UPDATE_CONTRACTS', '0');
    await check(all);
    await failureOf(check(changed(event('bank.robbed', { data: z.object({}) }))));
  });
});

describe('what breaks nothing', () => {
  beforeEach(() => check(all, { update: true }));

  it.each<[string, readonly Any[], string]>([
    ['a new contract', changed(event('bank.robbed', { data: z.object({}) })), 'event bank.robbed is new'],
    [
      'a new optional property',
      changed(
        event('bank.opened', {
          data: z.object({ owner: z.string(), currency: z.string().optional(), note: z.string().optional() }),
        }),
      ),
      'event bank.opened has changed',
    ],
    [
      'an event of another form, under a raised schema version with an upcaster',
      changed(
        event('bank.opened', {
          data: z.object({ owners: z.array(z.string()) }),
          schemaVersion: 2,
          upcasters: { 1: (data) => data },
        }),
      ),
      'event bank.opened has schema version 2, after 1',
    ],
    [
      'a command that takes more',
      changed(
        command('bank.open', {
          data: z.object({ owner: z.string().optional() }),
          result: z.object({ id: z.string() }),
        }),
      ),
      'command bank.open has changed',
    ],
    [
      'a new method',
      changed(
        port('bank.rates', {
          find: { data: z.object({ from: z.string() }), result: z.number() },
          forget: { data: z.object({}) },
          learn: { data: z.object({}) },
        }),
      ),
      'port bank.rates has changed',
    ],
  ])('%s has to be written into the file', async (_, contracts, told) => {
    const before = await text();
    const error = await failureOf(check(contracts));
    expect(error.message).toContain(`${place.file}: is not up to date`);
    expect(error.message).toContain(`Not in the file yet:\n  ${told}\n\n`);
    expect(error.actual).toEqual([told]);
    expect(await text()).toBe(before);
    await check(contracts, { update: true });
    expect(await text()).not.toBe(before);
    await check(contracts);
  });
});

describe('what breaks others', () => {
  beforeEach(() => check(all, { update: true }));

  const breaking: readonly [string, readonly Any[], string, string][] = [
    [
      'an event with another property that is required',
      changed(event('bank.opened', { data: z.object({ owner: z.string(), currency: z.string() }) })),
      'event bank.opened\n  data.currency: ',
      'raise schemaVersion to 2, and give an upcaster from 1',
    ],
    [
      'an event with a new value',
      changed(
        event('bank.closed', {
          data: z.object({ reason: z.enum(['moved', 'died', 'fled']) }),
          key: () => '',
        }),
      ),
      'event bank.closed\n  data.reason: ',
      'raise schemaVersion to 2, and give an upcaster from 1',
    ],
    [
      'a raised schema version without an upcaster',
      changed(
        event('bank.opened', { data: z.object({}), schemaVersion: 3, upcasters: { 2: (data) => data } }),
      ),
      'event bank.opened\n  upcasters: ',
      'give upcasters from 1 to 2',
    ],
    [
      'an event whose key is gone',
      changed(event('bank.closed', { data: Closed.data })),
      'event bank.closed\n  key: ',
      'leave the key as it was',
    ],
    [
      'a command that wants more',
      changed(
        command('bank.open', {
          data: z.object({ owner: z.string(), note: z.string() }),
          result: z.object({ id: z.string() }),
        }),
      ),
      'command bank.open\n  data.note: ',
      'keep what callers rely on, or give the new form a name of its own',
    ],
    [
      'a query that answers otherwise',
      changed(
        query('bank.find', { data: z.object({ id: z.string() }), result: z.object({ balance: z.string() }) }),
      ),
      'query bank.find\n  result.balance: ',
      'keep what callers rely on',
    ],
    [
      'a query that is a command now',
      changed(
        command('bank.find', {
          data: z.object({ id: z.string() }),
          result: z.object({ balance: z.number() }),
        }),
      ),
      'command bank.find\n  kind: the kind was query and is now command',
      'give what is new a name of its own',
    ],
    [
      'a port that is an event now',
      changed(event('bank.rates', { data: z.object({}) })),
      'event bank.rates\n  kind: the kind was port and is now event',
      'give what is new a name of its own',
    ],
    [
      'a port without one of its methods',
      changed(port('bank.rates', { find: { data: z.object({ from: z.string() }), result: z.number() } })),
      'port bank.rates\n  forget: the method is gone',
      'keep what callers rely on',
    ],
    [
      'a method that takes less',
      changed(
        port('bank.rates', {
          find: { data: z.object({ from: z.number() }), result: z.number() },
          forget: { data: z.object({}) },
        }),
      ),
      'port bank.rates\n  find.data.from: ',
      'keep what callers rely on',
    ],
    [
      'a method whose result is gone',
      changed(
        port('bank.rates', {
          find: { data: z.object({ from: z.string() }) },
          forget: { data: z.object({}) },
        }),
      ),
      'port bank.rates\n  find.result: the result is gone',
      'keep what callers rely on',
    ],
    [
      'an event that is gone',
      without(Opened),
      'event bank.opened\n  it is gone',
      'bring it back, or name it in retired',
    ],
    [
      'a query that is gone',
      without(Find),
      'query bank.find\n  it is gone',
      'bring it back, or name it in retired',
    ],
  ];

  it.each(breaking)('%s is refused, also by an update', async (_, contracts, told, mend) => {
    const before = await text();
    for (const update of [false, true]) {
      const error = await failureOf(check(contracts, { update }));
      expect(error.message).toContain("1 contract can't take the place of what is recorded");
      expect(error.message).toContain(`\n\n${told}`);
      expect(error.message).toContain(`\n  To mend it, ${mend}`);
      expect(error.operator).toBe('checkContracts');
    }
    expect(await text()).toBe(before);
  });

  it('is told all at once, with what is only not in the file yet', async () => {
    const contracts = [
      event('bank.opened', { data: z.object({ owner: z.number() }) }),
      query('bank.find', { data: z.object({ id: z.number() }), result: z.object({ balance: z.number() }) }),
      Closed,
      Open,
      event('bank.robbed', { data: z.object({}) }),
    ];
    const error = await failureOf(check(contracts, { update: true }));
    expect(error.actual).toEqual([
      'event bank.opened',
      'query bank.find',
      'port bank.rates',
      'event bank.robbed is new',
    ]);
    expect(error.message).toContain("3 contracts can't take the place");
    expect(error.message).toContain('Not in the file yet:\n  event bank.robbed is new');
  });

  it('may be taken out of the file by hand, where nobody relies on it', async () => {
    const contracts = changed(event('bank.opened', { data: z.object({ owner: z.number() }) }));
    expect((await failureOf(check(contracts))).message).toContain('remove its entry from the file');
    const content = JSON.parse(await text()) as { contracts: { name: string }[] };
    content.contracts = content.contracts.filter(({ name }) => name !== 'bank.opened');
    await writeFile(place.file, JSON.stringify(content));
    await check(contracts, { update: true });
    await check(contracts);
  });

  it('is an answer that lacks what callers rely on, though the handler never had to give it', async () => {
    const data = z.object({});
    const before = query('bank.count', { data, result: z.object({ count: z.number().default(0) }) });
    const after = query('bank.count', { data, result: z.object({ count: z.number().optional() }) });
    await check(changed(before), { update: true });
    const { message } = await failureOf(check(changed(after), { update: true }));
    expect(message).toContain('query bank.count\n  result.count: ');
  });

  it('is a lower schema version', async () => {
    const raised = event('bank.opened', {
      data: Opened.data,
      schemaVersion: 2,
      upcasters: { 1: (data) => data },
    });
    await check(changed(raised), { update: true });
    const { message } = await failureOf(check(all));
    expect(message).toContain('To mend it, set schemaVersion to 2 or more');
  });
});

describe('what is retired', () => {
  beforeEach(() => check(all, { update: true }));

  it('stays on record where the log keeps it, and else is forgotten', async () => {
    const left = [Closed, Open, Rates];
    const retired = ['bank.find', { type: 'bank.opened' }];
    const { actual } = await failureOf(check(left, { retired }));
    expect(actual).toEqual(['query bank.find is retired', 'event bank.opened is retired']);
    await check(left, { retired, update: true });
    await check(left, { retired });
    await check(left);
    expect(await text()).toContain('"isRetired": true');
    expect(await text()).not.toContain('bank.find');
  });

  it('comes back only as it was', async () => {
    await check(without(Opened), { retired: ['bank.opened'], update: true });
    const other = await failureOf(
      check(changed(event('bank.opened', { data: z.object({ owner: z.number() }) }))),
    );
    expect(other.message).toContain('event bank.opened\n  data.owner: ');
    expect((await failureOf(check(all))).actual).toEqual(['event bank.opened is back']);
    await check(all, { update: true });
    expect(await text()).not.toContain('isRetired');
  });
});
