import { fileURLToPath } from 'node:url';
import { auditLog, readAcknowledged } from '../../frame/audit.mjs';
import { startChild } from '../../frame/child.mjs';
import { openStore } from '../../frame/store.mjs';

const APPENDER = fileURLToPath(new URL('../../frame/appender.mjs', import.meta.url));
const POLL_MS = 10;
const BROKEN = 'MORTAR_STORE_BROKEN';

/**
 * A process that appends to a file, and what it has said.
 * @param {string} file
 * @param {import('../../frame/random.mjs').Random} random
 * @param {readonly string[]} [wrapper] a program that runs it
 */
export function startAppender(file, random, wrapper = []) {
  /** @type {Map<string, import('../../frame/audit.mjs').Acknowledged>} */
  const acknowledged = new Map();
  /** @type {Map<string, number>} */
  const codes = new Map();
  /** @type {string[]} */
  const violations = [];
  let hasEnded = false;
  const assignment = {
    store: 'sqlite',
    where: file,
    seed: random.seed(),
    callers: 1 + random.below(8),
    streams: 5,
  };
  const onLine = (/** @type {string} */ line) => {
    const isAcknowledged = readAcknowledged(line, acknowledged);
    if (isAcknowledged && codes.has(BROKEN))
      violations.push(`acknowledged after the store was broken: ${line}`);
    const [, code] = /^failed (.*)$/.exec(line) ?? [];
    if (code !== undefined) codes.set(code, (codes.get(code) ?? 0) + 1);
  };
  const child = startChild(APPENDER, assignment, onLine, { wrapper });
  void child.ended.then(() => {
    hasEnded = true;
  });
  return {
    acknowledged,
    codes,
    hasEnded: () => hasEnded,
    failures: () => [...codes.values()].reduce((sum, count) => sum + count, 0),
    fullTimes: () => codes.get('MORTAR_STORE_FULL') ?? 0,
    /** @type {(isTrue: () => boolean, withinMs: number) => Promise<boolean>} */
    async until(isTrue, withinMs) {
      for (const end = Date.now() + withinMs; !isTrue(); ) {
        if (Date.now() > end) return false;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      return true;
    },
    async kill() {
      child.kill('SIGKILL');
      await child.ended;
    },
    /** @type {(allowed: ReadonlySet<string>) => Promise<string[]>} */
    async audit(allowed) {
      for (const code of codes.keys())
        if (!allowed.has(code)) violations.push(`an append failed with ${code}`);
      const store = await openStore('sqlite', file);
      try {
        const found = await auditLog(store.events, acknowledged);
        return [...violations, ...found.violations];
      } finally {
        await store.close();
      }
    },
  };
}
