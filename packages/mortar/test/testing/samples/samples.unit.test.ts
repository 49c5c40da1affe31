import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decode, encode } from '../../../src/contracts/index.js';
import { event } from '../../../src/index.js';
import type { Retired } from '../../../src/sourcing/index.js';
import { checkSamples, recordSample } from '../../../src/testing/index.js';
import { failureOf, mortarErrorOf } from '../fixtures/rejection.js';

/** As it was, as it was then, and as it is. */
const OpenedFirst = event('bank.opened', { data: z.object({ name: z.string() }) });
const Opened = event('bank.opened', {
  data: z.object({ owner: z.string(), limit: z.number().min(1), since: z.date().optional() }),
  schemaVersion: 3,
  upcasters: {
    1: (data) => ({ owner: (data as { name: string }).name }),
    2: (data) => ({ ...(data as object), limit: 100 }),
  },
});
const Closed = event('bank.closed', { data: z.object({ at: z.date() }) });
const frozen: Retired = {
  type: 'bank.frozen',
  into: (data, schemaVersion) =>
    schemaVersion === 1 ? [] : [{ type: 'bank.closed', data: { at: (data as { on: Date }).on } }],
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortar-samples-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function put(file: string, text: string | Uint8Array): Promise<void> {
  return writeFile(join(folder, file), text);
}

async function putOld(): Promise<void> {
  await put('bank.opened.v1.json', '{"name":"Ada"}');
  await put('bank.opened.v2.json', '{"owner":"Ada"}\n');
}

describe('checkSamples', () => {
  it('takes samples of all versions that become events of today', async () => {
    await putOld();
    await put('bank.opened.v2.old-owner.json', '{"owner":"Bob"}');
    await recordSample(folder, Opened, { owner: 'Eve', limit: 5, since: new Date(5) });
    await recordSample(folder, Closed, { at: new Date(5) }, 'early');
    await put('.keep', '');
    await checkSamples({ folder, events: [Opened, Closed] });
    await checkSamples({ folder: pathToFileURL(folder), events: [Opened, Closed] });
  });

  it('names every sample that no longer upcasts, each with its reason, in one error', async () => {
    await put('bank.opened.v1.json', '{"surname":"Ada"}');
    await put('bank.opened.v2.json', '{"owner":"Ada"}');
    await put('bank.opened.v3.low.json', '{"owner":"Ada","limit":0}');
    await put('bank.opened.v4.json', '{"owner":"Ada","limit":5}');
    const error = await failureOf(checkSamples({ folder, events: [Opened] }));
    expect(error.message).toContain(`samples in ${folder}: 3 faults\n`);
    expect(error.message).toMatch(/\n {2}bank\.opened\.v1\.json: MORTAR_UPCAST_FAILED: .*owner/);
    expect(error.message).toMatch(/\n {2}bank\.opened\.v3\.low\.json: MORTAR_UPCAST_FAILED: .*limit/);
    expect(error.message).toMatch(
      /\n {2}bank\.opened\.v4\.json: MORTAR_UPCAST_MISSING: .*newer than this code/,
    );
    expect(error).toMatchObject({
      operator: 'checkSamples',
      actual: ['bank.opened.v1.json', 'bank.opened.v3.low.json', 'bank.opened.v4.json'],
      expected: [],
    });
    expect(error.cause).toBeInstanceOf(AggregateError);
    expect((error.cause as AggregateError).errors).toHaveLength(3);
  });

  it('names a sample that is older than what is still read', async () => {
    const Cut = event('bank.opened', {
      data: Opened.data,
      schemaVersion: 3,
      upcasters: { 2: (data) => data },
    });
    await put('bank.opened.v1.json', '{"name":"Ada"}');
    await put('bank.opened.v2.json', '{"owner":"Ada","limit":1}');
    const { message, actual } = await failureOf(checkSamples({ folder, events: [Cut] }));
    expect(message).toContain('MORTAR_UPCAST_MISSING');
    expect(actual).toEqual(['bank.opened.v1.json']);
  });

  it('names each older version of which there is no sample', async () => {
    await put('bank.opened.v2.json', '{"owner":"Ada"}');
    const error = await failureOf(checkSamples({ folder, events: [Opened, Closed] }));
    expect(error.message).toContain(
      'bank.opened.v1.json: there is no sample of bank.opened of schema version 1, which its contract says it reads',
    );
    expect(error.actual).toEqual(['bank.opened.v1.json']);
  });

  it('names a sample of an event that nobody knows', async () => {
    await putOld();
    await put('bank.robbed.v1.json', '{}');
    const { message } = await failureOf(checkSamples({ folder, events: [Opened] }));
    expect(message).toContain('bank.robbed.v1.json: no contract and no retired event is named bank.robbed');
    expect(message).toContain('1 fault\n');
  });

  it.each<[string, string | Uint8Array, string]>([
    ['truncated', '{"owner":"Ad', 'MORTAR_CODEC_CORRUPT'],
    ['empty', '', 'MORTAR_CODEC_CORRUPT'],
    ['no JSON', 'owner: Ada', 'MORTAR_CODEC_CORRUPT'],
    ['of a tag that is unknown', '{"owner":{"$money":5}}', 'MORTAR_CODEC_CORRUPT'],
    ['no text', new Uint8Array([0x22, 0xff, 0x22]), 'not valid'],
  ])('names a sample that is %s', async (_, text, told) => {
    await put('bank.closed.v1.json', text);
    const { message, actual } = await failureOf(checkSamples({ folder, events: [Closed] }));
    expect(actual).toEqual(['bank.closed.v1.json']);
    expect(message).toContain(told);
  });

  it.each([
    'README.md',
    'bank.closed.json',
    'bank.closed.v0.json',
    'bank.closed.v1.Late.json',
    'bank.closed.v1.a.b.json',
    'bank.closed.v1',
    'Bank.closed.v1.json',
    'closed.v1.json',
    'bank.closed.v1.json.bak',
    'bank.closed.v99999999999999999999.json',
  ])('names a file that is named otherwise: %s', async (file) => {
    await put(file, '{"at":{"$date":"2026-01-01T00:00:00.000Z"}}');
    const { message } = await failureOf(checkSamples({ folder, events: [Closed] }));
    expect(message).toContain(`${file}: it is not named as a sample: <event>.v<schemaVersion>[.<case>].json`);
  });

  it('names a folder that is named as a sample', async () => {
    await mkdir(join(folder, 'bank.closed.v1.json'));
    expect((await failureOf(checkSamples({ folder, events: [Closed] }))).message).toContain('EISDIR');
  });

  it('counts a sample that can not be read as there', async () => {
    await put('bank.opened.v1.json', '{"na');
    await put('bank.opened.v2.json', '{"owner":"Ada"}');
    const { actual } = await failureOf(checkSamples({ folder, events: [Opened] }));
    expect(actual).toEqual(['bank.opened.v1.json']);
  });
});

describe('checkSamples of retired events', () => {
  const check = (retired: Retired = frozen): Promise<void> =>
    checkSamples({ folder, events: [Closed], retired: [retired] });

  it('takes those that turn into events of today', async () => {
    await put('bank.frozen.v1.json', '{}');
    await put('bank.frozen.v2.json', '{"on":{"$date":"2026-01-01T00:00:00.000Z"}}');
    await check();
  });

  it('reads each in its own version', async () => {
    await put('bank.frozen.v1.json', '{}');
    await put('bank.frozen.v2.json', '{}');
    expect((await failureOf(check())).actual).toEqual(['bank.frozen.v2.json']);
  });

  it('names a retired event without any sample', async () => {
    const { message } = await failureOf(check());
    expect(message).toContain('there is no sample of the retired event bank.frozen');
  });

  it.each<[string, (data: unknown) => unknown, string]>([
    [
      'an event without a contract',
      () => [{ type: 'bank.robbed', data: {} }],
      'event 1 of what into made is of type "bank.robbed", of which there is no contract',
    ],
    [
      'data of another form',
      () => [{ type: 'bank.closed', data: {} }],
      'event 1 of what into made does not follow the schema of bank.closed: at',
    ],
    ['an event that is no list', () => ({ type: 'bank.closed', data: {} }), 'into answered with an object'],
    ['what is no event', () => [undefined], 'event 1 of what into made is undefined'],
    ['a promise', () => Promise.reject(new Error('nobody waits')), 'into answered with a promise'],
    [
      'an error',
      () => {
        throw new RangeError('what is that?');
      },
      'RangeError: what is that?',
    ],
  ])('names one that turns into %s', async (_, into, told) => {
    await put('bank.frozen.v1.json', '{}');
    const { message, actual } = await failureOf(
      check({ type: 'bank.frozen', into: into as Retired['into'] }),
    );
    expect(message).toContain(`bank.frozen.v1.json: ${told}`);
    expect(actual).toEqual(['bank.frozen.v1.json']);
  });
});

describe('recordSample', () => {
  it('writes what the codec writes, under the name of the current version', async () => {
    const since = new Date(5);
    const file = await recordSample(
      join(folder, 'deep', 'er'),
      Opened,
      { owner: 'Ada', limit: 1, since },
      'dated',
    );
    expect(file).toBe(join(folder, 'deep', 'er', 'bank.opened.v3.dated.json'));
    expect(await readFile(file, 'utf8')).toBe(`${encode({ owner: 'Ada', limit: 1, since })}\n`);
    expect(await recordSample(pathToFileURL(folder), Closed, { at: since })).toBe(
      join(folder, 'bank.closed.v1.json'),
    );
  });

  it('writes data as it is published: what the schema makes of it', async () => {
    const Noted = event('bank.noted', { data: z.object({ note: z.string().default('none') }) });
    const file = await recordSample(folder, Noted, {} as { note: string });
    expect(await readFile(file, 'utf8')).toBe('{"note":"none"}\n');
  });

  it('keeps a sample that is there', async () => {
    await recordSample(folder, OpenedFirst, { name: 'Ada' });
    const file = await recordSample(folder, OpenedFirst, { name: 'Ada' });
    const error = await mortarErrorOf(recordSample(folder, OpenedFirst, { name: 'Bob' }));
    expect(error.message).toContain('A sample stays as it was recorded.');
    expect(await readFile(file, 'utf8')).toBe('{"name":"Ada"}\n');
    expect(await readdir(folder)).toEqual(['bank.opened.v1.json']);
  });

  it('makes samples that still hold when the version is raised', async () => {
    await recordSample(folder, OpenedFirst, { name: 'Ada' });
    await put('bank.opened.v2.json', '{"owner":"Ada"}');
    await checkSamples({ folder, events: [Opened] });
  });

  it('records whatever the codec carries so that it is read again', async () => {
    const Any = event('bank.noted', { data: z.unknown() });
    const leaf = fc.oneof(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt(),
      fc.boolean(),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array(),
      fc.constantFrom(null, undefined),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', '$date', 'b c', '__proto__'), tie('tree'), {
          noNullPrototype: true,
        }),
        fc
          .array(fc.tuple(fc.string({ maxLength: 3 }), tie('tree')), { maxLength: 3 })
          .map((all) => new Map(all)),
      ),
    }));
    let count = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (data) => {
        count += 1;
        const file = await recordSample(folder, Any, data, `case-${count}`);
        expect(decode(await readFile(file, 'utf8'))).toStrictEqual(data);
      }),
    );
    await checkSamples({ folder, events: [Any] });
  });

  it('refuses data that does not follow the schema, or can not be written', async () => {
    const wrong = recordSample(folder, Opened, { owner: 'Ada', limit: 0 });
    expect((await mortarErrorOf(wrong)).code).toBe('MORTAR_DATA_INVALID');
    const Any = event('bank.noted', { data: z.unknown() });
    const unwritable = recordSample(folder, Any, () => 5);
    expect((await mortarErrorOf(unwritable)).code).toBe('MORTAR_CODEC_UNSUPPORTED');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('samples refuse', () => {
  it.each<[string, object, string]>([
    ['a misspelt option', { event: [Closed] }, 'got "event"'],
    ['no folder', { folder: undefined }, 'The option folder is a path'],
    ['an address elsewhere', { folder: new URL('http://localhost/') }, 'a URL with file:'],
    ['a folder that is not there', { folder: join(tmpdir(), 'mortar-nowhere') }, 'ENOENT'],
    ['no events', { events: [] }, 'got an empty list'],
    ['what a cycle of imports has left undefined', { events: [Closed, undefined] }, 'got undefined'],
    ['what is no list', { events: Closed }, 'got an object'],
    ['an event twice', { events: [Closed, Closed] }, 'got bank.closed twice'],
    ['retired of another kind', { retired: frozen }, 'retired is a list'],
    ['a retired event without into', { retired: [{ type: 'bank.frozen' }] }, '{ type, into }'],
    ['an event that is retired too', { retired: [{ ...frozen, type: 'bank.closed' }] }, 'got "bank.closed"'],
    ['a retired event twice', { retired: [frozen, frozen] }, 'each event once'],
  ])('%s', async (_, options, told) => {
    const error = await mortarErrorOf(checkSamples({ folder, events: [Closed], ...options } as never));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(error.message).toContain(told);
  });

  it.each(['', 'In-Euro', 'a.b', '../a', 'a/b', 5, 'x'.repeat(101)])('the case %o', async (name) => {
    const error = await mortarErrorOf(recordSample(folder, Closed, { at: new Date(5) }, name as never));
    expect(error.message).toContain('kebab-case of at most 100 characters');
    expect(await readdir(folder)).toEqual([]);
  });

  it('to record of what is no event', async () => {
    expect((await mortarErrorOf(recordSample(folder, undefined as never, {} as never))).code).toBe(
      'MORTAR_OPTIONS_INVALID',
    );
  });
});
