import { placeOf, projection, sqlProjection } from 'mortar/projections';
import {
  AccountOpened,
  Credited,
  Debited,
  Deposited,
  TransferCompleted,
  TransferRefused,
  TransferRequested,
  TransferStarted,
} from './contracts.mjs';

/** @typedef {'async' | 'live' | 'inline'} Placement */

const MOVEMENTS = [AccountOpened, Deposited, Debited, Credited];
const TRANSFERS = [TransferRequested, TransferStarted, TransferCompleted, TransferRefused];
const MODULUS = 1_000_003;

/**
 * The read models of a code, in each placement. Their documents say by which code they were made, and each has a
 * `trace` that comes out another one where events came in another order.
 * @param {number} code each has another fingerprint
 */
export function makeProjections(code) {
  return [
    accounts('accounts', code, 'async'),
    pending('pending', code, 'async'),
    flows('flows', code, 'async'),
    statements(code),
    accounts('live-accounts', code, 'live'),
    accounts('inline-accounts', code, 'inline'),
    pending('inline-pending', code, 'inline'),
    flows('inline-flows', code, 'inline'),
  ];
}

/**
 * @param {number} number of a generation
 * @param {string | undefined} schema of the store
 */
export function statementTables(number, schema) {
  const { tableOf } = placeOf('bank', { name: 'statements' }, number);
  const within = schema === undefined ? '' : `${schema}.`;
  return { balances: within + tableOf('balances'), lines: within + tableOf('lines') };
}

/**
 * One document for each account.
 * @param {string} name
 * @param {number} code
 * @param {Placement} placement
 */
function accounts(name, code, placement) {
  const moved = (/** @type {any} */ doc, /** @type {any} */ event, /** @type {number} */ change) => ({
    ...doc,
    balance: doc.balance + change,
    movements: doc.movements + 1,
    version: event.version,
    trace: (doc.trace * 31 + event.version * 7 + change + MODULUS) % MODULUS,
  });
  return projection(name, {
    events: MOVEMENTS,
    initialState: () => ({ code, owner: '', balance: 0, movements: 0, version: 0, trace: 7 }),
    key: (/** @type {any} */ { data }) => data.accountId,
    on: {
      'bank.account-opened': (doc, event) => ({ ...moved(doc, event, 0), owner: event.data.owner }),
      'bank.deposited': (doc, event) => moved(doc, event, event.data.amount),
      'bank.debited': (doc, event) => moved(doc, event, -event.data.amount),
      'bank.credited': (doc, event) => moved(doc, event, event.data.amount),
    },
    version: code,
    placement,
    ...(placement === 'live'
      ? { from: (/** @type {string} */ key) => ({ orderKeys: [`account-${key}`] }) }
      : { indexes: ['balance'] }),
  });
}

/**
 * One document for each transfer that is under way: it is removed with its end.
 * @param {string} name
 * @param {number} code
 * @param {Placement} placement
 */
function pending(name, code, placement) {
  return projection(name, {
    events: TRANSFERS,
    initialState: () => ({ code, from: '', to: '', amount: 0, status: 'none' }),
    key: (/** @type {any} */ { data }) => data.transferId,
    on: {
      'bank.transfer-requested': (_, { data: { from, to, amount } }) => ({
        code,
        from,
        to,
        amount,
        status: 'requested',
      }),
      'bank.transfer-started': (doc) => ({ ...doc, status: 'started' }),
      'bank.transfer-completed': () => undefined,
      'bank.transfer-refused': () => undefined,
    },
    version: code,
    placement,
  });
}

/**
 * What each account has paid and got, and what all have: an event has a part in several documents, and these in events of
 * several streams.
 * @param {string} name
 * @param {number} code
 * @param {Placement} placement
 */
function flows(name, code, placement) {
  const moved = (/** @type {any} */ doc, /** @type {number} */ paid, /** @type {number} */ got) => ({
    code,
    paid: doc.paid + paid,
    got: doc.got + got,
    events: doc.events + 1,
    trace: (doc.trace * 31 + paid * 3 + got) % MODULUS,
  });
  return projection(name, {
    events: [Deposited, TransferStarted],
    initialState: () => ({ code, paid: 0, got: 0, events: 0, trace: 11 }),
    keys: {
      'bank.deposited': ({ data }) => [data.accountId, 'all'],
      'bank.transfer-started': ({ data }) => ['all', data.from, data.to],
    },
    on: {
      'bank.deposited': (doc, { data }) => moved(doc, 0, data.amount),
      'bank.transfer-started': (doc, { data: { from, to, amount } }, { key }) =>
        moved(doc, key === to ? 0 : amount, key === from ? 0 : amount),
    },
    version: code,
    placement,
  });
}

/**
 * Tables of their own: a line for each movement, which can't come twice, and a sum for each account.
 * @param {number} code
 */
function statements(code) {
  const move = async (/** @type {any} */ tx, /** @type {any} */ event, /** @type {number} */ change) => {
    const [a, b, c, d] = tx.dialect === 'sqlite' ? ['?', '?', '?', '?'] : ['$1', '$2', '$3', '$4'];
    const { accountId } = event.data;
    const [lines, balances] = [tx.table('lines'), tx.table('balances')];
    const line = [event.id, accountId, change, code];
    await tx.execute(`INSERT INTO ${lines} VALUES (${a}, ${b}, ${c}, ${d})`, line);
    const sum = `INSERT INTO ${balances} AS b VALUES (${a}, ${b}, 1, ${c}) ON CONFLICT (account) DO UPDATE SET
      balance = b.balance + excluded.balance, movements = b.movements + 1, trace = (b.trace * 31 + excluded.trace) % ${MODULUS}`;
    await tx.execute(sum, [accountId, change, (change + MODULUS) % MODULUS]);
  };
  return sqlProjection('statements', {
    events: [Deposited, Debited, Credited],
    tables: {
      lines: (name) =>
        `CREATE TABLE ${name} (event TEXT PRIMARY KEY, account TEXT NOT NULL, change INTEGER NOT NULL, code INTEGER NOT NULL)`,
      balances: (name) => [
        `CREATE TABLE ${name} (account TEXT PRIMARY KEY, balance INTEGER NOT NULL, movements INTEGER NOT NULL, trace INTEGER NOT NULL)`,
        `CREATE INDEX ${name}_balance ON ${name} (balance)`,
      ],
    },
    on: {
      'bank.deposited': (tx, event) => move(tx, event, event.data.amount),
      'bank.debited': (tx, event) => move(tx, event, -event.data.amount),
      'bank.credited': (tx, event) => move(tx, event, event.data.amount),
    },
    key: (/** @type {any} */ { data }) => data.accountId,
    version: code,
  });
}
