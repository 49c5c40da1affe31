import { tell } from '../child.mjs';

/** @typedef {import('mortar').DurableApp} App */
/** @typedef {ReturnType<typeof import('./bank.mjs').makeBank>} Bank */
/** @typedef {import('mortar/projections').ProjectionStatus} ProjectionStatus */

const WITHIN_MS = 90_000;
const PAGE = 200;
/** Somebody else has acted on the letter, or its outcome takes longer. */
const LATER = /MORTAR_(DEAD_LETTER_STATE|DEAD_LETTER_MISSING|WAIT_TIMEOUT)/;

/**
 * Finishes everything: what was paused or cancelled goes on, what code of others was building is cancelled, letters are replayed,
 * until each read model has one active generation, of this code, and of the highest number.
 * @param {App} app
 * @param {Bank} bank
 */
export async function settle(app, { projections }) {
  for (const { name } of projections.filter(isFollowing)) await app.projections.resume(`bank/${name}`);
  await until(app, async () => {
    await replayLetters(app);
    await app.deliveries.idle(AbortSignal.timeout(WITHIN_MS));
    const all = (await app.projections.status()).filter(({ placement }) => placement !== 'live');
    let isOver = true;
    for (const one of all) isOver = (await isSettled(app, one)) && isOver;
    return isOver && isQuiet(await app.deliveries.status());
  });
}

/**
 * Once nothing is left of generations that nobody reads: tells every document of every read model, as it is read, every state, as
 * it is loaded, and the order that a read model is sorted in.
 * @param {App} app
 * @param {Bank} bank
 */
export async function answer(app, { account, transfer, projections }) {
  await until(app, async () => {
    const all = (await app.projections.status()).filter(({ placement }) => placement !== 'live');
    return all.every(({ generations }) => generations.length === 1);
  });
  for (const { name } of projections.filter(isFollowing)) await app.caughtUp({ projection: `bank/${name}` });
  /** @type {Set<string>} */
  const ids = new Set();
  for await (const { type, streamId } of app.log.readAll({}))
    if (type.startsWith('bank.')) ids.add(streamId ?? '');
  for (const id of ids) await tellState(app, id, id.startsWith('account-') ? account : transfer);
  const accounts = [...ids].flatMap((id) => (id.startsWith('account-') ? [id.slice('account-'.length)] : []));
  for (const one of projections) if (one.kind === 'documents') await tellDocuments(app, one, accounts);
}

/**
 * @param {App} app
 * @param {string} streamId
 * @param {any} aggregate
 */
async function tellState(app, streamId, aggregate) {
  const { state, version } = await app
    .repository(aggregate)
    .load(streamId.slice(`${aggregate.name}-`.length));
  say('state', { stream: streamId, version, state: JSON.stringify(state) });
}

/**
 * @param {App} app
 * @param {any} projection
 * @param {readonly string[]} accounts
 */
async function tellDocuments(app, projection, accounts) {
  const { name, placement, indexes } = projection;
  const model = app.readModel(projection);
  if (placement === 'live') {
    for (const key of accounts) {
      const value = await model.get(key);
      if (value !== undefined) say('document', { projection: name, key, value: JSON.stringify(value) });
    }
    return;
  }
  const sort = indexes.length > 0 ? { sort: 'balance' } : {};
  for (let after; ; ) {
    const { items, next } = await model.find(
      /** @type {any} */ ({ limit: PAGE, ...sort, ...(after === undefined ? {} : { after }) }),
    );
    for (const { key, value } of items)
      say('document', { projection: name, key, value: JSON.stringify(value) });
    if (next === undefined) return;
    after = next;
  }
}

/**
 * @param {App} app
 * @param {ProjectionStatus} status
 */
async function isSettled(app, { name, generations }) {
  const active = generations.find(({ state }) => state === 'active');
  const building = generations.filter(({ state }) => state === 'building');
  if (building.some(({ isOwn }) => !isOwn)) {
    await app.projections.cancel(name);
    return false;
  }
  if (building.length > 0 || active === undefined) return false;
  // Code that has come back goes on with what it had; that it is read by all is for an operator to say.
  if (!active.isOwn) {
    await app.projections.activate(name);
    return false;
  }
  // One that was cancelled is kept until another one has taken its place.
  if (generations.some(({ number }) => number > active.number)) {
    await app.projections.rebuild(name);
    return false;
  }
  return active.lagEvents === 0 && active.heldKeys === 0 && active.deadLetters === 0 && !active.isPaused;
}

/**
 * Whether this process has all partitions, and nothing waits in them.
 * @param {import('mortar/delivery').DeliveriesStatus} status
 */
function isQuiet({ subscriptions }) {
  return subscriptions.every(
    ({ held, partitions, heldKeys: { retrying, dead } }) =>
      held.length === partitions && retrying + dead === 0,
  );
}

/**
 * Those of generations that nobody works at are discarded when these are removed.
 * @param {App} app
 */
async function replayLetters(app) {
  const all = await app.projections.status();
  const worked = all.flatMap(({ name, generations }) =>
    generations.filter(({ activity }) => activity !== 'idle').map(({ number }) => `${name}#${number}`),
  );
  for (const { id, subscription, error } of await app.deadLetters.list()) {
    if (subscription.includes('#') && !worked.includes(subscription)) continue;
    say('letter', { subscription, code: error.code ?? 'none', message: error.message });
    try {
      await app.deadLetters.replay(id, { timeoutMs: 5_000 });
    } catch (failure) {
      if (!LATER.test(String(failure instanceof Error && 'code' in failure ? failure.code : failure)))
        throw failure;
    }
  }
}

/**
 * @param {App} app
 * @param {() => Promise<boolean>} isOver
 */
async function until(app, isOver) {
  for (const end = Date.now() + WITHIN_MS; !(await isOver()); ) {
    if (Date.now() > end) {
      const status = JSON.stringify({
        projections: await app.projections.status(),
        deliveries: await app.deliveries.status(),
        letters: (await app.deadLetters.list()).map(({ subscription, error }) => [subscription, error.code]),
      });
      throw new Error(`It did not come to an end within ${WITHIN_MS} ms: ${status}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @param {{ placement: string }} projection */
function isFollowing({ placement }) {
  return placement !== 'live';
}

/**
 * @param {string} what
 * @param {object} data of which the line has ASCII characters alone
 */
function say(what, data) {
  const text = JSON.stringify(data).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  tell(`${what} ${text}`);
}
