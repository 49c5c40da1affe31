import { defuse, describeValue, MortarError } from '../../errors/index.js';
import type { EventContract } from '../contract.js';
import { isEnvelopeText } from './envelope-check.js';

const MAX_TAGS = 64;
const MAX_TAG_LENGTH = 200;
const NO_TAGS: readonly string[] = Object.freeze([]);

/**
 * The tags of an event, as its contract finds them in its data: what filters and conditions on the log ask for beside the
 * type. Each is there once.
 * @throws MortarError `MORTAR_TAGS_INVALID` for more than 64, or one that is not 1 to 200 characters without control
 * characters
 */
export function tagsOf<Out>(
  contract: Pick<EventContract<string, Out>, 'name' | 'tags'>,
  data: Out,
): readonly string[] {
  if (contract.tags === undefined) return NO_TAGS;
  const tags: unknown = computed(contract, data);
  if (!Array.isArray(tags)) {
    defuse(tags);
    throw invalid(contract.name, 'a list of texts', describeValue(tags));
  }
  const different = [...new Set<unknown>(tags)];
  if (different.length > MAX_TAGS) throw invalid(contract.name, `at most ${MAX_TAGS}`, `${different.length}`);
  const wrong = different.findIndex((tag) => !isTag(tag));
  if (wrong < 0) return different.filter(isTag);
  const expected = `texts of 1 to ${MAX_TAG_LENGTH} characters without control characters`;
  throw invalid(contract.name, expected, describeValue(different[wrong]));
}

/** Whether a value can be the tag of an event. */
function isTag(value: unknown): value is string {
  return isEnvelopeText(value) && value.length <= MAX_TAG_LENGTH;
}

function computed<Out>(contract: Pick<EventContract<string, Out>, 'name' | 'tags'>, data: Out): unknown {
  try {
    return contract.tags?.(data);
  } catch (cause) {
    throw invalid(contract.name, 'a tags function that does not throw', 'one that threw', cause);
  }
}

function invalid(name: string, expected: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_TAGS_INVALID', {
    rule: `The tags of event ${name} are computed from its data.`,
    expected,
    got,
    cause,
  });
}
