import { foldOf, happenedIn, stateOf } from './fold.mjs';

/** @typedef {import('./fold.mjs').Happened} Happened */
/** @typedef {import('./remains.mjs').Remains} Remains */
/** @typedef {import('./remains.mjs').Generation} Generation */

/**
 * What the processes have said.
 * @typedef {object} Known
 * @property {ReadonlyMap<string, { isDone: boolean }>} commands that were begun, by id
 */

/**
 * What an app has answered, when nothing was left to be done.
 * @typedef {object} Answers
 * @property {number} code of the app
 * @property {readonly { projection: string, key: string, value: string }[]} documents in their order
 * @property {readonly { stream: string, version: number, state: string }[]} states
 * @property {readonly string[]} projections the names of all of them
 */

/**
 * What must hold at every moment, whoever was killed at whatever.
 * @param {Remains & Known} remains
 * @returns {string[]} violations
 */
export function checkRemains({ entries, generations, snapshots, commands }) {
  const events = happenedIn(entries);
  const streams = byStream(events);
  return [
    ...checkStreams(streams),
    ...checkTransfers(events),
    ...checkCommands(events, commands),
    ...snapshots.flatMap((snapshot) => checkSnapshot(snapshot, streams)),
    ...generations.flatMap((one) => checkGeneration(one, events)),
    ...checkActive(generations),
  ];
}

/**
 * What must hold beside that once nothing is left to be done.
 * @param {Remains} remains
 * @param {Answers} answers
 * @returns {string[]} violations
 */
export function checkEnd({ entries, generations, letters }, answers) {
  const events = happenedIn(entries);
  return [
    ...checkAnswers(events, answers),
    ...checkMoney(events, answers),
    ...generations.flatMap((one) => (one.state === 'gone' ? checkGone(one) : checkLast(one, answers))),
    ...letters.map((subscription) => `${subscription} has letters in the end`),
  ];
}

/** @param {readonly Happened[]} events */
function byStream(events) {
  /** @type {Map<string, Happened[]>} */
  const streams = new Map();
  for (const event of events) {
    const of = streams.get(event.stream) ?? [];
    of.push(event);
    streams.set(event.stream, of);
  }
  return streams;
}

/** @param {ReadonlyMap<string, readonly Happened[]>} streams */
function checkStreams(streams) {
  const violations = [];
  for (const [stream, events] of streams) {
    let balance = 0;
    for (const [index, { version, position, type, data }] of events.entries()) {
      if (version !== index + 1) violations.push(`${stream} has version ${version} after ${index}`);
      if (position <= (events[index - 1]?.position ?? 0))
        violations.push(`${stream} has version ${version} at ${position}, which is not after the one before`);
      balance +=
        type === 'debited' ? -data.amount : type === 'deposited' || type === 'credited' ? data.amount : 0;
      if (balance < 0) violations.push(`${stream} has a balance of ${balance} at version ${version}`);
    }
  }
  return violations;
}

/**
 * Money that has left one account comes to one other, or back, and does both once.
 * @param {readonly Happened[]} events
 */
function checkTransfers(events) {
  /** @type {Map<string, Happened[]>} */
  const transfers = new Map();
  for (const event of events) {
    const { transferId } = event.data;
    if (transferId !== undefined) transfers.set(transferId, [...(transfers.get(transferId) ?? []), event]);
  }
  return [...transfers].flatMap(([id, all]) => {
    const { from, to } = all.find(({ type }) => type === 'transfer-requested')?.data ?? {};
    const steps = all
      .map(({ type, data }) => (data.accountId === undefined ? type : `${type} ${data.accountId}`))
      .join(', ');
    return stepsOf(from, to).some((whole) => whole === steps)
      ? []
      : [`transfer ${id} from ${from} to ${to} went: ${steps}`];
  });
}

/**
 * What may be there of a transfer.
 * @param {string} from
 * @param {string} to
 */
function stepsOf(from, to) {
  const requested = 'transfer-requested';
  const started = `${requested}, debited ${from}, transfer-started`;
  return [
    requested,
    `${requested}, transfer-refused`,
    started,
    `${started}, credited ${to}, transfer-completed`,
    `${started}, credited ${from}, transfer-refused`,
  ];
}

/**
 * What was acknowledged has happened once, and nothing has happened twice or by itself.
 * @param {readonly Happened[]} events
 * @param {Known['commands']} commands
 */
function checkCommands(events, commands) {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const { type, data } of events) {
    const id =
      type === 'deposited' ? data.commandId : type === 'transfer-requested' ? data.transferId : undefined;
    if (id !== undefined) times.set(id, (times.get(id) ?? 0) + 1);
  }
  const violations = [];
  for (const [id, count] of times) {
    if (count > 1) violations.push(`command ${id} has happened ${count} times`);
    if (!commands.has(id)) violations.push(`command ${id} has happened, and nobody has given it`);
  }
  for (const [id, { isDone }] of commands)
    if (isDone && !times.has(id)) violations.push(`command ${id} was acknowledged, and has not happened`);
  return violations;
}

/**
 * @param {Remains['snapshots'][number]} snapshot
 * @param {ReadonlyMap<string, readonly Happened[]>} streams
 */
function checkSnapshot({ stream, code, version, eventId, state }, streams) {
  const events = (streams.get(stream) ?? []).slice(0, version);
  const what = `the snapshot of ${stream} at version ${version} by code ${code}`;
  if (events.length < version || events.at(-1)?.id !== eventId)
    return [`${what} is of an event that is not there`];
  const expected = stateOf(code, events);
  return state === expected ? [] : [`${what} says ${state}; its events say ${expected}`];
}

/**
 * What it keeps is a fold of what its checkpoint has passed. Of a key that is held, nobody knows here how far it is.
 * @param {Generation} generation
 * @param {readonly Happened[]} events
 */
function checkGeneration(generation, events) {
  const { projection, state, code, kept, low = 0, ahead, heldKeys, letters, isInline } = generation;
  const name = nameOf(generation);
  if (state === 'gone') return isFound(generation) ? [] : checkGone(generation);
  if (state === 'removing' || heldKeys + letters > 0) return [];
  const beyond = new Set(ahead);
  // What is inline has all that was ever appended.
  const passed = events.filter(({ position }) => isInline || position <= low || beyond.has(position));
  return difference(name, kept, foldOf(projection, code, passed));
}

/**
 * Whether the next process that looks finds what is left of one that is gone, and removes it: whoever had not heard of the removal has
 * gone on with it, until it was killed. It is found by its checkpoint, and by its collection. Of one that never was nothing is left.
 * @param {Generation} generation
 */
function isFound({ projection, code, low, kept }) {
  return code !== 0 && (low !== undefined || (projection !== 'statements' && kept !== undefined));
}

/** @param {Generation} generation */
function checkGone(generation) {
  const { kept, low, heldKeys, letters } = generation;
  if (kept === undefined && low === undefined && heldKeys + letters === 0) return [];
  return [
    `${nameOf(generation)} is gone, and there is something left of it: ${kept?.size ?? 'no'} documents, checkpoint ${low}, ${heldKeys} held keys, ${letters} letters`,
  ];
}

/** @param {Generation} generation */
function nameOf({ projection, number, state, code }) {
  return `${projection}#${number} (${state}, code ${code})`;
}

/** @param {readonly Generation[]} generations */
function checkActive(generations) {
  const names = [...new Set(generations.map(({ projection }) => projection))];
  return names.flatMap((name) => {
    const active = generations.filter(({ projection, state }) => projection === name && state === 'active');
    return active.length === 1 ? [] : [`${name} has ${active.length} active generations`];
  });
}

/**
 * In the end there is nothing but the active ones, at the end of the log.
 * @param {Generation} generation
 * @param {Answers} answers
 */
function checkLast(generation, answers) {
  const { state, code, heldKeys, letters, isPaused } = generation;
  if (state === 'active' && code === answers.code && heldKeys + letters === 0 && !isPaused) return [];
  return [
    `${nameOf(generation)} is there in the end, with ${heldKeys} held keys and ${letters} letters${isPaused ? ', paused' : ''}`,
  ];
}

/**
 * @param {readonly Happened[]} events
 * @param {Answers} answers
 */
function checkAnswers(events, { code, documents, states, projections }) {
  const violations = [];
  for (const projection of projections.filter((name) => name !== 'statements')) {
    const read = documents.filter((one) => one.projection === projection);
    const kept = new Map(read.map(({ key, value }) => [key, value]));
    if (kept.size < read.length) violations.push(`${projection} answers with a document twice`);
    violations.push(...difference(`${projection}, as it is read`, kept, foldOf(projection, code, events)));
    const balances = read.map(({ value }) => JSON.parse(value).balance);
    const isSorted = balances.every((balance, index) => index === 0 || balance >= balances[index - 1]);
    if (projection.endsWith('accounts') && !projection.startsWith('live') && !isSorted)
      violations.push(`${projection} is not sorted: ${balances}`);
  }
  const streams = byStream(events);
  const loaded = new Map(states.map(({ stream, version, state }) => [stream, `${version} ${state}`]));
  const folded = new Map([...streams].map(([stream, of]) => [stream, `${of.length} ${stateOf(code, of)}`]));
  return [...violations, ...difference('the states, as they are loaded', loaded, folded)];
}

/**
 * No transfer is under way, and all that was deposited is there, by the states and by each read model.
 * @param {readonly Happened[]} events
 * @param {Answers} answers
 */
function checkMoney(events, { documents, states }) {
  const open = new Set();
  let deposited = 0;
  for (const { type, data } of events) {
    if (type === 'deposited') deposited += data.amount;
    if (type === 'transfer-requested') open.add(data.transferId);
    if (type === 'transfer-completed' || type === 'transfer-refused') open.delete(data.transferId);
  }
  /** @type {Map<string, number>} */
  const sums = new Map();
  const add = (/** @type {string} */ of, /** @type {string} */ text) =>
    sums.set(of, (sums.get(of) ?? 0) + JSON.parse(text).balance);
  for (const { stream, state } of states) if (stream.startsWith('account-')) add('the states', state);
  for (const { projection, value } of documents) if (projection.endsWith('accounts')) add(projection, value);
  return [
    ...[...open].map((id) => `transfer ${id} is under way in the end`),
    ...[...sums].flatMap(([of, sum]) =>
      sum === deposited ? [] : [`there is ${sum} by ${of}, and ${deposited} was deposited`],
    ),
  ];
}

/**
 * @param {string} name
 * @param {ReadonlyMap<string, string>} [got] nothing for what has no place
 * @param {ReadonlyMap<string, string>} [expected]
 */
function difference(name, got = new Map(), expected = new Map()) {
  const violations = [];
  for (const [key, value] of expected)
    if (got.get(key) !== value)
      violations.push(`${name} has ${got.get(key) ?? 'nothing'} of ${key}; the log says ${value}`);
  for (const [key, value] of got)
    if (!expected.has(key)) violations.push(`${name} has ${value} of ${key}; the log says nothing`);
  return violations;
}
