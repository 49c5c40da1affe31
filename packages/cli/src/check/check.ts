import type { Frame } from '../frame.js';
import { checkOnce } from './checking.js';
import type { CheckOptions } from './options.js';
import { testItself } from './self-testing.js';
import { watchAndCheck } from './watch-check.js';

/** Does what `mortar check` is told. */
export async function check(options: CheckOptions, frame: Frame): Promise<void> {
  if (options.selfTest === true) await testItself(options, frame);
  else if (options.watch === true) await watchAndCheck(options, frame);
  else frame.finish((await checkOnce(options, frame.io)).code);
}
