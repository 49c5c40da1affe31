import { isWithin, stemOf } from '../../model/element.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';

/** A folder named internal is private to the folder that it stands in. */
export const privateFolder: Rule = {
  id: 'private-folder',
  why: 'What lies in a folder named internal was put there so that it can change without asking anybody outside.',
  check: ({ project, setting }) =>
    project.entering
      .filter(({ edge }) => setting.tests || !project.isTest(edge.from))
      .flatMap(({ edge, target, from, to }): Finding[] => {
        const owner = /^(.*\/)internal\//.exec(`/${target}`)?.[1]?.slice(1, -1);
        if (owner === undefined || isWithin(edge.from, owner === '' ? '.' : owner)) return [];
        return [
          edgeFinding(edge, {
            from: from.id,
            to: to.id,
            subject: stemOf(target),
            target,
            message: `${target} is private to ${owner}.`,
            route: `Import a file that stands directly in ${owner}; if what you need is not there, let one of them export it.`,
          }),
        ];
      }),
};
