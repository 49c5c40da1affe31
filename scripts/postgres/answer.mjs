import { connect } from 'node:net';
import { userInfo } from 'node:os';

/**
 * Where a PostgreSQL server listens, and as whom and to what one connects.
 * @typedef {{ readonly host: string, readonly port: number, readonly user: string, readonly database: string }} Address
 */

/**
 * What a server says to somebody who wants to connect: come in, a password first, or why not.
 * @typedef {{ readonly kind: 'open' } | { readonly kind: 'password' } | { readonly kind: 'refused', readonly why: string }} Answer
 */

const PROTOCOL = 196_608;
const USUAL_PORT = 5432;

/**
 * The address in a URL such as `postgres://user:password@host:port/database`.
 * @param {string} url
 * @returns {Address}
 * @throws {TypeError} for what is no URL
 */
export function addressOf(url) {
  const { hostname, port, username, pathname } = new URL(url);
  const user = decodeURIComponent(username) || userInfo().username;
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: port === '' ? USUAL_PORT : Number(port),
    user,
    database: decodeURIComponent(pathname.slice(1)) || user,
  };
}

/**
 * Begins a connection, as far as the server's first answer, and ends it. Speaks the protocol itself, since it runs before
 * anything is installed. See https://www.postgresql.org/docs/current/protocol-flow.html, "Start-up".
 * @param {Address} address
 * @param {number} [timeoutMs]
 * @returns {Promise<Answer>} never rejects
 */
export function askServer({ host, port, user, database }, timeoutMs = 3_000) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    let received = Buffer.alloc(0);
    /** @param {Answer} answer */
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(startUp(user, database)));
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const answer = answerIn(received);
      if (answer !== undefined) end(answer);
    });
    socket.once('timeout', () => end(refused(`no answer within ${timeoutMs} ms`)));
    socket.once('error', (error) => end(refused(error.message || String(error))));
    socket.once('close', () => end(refused('it closed the connection')));
  });
}

/**
 * @param {string} user
 * @param {string} database
 */
function startUp(user, database) {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + body.length, 0);
  head.writeInt32BE(PROTOCOL, 4);
  return Buffer.concat([head, body]);
}

/**
 * @param {Buffer} received
 * @returns {Answer | undefined} undefined as long as the message is not whole
 */
function answerIn(received) {
  if (received.length < 9 || received.length < 1 + received.readInt32BE(1)) return undefined;
  const type = received.toString('latin1', 0, 1);
  if (type === 'R') return { kind: received.readInt32BE(5) === 0 ? 'open' : 'password' };
  if (type !== 'E') return refused('it is no PostgreSQL server');
  const fields = received.toString('utf8', 5, 1 + received.readInt32BE(1)).split('\0');
  return refused(fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'an error without a message');
}

/**
 * @param {string} why
 * @returns {Answer}
 */
function refused(why) {
  return { kind: 'refused', why };
}
