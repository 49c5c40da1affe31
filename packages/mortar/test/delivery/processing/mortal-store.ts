import type { OpenStore } from '../../../src/delivery/index.js';

/** A store as a process has it that may be killed at any moment: from then on it neither asks nor hears anything. */
export interface MortalStore {
  readonly store: OpenStore;
  kill(): void;
  /** What it asks is asked only when it wakes, as of a process that is stopped and goes on later. */
  sleep(): void;
  wake(): void;
}

export function mortal(store: OpenStore): MortalStore {
  let isDead = false;
  let asleep: Promise<void> | undefined;
  let wake = (): void => undefined;
  const never = new Promise<never>(() => undefined);
  const until = async (call: () => Promise<unknown>): Promise<unknown> => {
    await asleep;
    if (isDead) return never;
    try {
      const answer = await call();
      return isDead ? never : answer;
    } catch (error) {
      if (isDead) return never;
      throw error;
    }
  };
  const part = <T extends object>(whole: T): T =>
    new Proxy(whole, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        if (name === 'watch')
          return (listener: () => void) => member.call(target, () => (isDead ? undefined : listener()));
        return (...parameters: unknown[]) => until(() => member.apply(target, parameters));
      },
    });
  const { kind, events, units, deliveries, deadLetters } = store;
  return {
    store: {
      kind,
      events: part(events),
      units: part(units),
      deliveries: part(deliveries),
      deadLetters: part(deadLetters),
      check: () => store.check(),
      close: () => store.close(),
      [Symbol.asyncDispose]: () => store.close(),
    },
    kill() {
      isDead = true;
    },
    sleep() {
      asleep ??= new Promise((resolve) => {
        wake = resolve;
      });
    },
    wake() {
      asleep = undefined;
      wake();
    },
  };
}
