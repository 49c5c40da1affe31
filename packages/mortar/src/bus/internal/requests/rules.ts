import { summarize } from '../../../contracts/index.js';
import { describeValue, type Issue, MortarError } from '../../../errors/index.js';
import { isThenable } from '../../handler.js';
import type { Rule, RuleContext } from '../../requests/rule.js';
import type { HandlerContext } from '../handler-context.js';
import type { Invocation } from '../routing/invocation.js';

/** Puts rules in front of a handler: it is called when none of them is broken. */
export function withRules(rules: readonly Rule[], call: Invocation): Invocation {
  if (rules.length === 0) return call;
  return async (context) => {
    const issues = await brokenBy(rules, context);
    if (issues.length > 0) throw broken(context.type, issues);
    // Its caller may have given up meanwhile.
    context.signal.throwIfAborted();
    const work = call(context);
    if (isThenable(work)) return await work;
    context.throwRefusal();
    return work;
  };
}

/** What all rules find, in their order. Throws, when all have ended, what the first of them threw. */
async function brokenBy(rules: readonly Rule[], context: HandlerContext): Promise<readonly Issue[]> {
  const surroundings = ruleContextOf(context);
  const ends = await Promise.allSettled(rules.map(async (rule) => await rule(surroundings)));
  const issues: Issue[] = [];
  for (const end of ends) {
    if (end.status === 'rejected') throw end.reason;
    issues.push(...issuesOf(context.type, end.value));
  }
  return issues;
}

/** A rule sees the command, and sends nothing but queries. */
function ruleContextOf(context: HandlerContext): RuleContext {
  const { data, envelope, ask, tryAsk } = context;
  return Object.freeze({
    data,
    envelope,
    ask,
    tryAsk,
    get signal() {
      return context.signal;
    },
    get logger() {
      return context.logger;
    },
  });
}

function issuesOf(command: string, answer: unknown): readonly Issue[] {
  if (answer === undefined) return [];
  const list: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  return list.map((one) => issueOf(command, one));
}

function issueOf(command: string, answer: unknown): Issue {
  if (typeof answer === 'string' && answer !== '') return { path: '', message: answer };
  if (isIssue(answer)) return answer;
  throw new MortarError('MORTAR_RESULT_INVALID', {
    rule: `A rule of ${command} answers with what is wrong, or with nothing.`,
    expected: 'undefined, a text, an issue { path, message }, or a list of them',
    got: describeValue(answer),
  });
}

function isIssue(value: unknown): value is Issue {
  const isObject = typeof value === 'object' && value !== null && 'path' in value && 'message' in value;
  return isObject && typeof value.path === 'string' && typeof value.message === 'string';
}

function broken(command: string, issues: readonly Issue[]): MortarError {
  return new MortarError('MORTAR_RULE_BROKEN', {
    rule: `${command} follows the rules of its handler.`,
    expected: 'a command that breaks none',
    got: summarize(issues),
    issues,
  });
}
