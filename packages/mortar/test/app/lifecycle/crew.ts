import { token } from '../../../src/container/index.js';
import { defineModule, type Module, type ModuleBuilder } from '../../../src/modules/index.js';

/** What happens to modules, in order, such as `a made`, `a starts`, `a stops`, `a disposed`. */
export type Log = string[];

/** A module with a service and a hook at either end, all of which tell the log. */
export function member(
  name: string,
  log: Log,
  register: (module: ModuleBuilder<string>) => void = () => {},
): Module {
  class Tool {
    constructor() {
      log.push(`${name} made`);
    }
    [Symbol.dispose](): void {
      log.push(`${name} disposed`);
    }
  }
  return defineModule(name, (module) => {
    module.singleton(Tool);
    module.onStart(
      [Tool],
      (_, tool) => void log.push(`${name} starts${tool instanceof Tool ? '' : ' without'}`),
    );
    module.onStop(
      [Tool],
      (_, tool) => void log.push(`${name} stops${tool instanceof Tool ? '' : ' without'}`),
    );
    register(module);
  });
}

/** A service that is made by a function, and has no class of its own. */
export const Extra = token<object>('Extra');

/** What a member tells when all is well. */
export function up(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [`${name} made`, `${name} starts`]);
}

/** What members tell at the end, in the order given. */
export function down(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [`${name} stops`, `${name} disposed`]);
}

/** What never comes to an end. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
