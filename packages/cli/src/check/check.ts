import type { Frame } from '../frame.js';
import { checkOnce } from './checking.js';
import type { CheckOptions } from './options.js';

/** Does what `mortar check` is told. */
export async function check(options: CheckOptions, frame: Frame): Promise<void> {
  if (options.selfTest === true) await (await import('./self-testing.js')).testItself(options, frame);
  else if (options.watch === true) await (await import('./watch-check.js')).watchAndCheck(options, frame);
  else frame.finish((await checkOnce(options, frame.io)).code);
}
