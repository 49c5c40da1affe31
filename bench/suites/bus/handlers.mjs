/** @typedef {import('../../harness/contestant.mjs').Counter} Counter */

/** @typedef {(argument?: any) => any} Handler */

// So many different handlers a bus meets before they repeat; from five on, a call of them is megamorphic.
const VARIETY = 128;
let made = 0;

/**
 * Handlers that only count. Each has code of its own, as handlers of real life do, unless they are to be alike: then all
 * are closures of one function, which V8 inlines into a loop over them, so that more of the loop itself is seen.
 * (The comment is what makes the code unique, since V8 gives equal sources equal code.)
 * @param {Counter} counter
 * @param {number} count
 * @param {{ isAsync?: boolean, areAlike?: boolean, more?: string }} [options] `more`: what else each does, as code over
 * `event`
 * @returns {Handler[]}
 */
export function makeHandlers(counter, count, { isAsync = false, areAlike = false, more = '' } = {}) {
  made = (made + 1) % VARIETY;
  const code = `return ${isAsync ? 'async ' : ''}(event) => { counter.calls += 1; ${more} };`;
  return Array.from({ length: count }, () => {
    if (!areAlike) made = (made + 1) % VARIETY;
    return new Function('counter', `/* ${made} */ ${code}`)(counter);
  });
}

/**
 * The names of event types, each valid for every contestant.
 * @param {number} count
 */
export function typeNames(count) {
  return Array.from({ length: count }, (_, index) => `bench.ticked-${index}`);
}
