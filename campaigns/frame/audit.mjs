import { hashOf } from './event.mjs';

/** @typedef {import('mortar/event-store').LogEntry} LogEntry */
/** @typedef {import('mortar/event-store').EventStore} EventStore */

/**
 * What a writer was told: an event that is on disk from now on.
 * @typedef {object} Acknowledged
 * @property {string} stream
 * @property {number} version
 * @property {number} position
 * @property {string} hash
 */

/**
 * The line that a child writes for each event of an append that was acknowledged; read by `readAcknowledged`.
 * @param {string} id
 * @param {Acknowledged} acknowledged
 */
export function acknowledgement(id, { stream, version, position, hash }) {
  return `ack ${id} ${stream} ${version} ${position} ${hash}`;
}

/**
 * @param {string} line
 * @param {Map<string, Acknowledged>} into by event id
 * @returns {boolean} whether it was such a line
 */
export function readAcknowledged(line, into) {
  const [what, id, stream, version, position, hash] = line.split(' ');
  if (what !== 'ack' || id === undefined || stream === undefined || hash === undefined) return false;
  into.set(id, { stream, version: Number(version), position: Number(position), hash });
  return true;
}

/**
 * Reads a whole log and compares it with what was acknowledged: every acknowledged event is there, in its place, byte for
 * byte; positions grow; each stream counts from 1 without a hole; each append is there as a whole or not at all.
 * @param {EventStore} events
 * @param {ReadonlyMap<string, Acknowledged>} acknowledged
 * @returns {Promise<{ events: number, violations: string[] }>}
 */
export async function auditLog(events, acknowledged) {
  const audit = makeAudit(acknowledged);
  let after;
  for (;;) {
    const page = await events.readAll(after === undefined ? {} : { after });
    for (const entry of page.entries) audit.see(entry);
    if (page.isEnd) return audit.end();
    after = page.next;
  }
}

/** @param {ReadonlyMap<string, Acknowledged>} acknowledged */
export function makeAudit(acknowledged) {
  /** @type {string[]} */
  const violations = [];
  /** @type {Set<string>} */
  const ids = new Set();
  /** @type {Map<string, number>} */
  const versions = new Map();
  /** @type {Map<string, { of: number, seen: number }>} */
  const appends = new Map();
  let last = 0;
  return {
    /** @param {LogEntry} entry the next of the log */
    see(entry) {
      const { id, position, streamId = '', version = 0, payload, metadata } = entry;
      const place = `event ${id} at position ${position}`;
      if (position <= last) violations.push(`${place} comes after position ${last}`);
      last = position;
      if (ids.has(id)) violations.push(`${place} is there twice`);
      ids.add(id);
      const expected = (versions.get(streamId) ?? 0) + 1;
      if (version !== expected)
        violations.push(`${place} has version ${version} in ${streamId}; expected ${expected}`);
      versions.set(streamId, version);
      const hash = hashOf(payload);
      if (hash !== metadata['hash']) violations.push(`${place} has a payload that was not written so`);
      const append = appends.get(metadata['append'] ?? '') ?? { of: Number(metadata['of']), seen: 0 };
      append.seen += 1;
      appends.set(metadata['append'] ?? '', append);
      const told = acknowledged.get(id);
      if (told !== undefined && !isSame(told, { stream: streamId, version, position, hash })) {
        violations.push(
          `${place} lies in ${streamId} ${version}; ${told.stream} ${told.version} at ${told.position} was acknowledged`,
        );
      }
    },
    end() {
      for (const [id, { position }] of acknowledged) {
        if (!ids.has(id))
          violations.push(`event ${id} was acknowledged at position ${position}, and is gone`);
      }
      for (const [append, { of, seen }] of appends) {
        if (seen !== of) violations.push(`append ${append} has ${seen} of its ${of} events`);
      }
      return { events: ids.size, violations };
    },
  };
}

/**
 * @param {Acknowledged} a
 * @param {Acknowledged} b
 */
function isSame(a, b) {
  return a.stream === b.stream && a.version === b.version && a.position === b.position && a.hash === b.hash;
}
