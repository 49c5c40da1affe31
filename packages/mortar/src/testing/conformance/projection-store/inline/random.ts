import assert from 'node:assert/strict';
import type { OpenStore } from '../../../../delivery/index.js';
import type { DeliveryStoreCase } from '../../delivery-store/subject.js';
import { walk } from '../../event-store/subject.js';
import { move, numbersFrom } from '../../projections/subject.js';
import { accountsOf, naively } from '../bank.js';
import { ACCOUNTS, Process, until } from '../processes.js';
import { secondOf } from '../subject.js';

/** What happens to two processes of different code on one store. */
export type InlineStep =
  /** A process appends so many events at once, and is not waited for. */
  | {
      readonly kind: 'append';
      readonly by: 0 | 1;
      readonly account: number;
      readonly amount: number;
      readonly count: number;
    }
  /** Something by an operator, or by a process that has not the code. */
  | { readonly kind: 'demote' | 'rebuild' | 'reset' | 'pause' | 'resume'; readonly by: 0 | 1 }
  | { readonly kind: 'stop' | 'kill'; readonly by: 0 | 1 }
  /** All that was begun ends. */
  | { readonly kind: 'wait' };

const CODES = ['old', 'new'] as const;

interface Player {
  process: Process;
  open: Promise<unknown>[];
}

/** Plays steps, and asserts that in the end each process reads what a fold of the log by its own code comes to, byte for byte. */
export async function playInline(
  handles: readonly [OpenStore, OpenStore],
  steps: readonly InlineStep[],
): Promise<void> {
  const start = (by: 0 | 1): Promise<Process> =>
    Process.start(handles[by], accountsOf(CODES[by], { placement: 'inline' }));
  const players: readonly [Player, Player] = [
    { process: await start(0), open: [] },
    { process: await start(1), open: [] },
  ];
  for (const step of steps) {
    if (step.kind === 'wait') {
      await Promise.all(players.flatMap(({ open }) => open.splice(0)));
      continue;
    }
    const player = players[step.by];
    if (step.kind === 'append') append(player, step);
    else if (step.kind === 'stop' || step.kind === 'kill') {
      await end(player, step.kind);
      player.process = await start(step.by);
    } else await operate(handles[step.by], player.process, step.kind);
  }
  await Promise.all(players.flatMap(({ open }) => open));
  for (const { process } of players) await process.operations.resume(ACCOUNTS);
  for (const by of [0, 1] as const) await isRight(players[by].process, CODES[by]);
  await Promise.all(players.map(({ process }) => process.stop()));
}

function append({ process, open }: Player, step: Extract<InlineStep, { kind: 'append' }>): void {
  const { account, amount, count } = step;
  const events = Array.from({ length: count }, (_, n) => move(`account-${(account + n) % 3}`, amount + n));
  open.push(process.store.events.append([{ events }]));
}

async function end(player: Player, kind: 'stop' | 'kill'): Promise<void> {
  const { process, open } = player;
  player.open = [];
  // Of what a process has begun that was killed, nobody hears.
  if (kind === 'kill') return process.kill();
  await Promise.all(open);
  await process.stop();
}

async function operate(
  store: OpenStore,
  { operations }: Process,
  kind: 'demote' | 'rebuild' | 'reset' | 'pause' | 'resume',
): Promise<void> {
  if (kind !== 'demote') {
    // That it is being built already is no matter.
    await operations[kind](ACCOUNTS).catch((error) => assert.equal(error.code, 'MORTAR_GENERATION_STATE'));
    return;
  }
  for (const one of await store.projections.generations(ACCOUNTS))
    if (one.state === 'active') await store.projections.demote(one);
}

async function isRight(process: Process, code: string): Promise<void> {
  const { fingerprint } = accountsOf(code, { placement: 'inline' });
  const reads = (): boolean => process.generations.read(ACCOUNTS).fingerprint === fingerprint;
  await until(reads, `documents of ${code} to be read`);
  await process.caughtUp();
  assert.deepEqual(await process.documents(), naively(code, await walk(process.store.events)));
}

function stepsFrom(seed: number, count: number): readonly InlineStep[] {
  const random = numbersFrom(seed);
  const others = ['demote', 'rebuild', 'reset', 'pause', 'resume', 'stop', 'kill'] as const;
  return Array.from({ length: count }, (): InlineStep => {
    const by = random(2) === 0 ? 0 : 1;
    const dice = random(10);
    if (dice === 0) return { kind: 'wait' };
    const kind = others[random(others.length)];
    if (dice < 3 && kind !== undefined) return { kind, by };
    return { kind: 'append', by, account: random(3), amount: random(20), count: 1 + random(3) };
  });
}

/** Whatever happens, and in whatever order. */
export const randomCases: readonly DeliveryStoreCase[] = [1, 2, 3, 4].map((seed) => ({
  name: `two states of the code, whose processes append, are demoted, made anew and killed: each reads a fold of the log (seed ${seed})`,
  needs: 'second handle',
  run: (subject) => playInline([subject.store, secondOf(subject)], stepsFrom(seed, 60)),
}));
