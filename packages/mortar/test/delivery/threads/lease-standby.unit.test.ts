import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaseBoard, threadsNow } from '../../../src/delivery/internal/lease-board.js';
import { LeaseStandby, lookEveryMs } from '../../../src/delivery/internal/lease-standby.js';

const TTL_MS = 6_000;
const HEARTBEAT_MS = TTL_MS / 3;
const STEP_MS = 20;

/** A time in which the event loop does not turn. */
interface Block {
  readonly from: number;
  readonly to: number;
}

/** What came of an event loop and its thread: who has renewed, and when. */
interface Life {
  readonly byLoop: readonly number[];
  readonly byThread: readonly number[];
}

/** Both sides side by side, step by step; what is due while the loop is blocked happens when it turns again. */
function live(blocks: readonly Block[], thread: { readonly phase: number }, untilMs: number): Life {
  const byLoop: number[] = [];
  const byThread: number[] = [];
  const standby = new LeaseStandby(TTL_MS);
  let [turnedAt, sayAt, beatAt, lookAt] = [0, 0, 0, thread.phase];
  for (let now = 0; now <= untilMs; now += STEP_MS) {
    const isBlocked = blocks.some(({ from, to }) => now >= from && now < to);
    if (!isBlocked && now >= sayAt) {
      turnedAt = now;
      sayAt = now + lookEveryMs(TTL_MS);
    }
    if (!isBlocked && now >= beatAt) {
      byLoop.push(now);
      beatAt = now + HEARTBEAT_MS;
    }
    if (now < lookAt) continue;
    lookAt = now + lookEveryMs(TTL_MS);
    if (!standby.isDue(now, turnedAt)) continue;
    standby.renewed(now);
    byThread.push(now);
  }
  return { byLoop, byThread };
}

const block: fc.Arbitrary<Block> = fc
  .record({ from: fc.nat(60_000), forMs: fc.oneof(fc.nat(3_000), fc.nat(40_000)) })
  .map(({ from, forMs }) => ({ from, to: from + forMs }));
const phase: fc.Arbitrary<number> = fc.nat(lookEveryMs(TTL_MS));

function longestGap(times: readonly number[], untilMs: number): number {
  const sorted = [0, ...times, untilMs].sort((one, other) => one - other);
  return Math.max(...sorted.map((time, index) => time - (sorted[index - 1] ?? 0)));
}

describe('the thread that stands by', () => {
  it('lets no renewal grow older than two thirds of a lease, however the loop is blocked', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), phase, (blocks, at) => {
        const { byLoop, byThread } = live(blocks, { phase: at }, 120_000);
        const steps = 4 * STEP_MS;
        expect(longestGap([...byLoop, ...byThread], 120_000)).toBeLessThanOrEqual((TTL_MS * 2) / 3 + steps);
      }),
      { numRuns: 300 },
    );
  });

  it('renews nothing while the loop turns, nor in a block that is short', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ from: fc.nat(60_000), forMs: fc.nat(TTL_MS / 4 - lookEveryMs(TTL_MS) - 40) })),
        phase,
        (given, at) => {
          const apart = given.map(({ from, forMs }, index) => ({
            from: from + index * 70_000,
            to: from + index * 70_000 + forMs,
          }));
          expect(live(apart, { phase: at }, 70_000 * (given.length + 1)).byThread).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('renews three times in the life of a lease, and not with every look', () => {
    const { byThread } = live([{ from: 1_000, to: 61_000 }], { phase: 100 }, 61_000);
    expect(byThread.length).toBeGreaterThanOrEqual(24);
    expect(byThread.length).toBeLessThanOrEqual(31);
  });

  it('tries again with the next look where it has failed', () => {
    const standby = new LeaseStandby(TTL_MS);
    expect(standby.isDue(2_000, 0)).toBe(true);
    expect(standby.isDue(2_500, 0)).toBe(true);
    standby.renewed(2_500);
    expect(standby.isDue(3_000, 0)).toBe(false);
  });

  it('looks at least every millisecond, however short a lease', () => {
    expect(lookEveryMs(5)).toBe(1);
    expect(lookEveryMs(TTL_MS)).toBe(500);
  });
});

describe('what a loop and its thread have in common', () => {
  it('says when the loop has last turned', () => {
    const board = new LeaseBoard();
    const other = new LeaseBoard(board.shared);
    expect(other.turnedAt).toBe(0);
    const before = threadsNow();
    board.turn();
    expect(other.turnedAt).toBeGreaterThanOrEqual(before);
    expect(other.turnedAt).toBeLessThanOrEqual(threadsNow());
  });

  it('counts each renewal once', () => {
    const board = new LeaseBoard();
    const other = new LeaseBoard(board.shared);
    for (let count = 0; count < 3; count += 1) other.addRenewal();
    expect(board.takeRenewals()).toBe(3);
    expect(board.takeRenewals()).toBe(0);
  });
});
