import { describe, it } from 'vitest';
import { memoryRepository } from '../../src/patterns/index.js';
import { repositoryCases, type Specimen } from '../../src/testing/conformance/repository.js';

const cases = repositoryCases(() => ({
  repository: memoryRepository({ idOf: ({ id }: Specimen) => id }),
}));

describe('a repository in memory, as every repository', () => {
  it.each(cases)('$name', ({ run }) => run());
});
