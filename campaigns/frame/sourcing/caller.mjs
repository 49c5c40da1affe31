import { newId } from 'mortar/contracts';
import { tell } from '../child.mjs';
import { Deposit, OpenAccount, RequestTransfer } from './contracts.mjs';

/** @typedef {{ id: string, kind: 'deposit' | 'transfer', data: any }} Command */

/**
 * What a process works with.
 * @typedef {object} Tools
 * @property {import('mortar').DurableApp} app
 * @property {import('./aggregates.mjs').Aggregates['account']} account
 * @property {import('./aggregates.mjs').Aggregates['transfer']} transfer
 * @property {readonly any[]} projections
 * @property {import('../random.mjs').Random} random
 * @property {number} since when this process was begun
 * @property {{ count: number }} resets how often this process was made to read a read model that is empty
 * @property {() => boolean} isStopping
 */

const ACCOUNTS = 7;
const MOST = 50;
const PAUSE_WITHIN_MS = 25;
/** What may be tried again. Others may have been faster on an account again and again. */
const TEMPORARY = new Set(['MORTAR_STORE_UNAVAILABLE', 'MORTAR_COMMIT_UNKNOWN', 'MORTAR_VERSION_CONFLICT']);
/** An account is not open yet; a read model was paused, or waits for the lease of a process that is gone. */
const EXPECTED = new Set(['MORTAR_REQUEST_REFUSED', 'MORTAR_WAIT_TIMEOUT']);

/**
 * One of those who call at the same time.
 * @param {Tools} tools
 */
export async function makeCaller(tools) {
  const { random, isStopping } = tools;
  while (!isStopping()) {
    const way = random.next();
    if (way < 0.1) await open(tools.app, accountOf(random));
    else if (way < 0.4) await callKnown(tools, depositOf(random));
    else if (way < 0.8) await callKnown(tools, transferOf(random));
    else if (way < 0.85) await saveSnapshot(tools);
    else await handleAndRead(tools);
    await new Promise((resolve) => setTimeout(resolve, random.below(PAUSE_WITHIN_MS)));
  }
}

/**
 * The same commands under the same keys: whether they have happened or not, they happen once.
 * @param {Tools} tools
 * @param {readonly Command[]} commands
 */
export async function callAgain(tools, commands) {
  await Promise.all(commands.map((command) => call(tools, command)));
}

/**
 * @param {Tools} tools
 * @param {Command} command
 */
async function callKnown(tools, command) {
  tell(`begun ${JSON.stringify(command)}`);
  await call(tools, command);
  // Whoever asks twice is answered twice, and it happens once.
  if (tools.random.chance(0.1)) await call(tools, command);
}

/**
 * @param {Tools} tools
 * @param {Command} command
 */
async function call({ app }, { id, kind, data }) {
  const options = { idempotencyKey: id };
  /** @type {() => Promise<{ ok: true } | { ok: false, failure: { name: string } }>} */
  const dispatch = () =>
    kind === 'deposit'
      ? app.tryDispatch(Deposit, data, options)
      : app.tryDispatch(RequestTransfer, data, options);
  const result = await until(dispatch);
  tell(result.ok ? `done ${id}` : `refused ${id} ${result.failure.name}`);
  if (!result.ok && kind === 'deposit') await open(app, data.accountId);
}

/**
 * @param {Tools['app']} app
 * @param {string} accountId
 */
async function open(app, accountId) {
  await until(() => app.tryDispatch(OpenAccount, { accountId, owner: `Grüße 🦊 ${accountId}` }));
}

/**
 * A command on the aggregate itself, and what a read model says of it: no less than the command's answer.
 * @param {Tools} tools
 */
async function handleAndRead(tools) {
  const { app, account, projections, random, resets } = tools;
  const { id, data } = depositOf(random);
  const { accountId } = data;
  tell(`began ${id}`);
  const before = resets.count;
  try {
    const { version } = await app.repository(account).handle(accountId, { kind: 'deposit', data });
    tell(`done ${id}`);
    const some = projections.filter(({ name }) => name.endsWith('accounts'));
    const projection = random.pick(some);
    const read = async () => {
      await app.caughtUp({ projection: `bank/${projection.name}`, timeoutMs: 2_000 });
      return app.readModel(projection).get(accountId);
    };
    let found = await read();
    // It is taken back once, to the active one; what it is told of that one holds again.
    if (!(found?.version >= version) && (await wasRemoved(tools, projection))) found = await read();
    if (before === resets.count && !(found !== undefined && found.version >= version))
      tell(`stale ${projection.name} ${accountId} ${found?.version} ${version}`);
  } catch (error) {
    if (!TEMPORARY.has(codeOf(error)) && !EXPECTED.has(codeOf(error))) throw error;
    tell(`failed ${codeOf(error)}`);
  }
}

/**
 * Whether a generation was removed since this process is there. It may have read that one: its leases are made to be over, as if it had
 * stood still, and then others take it for gone.
 * @param {Tools} tools
 * @param {{ name: string }} projection
 */
async function wasRemoved({ app, since }, { name }) {
  const records = await app.deadLetters.audit({ limit: 1_000 });
  return records.some(
    ({ action, subscription = '', at }) =>
      action === 'remove' && at >= since && subscription.startsWith(`bank/${name}#`),
  );
}

/** @param {Tools} tools */
async function saveSnapshot({ app, account, random }) {
  await until(() => app.repository(account).snapshot(accountOf(random)));
}

/**
 * @param {import('../random.mjs').Random} random
 * @returns {Command}
 */
function depositOf(random) {
  const id = newId();
  const data = { accountId: accountOf(random), commandId: id, amount: 1 + random.below(MOST) };
  return { id, kind: 'deposit', data };
}

/**
 * @param {import('../random.mjs').Random} random
 * @returns {Command}
 */
function transferOf(random) {
  const id = newId();
  const from = random.below(ACCOUNTS);
  const to = random.chance(0.05) ? 'nobody' : `a${(from + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS}`;
  const data = { transferId: id, from: `a${from}`, to, amount: 1 + random.below(MOST) };
  return { id, kind: 'transfer', data };
}

/** @param {import('../random.mjs').Random} random */
function accountOf(random) {
  return `a${random.below(ACCOUNTS)}`;
}

/**
 * The same again, until it is known what has come of it.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function until(work) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      tell(`failed ${codeOf(error)}`);
      if (!TEMPORARY.has(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** @param {unknown} error */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
