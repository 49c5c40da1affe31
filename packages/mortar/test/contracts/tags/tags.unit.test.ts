import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { event, tagsOf } from '../../../src/contracts/index.js';
import { caught, codeOf } from '../caught.js';

const data = z.object({ course: z.string(), student: z.string() });
const sent = { course: 'c-1', student: 's-2' };

function tagged(tags: unknown): ReturnType<typeof tagsOf> {
  return tagsOf(event('campus.enrolled', { data, tags: tags as () => readonly string[] }), sent);
}

describe('the tags of an event', () => {
  test('are computed from its data, each of them once', () => {
    const Enrolled = event('campus.enrolled', {
      data,
      tags: ({ course, student }) => [`course:${course}`, `student:${student}`, `course:${course}`],
    });
    expect(tagsOf(Enrolled, sent)).toEqual(['course:c-1', 'student:s-2']);
  });

  test('are none unless the contract says so', () => {
    const Plain = event('campus.plain', { data });
    expect('tags' in Plain).toBe(false);
    expect(tagsOf(Plain, sent)).toEqual([]);
  });

  test('are 64 at most, of 1 to 200 characters', () => {
    const many = Array.from({ length: 64 }, (_, no) => `${no}:${'x'.repeat(190)}`);
    expect(tagged(() => many)).toEqual(many);
    expect(codeOf(() => tagged(() => [...many, 'one more']))).toBe('MORTAR_TAGS_INVALID');
  });

  test.each([
    ['no list', 'course:1'],
    ['a promise', new Error('a reason')],
    ['nothing', undefined],
    ['an empty text', ['']],
    ['a number', [7]],
    ['a long text', ['x'.repeat(201)]],
    ['a line break', ['a\nb']],
    ['half a character', ['\ud800']],
  ])('are refused as %s', (_, tags) => {
    expect(caught(() => tagged(() => (tags instanceof Error ? Promise.reject(tags) : tags)))).toMatchObject({
      code: 'MORTAR_TAGS_INVALID',
      rule: 'The tags of event campus.enrolled are computed from its data.',
    });
  });

  test('are refused where their function throws, which is the cause', () => {
    const broken = new Error('no course');
    const error = caught(() =>
      tagged(() => {
        throw broken;
      }),
    );
    expect(error).toMatchObject({ code: 'MORTAR_TAGS_INVALID', cause: broken });
  });

  test.each(['course', 7, {}, null, ['course']])(
    'are refused where %j is in place of the function',
    (tags) => {
      const error = caught(() => event('campus.a', { data, tags: tags as never }));
      expect(error).toMatchObject({ code: 'MORTAR_CONTRACT_INVALID' });
      expect(error.rule).toContain('tags');
    },
  );
});
