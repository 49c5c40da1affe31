// What the bank's log says, folded from its beginning without anything of Mortar's: plain loops over plain objects, written
// apart from the projections and the aggregates, so that a mistake in one of them shows.

/** @typedef {import('mortar/event-store').LogEntry} LogEntry */

/**
 * An event of the log.
 * @typedef {object} Happened
 * @property {string} id
 * @property {number} position
 * @property {string} stream
 * @property {number} version
 * @property {string} type without the module
 * @property {any} data
 */

const MODULUS = 1_000_003;
const SIGNS = /** @type {Record<string, number>} */ ({ deposited: 1, credited: 1, debited: -1 });

/**
 * @param {readonly LogEntry[]} entries
 * @returns {Happened[]}
 */
export function happenedIn(entries) {
  return entries.map(({ id, position, streamId = '', version = 0, type, payload }) => ({
    id,
    position,
    stream: streamId,
    version,
    type: type.replace('bank.', ''),
    data: JSON.parse(payload),
  }));
}

/**
 * The documents of a read model by key, as the bytes that are to be kept; of the tables, their rows by table and key.
 * @param {string} projection its name, or that of one like it in another placement
 * @param {number} code that has made it
 * @param {readonly Happened[]} events in the order of the log
 * @returns {Map<string, string>}
 */
export function foldOf(projection, code, events) {
  const name = projection.replace(/^(live|inline)-/, '');
  /** @type {Map<string, any>} */
  const kept = new Map();
  for (const event of events) {
    if (name === 'accounts') foldAccount(kept, code, event);
    else if (name === 'pending') foldPending(kept, code, event);
    else if (name === 'flows') foldFlows(kept, code, event);
    else foldStatements(kept, code, event);
  }
  return new Map([...kept].map(([key, value]) => [key, JSON.stringify(value)]));
}

/**
 * The state of an aggregate after the events of its stream, as the bytes of a snapshot.
 * @param {number} code
 * @param {readonly Happened[]} events of one stream
 */
export function stateOf(code, events) {
  const [first] = events;
  return JSON.stringify(
    first?.stream.startsWith('account-') ? accountOf(code, events) : transferOf(code, events),
  );
}

/** @param {number} code @param {readonly Happened[]} events */
function accountOf(code, events) {
  let [owner, balance, movements] = ['', 0, 0];
  for (const { type, data } of events) {
    if (type === 'account-opened') owner = data.owner;
    else {
      balance += (SIGNS[type] ?? 0) * data.amount;
      movements += 1;
    }
  }
  return { code, owner, balance, movements };
}

/** @param {number} code @param {readonly Happened[]} events */
function transferOf(code, events) {
  let [status, order] = ['none', null];
  for (const { type, data } of events) {
    status = type.replace('transfer-', '');
    if (status === 'requested') order = data;
  }
  return { code, status, order };
}

/** @param {Map<string, any>} kept @param {number} code @param {Happened} event */
function foldAccount(kept, code, { type, version, data }) {
  if (type !== 'account-opened' && !(type in SIGNS)) return;
  const old = kept.get(data.accountId) ?? { owner: '', balance: 0, movements: 0, trace: 7 };
  const change = type === 'account-opened' ? 0 : (SIGNS[type] ?? 0) * data.amount;
  kept.set(data.accountId, {
    code,
    owner: type === 'account-opened' ? data.owner : old.owner,
    balance: old.balance + change,
    movements: old.movements + 1,
    version,
    trace: (old.trace * 31 + version * 7 + change + MODULUS) % MODULUS,
  });
}

/** @param {Map<string, any>} kept @param {number} code @param {Happened} event */
function foldPending(kept, code, { type, data }) {
  const { transferId, from, to, amount } = data;
  if (type === 'transfer-requested') kept.set(transferId, { code, from, to, amount, status: 'requested' });
  else if (type === 'transfer-started') kept.set(transferId, { code, from, to, amount, status: 'started' });
  else if (type.startsWith('transfer-')) kept.delete(transferId);
}

/** @param {Map<string, any>} kept @param {number} code @param {Happened} event */
function foldFlows(kept, code, { type, data }) {
  const add = (/** @type {string} */ key, /** @type {number} */ paid, /** @type {number} */ got) => {
    const old = kept.get(key) ?? { paid: 0, got: 0, events: 0, trace: 11 };
    const trace = (old.trace * 31 + paid * 3 + got) % MODULUS;
    kept.set(key, { code, paid: old.paid + paid, got: old.got + got, events: old.events + 1, trace });
  };
  if (type === 'deposited') {
    add(data.accountId, 0, data.amount);
    add('all', 0, data.amount);
  } else if (type === 'transfer-started') {
    add('all', data.amount, data.amount);
    add(data.from, data.amount, 0);
    add(data.to, 0, data.amount);
  }
}

/** @param {Map<string, any>} kept @param {number} code @param {Happened} event */
function foldStatements(kept, code, { id, type, data }) {
  const sign = SIGNS[type];
  if (sign === undefined) return;
  const [account, change] = [data.accountId, sign * data.amount];
  kept.set(`lines ${id}`, { event: id, account, change, code });
  const old = kept.get(`balances ${account}`);
  const seed = (change + MODULUS) % MODULUS;
  kept.set(`balances ${account}`, {
    account,
    balance: (old?.balance ?? 0) + change,
    movements: (old?.movements ?? 0) + 1,
    trace: old === undefined ? seed : (old.trace * 31 + seed) % MODULUS,
  });
}
