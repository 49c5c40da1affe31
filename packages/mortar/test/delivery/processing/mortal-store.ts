import type { OpenStore } from '../../../src/delivery/index.js';

/** A store as a process has it that may be killed at any moment: from then on it neither asks nor hears anything. */
export interface MortalStore {
  readonly store: OpenStore;
  kill(): void;
  /** What it asks is asked only when it wakes, as of a process that is stopped and goes on later. */
  sleep(): void;
  wake(): void;
}

/** What befalls each call of a store, before it is made and when it has answered. A rejection is the call's answer. */
export interface Weather {
  readonly before?: (method: string, parameters: readonly unknown[]) => Promise<void> | void;
  readonly after?: (method: string, parameters: readonly unknown[]) => Promise<void> | void;
}

export function mortal(store: OpenStore, weather: Weather = {}): MortalStore {
  let isDead = false;
  let asleep: Promise<void> | undefined;
  let wake = (): void => undefined;
  const never = new Promise<never>(() => undefined);
  const until = async (
    method: string,
    parameters: readonly unknown[],
    call: () => Promise<unknown>,
  ): Promise<unknown> => {
    await asleep;
    if (isDead) return never;
    try {
      await weather.before?.(method, parameters);
      await asleep;
      if (isDead) return never;
      const answer = await call();
      await weather.after?.(method, parameters);
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
        return (...parameters: unknown[]) =>
          until(String(name), parameters, () => member.apply(target, parameters));
      },
    });
  const { kind, events, units, deliveries, deadLetters, snapshots, documents, projections } = store;
  return {
    store: {
      kind,
      events: part(events),
      units: part(units),
      deliveries: part(deliveries),
      deadLetters: part(deadLetters),
      snapshots: part(snapshots),
      documents: part(documents),
      projections: part(projections),
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
