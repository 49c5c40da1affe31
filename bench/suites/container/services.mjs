/** @typedef {import('../../harness/contestant.mjs').Counter} Counter */

/**
 * A service before any container knows it.
 * @typedef {object} Service
 * @property {string} name names the parameters that take it; some peers know services by name
 * @property {any} Class
 * @property {readonly Service[]} dependencies of its constructor, in order
 * @property {readonly any[]} needed the classes of these
 */

/**
 * Services, dependencies first.
 * @typedef {object} Graph
 * @property {readonly Service[]} services
 * @property {Service} root depends on all others, directly or not
 * @property {Counter} counter counts what the constructors made
 */

/**
 * How the constructors take what they need: each in its place, or all as properties of one object.
 * @typedef {'positional' | 'cradle'} Style
 */

let made = 0;

/**
 * A function with code of its own (see trap 1 of the README): what it was called with is no other's type feedback.
 * @param {string} parameters
 * @param {string} body
 * @returns {any}
 */
export function distinct(parameters, body) {
  made += 1;
  return new Function(parameters, `/* ${made} */ ${body}`);
}

/**
 * Seven services, three deep, each needed once: whoever makes them all anew makes seven.
 * @param {Style} style
 * @returns {Graph}
 */
export function makeTree(style) {
  return makeSeven(style, [], '');
}

/**
 * The same seven, but the session of the left branch is needed by the right one too. Where it is not shared, the root
 * refuses; and eight are made, so that the count is wrong as well.
 * @param {Style} style
 * @param {{ isDisposable?: boolean }} [options] whether the session counts its disposal, by whatever name
 * @returns {Graph}
 */
export function makeShared(style, { isDisposable = false } = {}) {
  const check =
    'if (this.left.session !== this.right.session) throw new Error("The session is not shared.");';
  return makeSeven(style, ['session'], check, isDisposable);
}

/**
 * Many services: the first hundred need nothing, each other one two of those a hundred before it.
 * @param {Style} style
 * @param {number} count
 * @returns {Graph}
 */
export function makeMany(style, count) {
  const counter = { calls: 0 };
  /** @type {Service[]} */
  const services = [];
  for (let index = 0; index < count; index += 1) {
    const dependencies = services.slice(Math.max(0, index - 101), Math.max(0, index - 99));
    services.push(makeService(counter, style, `service${index}`, dependencies));
  }
  return { services, root: /** @type {Service} */ (services.at(-1)), counter };
}

/** @type {WeakMap<Service, (...given: any[]) => any>} */
const factories = new WeakMap();

/**
 * `(session, clock) => new Left(session, clock)`, with code of its own; one for each service.
 * @param {Service} service
 * @returns {(...given: any[]) => any}
 */
export function factoryOf(service) {
  const present = factories.get(service);
  if (present !== undefined) return present;
  const { Class, dependencies } = service;
  const list = dependencies.map(({ name }) => name).join(', ');
  const factory = distinct('Class', `return (${list}) => new Class(${list});`)(Class);
  factories.set(service, factory);
  return factory;
}

/**
 * @param {Style} style
 * @param {readonly string[]} shared what the right branch needs too
 * @param {string} check what the root does besides
 * @param {boolean} [isDisposable]
 * @returns {Graph}
 */
function makeSeven(style, shared, check, isDisposable = false) {
  const counter = { calls: 0 };
  const disposal = isDisposable ? DISPOSAL : '';
  const session = makeService(counter, style, 'session', [], '', disposal);
  const [clock, log, mailer] = ['clock', 'log', 'mailer'].map((name) =>
    makeService(counter, style, name, []),
  );
  const left = makeService(counter, style, 'left', services(session, clock));
  const both = shared.length > 0 ? [session] : [];
  const right = makeService(counter, style, 'right', services(...both, log, mailer));
  const root = makeService(counter, style, 'root', [left, right], check);
  return { services: services(session, clock, log, mailer, left, right, root), root, counter };
}

// Some peers look for the one, we for the other.
const DISPOSAL = 'dispose() { counter.calls += 1; } [Symbol.dispose]() { counter.calls += 1; }';

/** @param {readonly (Service | undefined)[]} given */
function services(...given) {
  return given.filter((service) => service !== undefined);
}

/**
 * A class with code of its own that keeps what it is given, and counts.
 * @param {Counter} counter
 * @param {Style} style
 * @param {string} name
 * @param {readonly Service[]} dependencies
 * @param {string} [more] what the constructor does besides
 * @param {string} [members]
 * @returns {Service}
 */
function makeService(counter, style, name, dependencies, more = '', members = '') {
  const names = dependencies.map((dependency) => dependency.name);
  const list = names.join(', ');
  const parameters = style === 'cradle' && names.length > 0 ? `{ ${list} }` : list;
  const fields = names.map((field) => `this.${field} = ${field};`).join(' ');
  const className = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const making = `constructor(${parameters}) { ${fields} counter.calls += 1; ${more} }`;
  const Class = distinct('counter', `return class ${className} { ${making} ${members} };`)(counter);
  return { name, Class, dependencies, needed: dependencies.map((dependency) => dependency.Class) };
}
