import { memory } from './container/memory.mjs';
import { registrations } from './container/registrations.mjs';
import { resolving } from './container/resolving.mjs';
import { scopes } from './container/scopes.mjs';

/** @type {readonly import('../harness/case.mjs').Case[]} */
export const cases = [...resolving, ...scopes, ...registrations, ...memory];
