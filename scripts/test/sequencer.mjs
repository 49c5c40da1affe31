import { relative, sep } from 'node:path';
import { BaseSequencer } from 'vitest/node';
import { placeOf } from './order.mjs';

/** @typedef {import('vitest/node').TestSpecification} TestSpecification */

/**
 * Begins with the files that take longest, so that short ones end the run: a long one that begins last has all but one
 * worker wait for it. Vitest by itself knows how long a file takes only where it has run before; on a build machine, never.
 */
export class LongestFirst extends BaseSequencer {
  /**
   * @override
   * @param {TestSpecification[]} files of all projects
   * @returns {Promise<TestSpecification[]>}
   */
  async sort(files) {
    const { root } = this.ctx.config;
    const place = (/** @type {TestSpecification} */ { moduleId }) =>
      placeOf(relative(root, moduleId).split(sep).join('/'));
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}
