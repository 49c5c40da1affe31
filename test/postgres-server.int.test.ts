import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Address, addressOf, askServer } from '../scripts/postgres/answer.mjs';
import { findBinaries } from '../scripts/postgres/binaries.mjs';
import { type Server, startServer } from '../scripts/postgres/server.mjs';
import { postgresCoverage } from '../scripts/test/postgres.mjs';

const script = fileURLToPath(new URL('../scripts/with-postgres.mjs', import.meta.url));
const binaries = findBinaries();

describe('addresses', () => {
  it.each([
    [
      'postgres://ann:secret@db.example:6432/shop',
      { host: 'db.example', port: 6432, user: 'ann', database: 'shop' },
    ],
    ['postgres://ann@localhost', { host: 'localhost', port: 5432, user: 'ann', database: 'ann' }],
    ['postgres://a%20b@[::1]:1/c%2Fd', { host: '::1', port: 1, user: 'a b', database: 'c/d' }],
  ])('%s', (url, address) => {
    expect(addressOf(url)).toEqual(address);
  });
});

describe('what a server answers', () => {
  it.each([
    ['lets in', message('R', int32(0)), { kind: 'open' }],
    ['asks for a password', message('R', int32(10)), { kind: 'password' }],
    [
      'refuses, with its own words',
      message('E', Buffer.from('SFATAL\0C3D000\0Mdatabase "shop" does not exist\0\0')),
      { kind: 'refused', why: 'database "shop" does not exist' },
    ],
    ['speaks something else', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), { kind: 'refused' }],
  ])('%s', async (_, answer, expected) => {
    await using fake = await fakeServer((socket) => socket.write(answer));
    expect(await askServer(fake.address, 500)).toMatchObject(expected);
  });

  it('an answer that comes byte by byte is put together', async () => {
    await using fake = await fakeServer((socket) => {
      socket.setNoDelay(true);
      for (const byte of message('R', int32(0))) socket.write(Buffer.of(byte));
    });
    expect(await askServer(fake.address)).toEqual({ kind: 'open' });
  });

  it('nobody there, somebody who hangs up, and somebody silent are refusals', async () => {
    let place: Address;
    {
      await using fake = await fakeServer((socket) => socket.end());
      expect(await askServer(fake.address)).toMatchObject({ kind: 'refused' });
      place = fake.address;
    }
    expect(await askServer(place)).toMatchObject({ kind: 'refused' });
    await using silent = await fakeServer(() => {});
    expect(await askServer(silent.address, 50)).toEqual({ kind: 'refused', why: 'no answer within 50 ms' });
  });
});

describe('what a run covers', () => {
  it('without a server nothing is tested, and how to is said', async () => {
    const { leftOut, tally } = await postgresCoverage({});
    expect(leftOut).toContain(
      'MORTAR_TEST_POSTGRES_URL is not set. To run them: MORTAR_TEST_POSTGRES_URL=postgres://',
    );
    expect(tally).toBeUndefined();
  });

  it.each([
    ['required and not named', { MORTAR_REQUIRE_POSTGRES: '1' }],
    ['named and no URL', { MORTAR_TEST_POSTGRES_URL: 'shop' }],
    ['named and not there', { MORTAR_TEST_POSTGRES_URL: 'postgres://ann:secret@127.0.0.1:1/shop' }],
    [
      'required, named and not there',
      { MORTAR_REQUIRE_POSTGRES: '1', MORTAR_TEST_POSTGRES_URL: 'postgres://ann@127.0.0.1:1/shop' },
    ],
  ])('a server that is %s fails the run', async (_, env) => {
    const { leftOut, tally } = await postgresCoverage(env);
    expect({ leftOut, tally }).toEqual({ leftOut: undefined, tally: { passed: 0, failed: 1, skipped: 0 } });
  });

  it('a server that answers passes', async () => {
    await using fake = await fakeServer((socket) => socket.write(message('R', int32(0))));
    const env = { MORTAR_TEST_POSTGRES_URL: `postgres://ann@127.0.0.1:${fake.address.port}/shop` };
    expect((await postgresCoverage(env)).tally).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });
});

describe('binaries', () => {
  it("Debian's newest version comes first, and a folder without the programs does not count", () => {
    const folder = mkdtempSync(join(tmpdir(), 'mortar-binaries-'));
    for (const version of ['9', '15', '16']) mkdirSync(join(folder, version, 'bin'), { recursive: true });
    for (const version of ['9', '15']) {
      for (const name of ['initdb', 'postgres']) {
        const path = join(folder, version, 'bin', name);
        writeFileSync(path, '');
        chmodSync(path, 0o755);
      }
    }
    expect(findBinaries(folder)).toBe(join(folder, '15', 'bin'));
    rmSync(folder, { recursive: true });
  });
});

describe('a command with a server', () => {
  it('is given the one that is named, and its exit code counts', () => {
    const env = { ...process.env, MORTAR_TEST_POSTGRES_URL: 'postgres://named' };
    const print = 'console.log(process.env.MORTAR_TEST_POSTGRES_URL); process.exit(3)';
    const { status, stdout } = spawnSync(process.execPath, [script, process.execPath, '-e', print], {
      env,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 3, stdout: 'postgres://named\n' });
  });
});

// A server of its own needs the programs of one.
describe.skipIf(binaries === undefined)('a server of its own', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer(binaries ?? '', ['commit_delay=1000']);
  }, 60_000);
  afterAll(() => server.stop());

  it('answers on its port, with its settings', async () => {
    expect(await askServer(addressOf(server.url))).toEqual({ kind: 'open' });
    expect(await query('SHOW commit_delay')).toEqual([{ commit_delay: '1000' }]);
  });

  it('keeps over a kill what it has committed, and takes connections again', async () => {
    await query('CREATE TABLE kept (n int)');
    for (let round = 1; round <= 3; round += 1) {
      await query(`INSERT INTO kept VALUES (${round})`);
      await server.kill();
      expect(await askServer(addressOf(server.url))).toMatchObject({ kind: 'refused' });
      await server.start();
      expect(await query('SELECT count(*)::int AS kept FROM kept')).toEqual([{ kept: round }]);
    }
  });

  it('is gone when it has stopped, with its folder', async () => {
    const other = await startServer(binaries ?? '');
    const client = new pg.Client({ connectionString: other.url });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('SHOW data_directory');
    expect(existsSync(rows[0].data_directory)).toBe(true);
    await other.stop();
    expect(existsSync(rows[0].data_directory)).toBe(false);
    expect(await askServer(addressOf(other.url))).toMatchObject({ kind: 'refused' });
  });

  async function query(sql: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }
});

interface FakeServer extends AsyncDisposable {
  readonly address: Address;
}

/** Something that answers on a port as it is told, once somebody has spoken. */
async function fakeServer(answer: (socket: Socket) => void): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    address: { host: '127.0.0.1', port, user: 'ann', database: 'shop' },
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A message of the server: its type, its length, its body. */
function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(4 + body.length), body]);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
