import { createHash } from 'node:crypto';
import { newId } from 'mortar/contracts';

const TEXTS = [
  'plain',
  'Grüße',
  '日本語',
  '🦊🦊',
  '"quoted" \\ and \u2028',
  '</script>',
  '\u0000'.slice(1),
  'e\u0301',
];
const LONGEST = 40;

/**
 * Events of a campaign say in their metadata what they should be: the hash of their own data, and how many were appended
 * with them. So whoever reads them can tell a torn one, and half of an append, without having seen them written.
 * @param {import('./random.mjs').Random} random
 * @param {number} count
 * @returns {import('mortar/event-store').EncodedEvent[]} of one append
 */
export function makeEvents(random, count) {
  const append = newId();
  return Array.from({ length: count }, (_, index) => {
    const id = newId();
    const payload = JSON.stringify({ index, text: makeText(random) });
    const metadata = { append, of: String(count), hash: hashOf(payload) };
    return { ...PLAIN, id, correlationId: id, occurredAt: Date.now(), metadata, payload };
  });
}

/** @param {string} payload */
export function hashOf(payload) {
  return createHash('sha256').update(payload).digest('hex').slice(0, 16);
}

const PLAIN = {
  type: 'campaign.happened',
  schemaVersion: 1,
  key: undefined,
  priority: /** @type {const} */ ('normal'),
  causationId: undefined,
  actor: undefined,
  tenant: undefined,
  traceparent: undefined,
  tags: [],
};

/** @param {import('./random.mjs').Random} random */
function makeText(random) {
  return Array.from({ length: random.below(LONGEST) }, () => random.pick(TEXTS)).join(' ');
}
