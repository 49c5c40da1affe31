import type { CommandContract } from '../../contracts/index.js';
import type { Issue } from '../../errors/index.js';
import type { Awaitable, MessageContext, RequestContext } from '../handler.js';

/** What a rule gets: it looks, and changes nothing. */
export type RuleContext<C extends CommandContract = CommandContract> = Pick<
  RequestContext<C>,
  'data' | 'envelope'
> &
  Pick<MessageContext, 'ask' | 'tryAsk' | 'signal' | 'logger'>;

/** What a rule answers: nothing where all is well, else what is wrong. */
export type RuleAnswer = undefined | string | Issue | readonly (string | Issue)[];

/** A rule of a method's type, so that rules of one contract are rules of any contract where they are listed. */
interface RuleShape<C extends CommandContract> {
  rule(context: RuleContext<C>): Awaitable<RuleAnswer>;
}

/**
 * Looks at a command before its handler, beyond what a schema can say: it may ask queries. All rules of a command run, at
 * once; what they find is told in one error.
 */
export type Rule<C extends CommandContract = CommandContract> = RuleShape<C>['rule'];
