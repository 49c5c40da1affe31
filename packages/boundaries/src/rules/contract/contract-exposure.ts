import { stemOf } from '../../model/element.js';
import type { Finding, Rule, RuleInput } from '../rule.js';
import type { ContractSource } from './contract-source.js';
import { type Exposed, exposedBy } from './exposure.js';

/** A contract does not pass on internals of its module. */
export const contractReexport: Rule = {
  id: 'contract-reexport',
  why: 'What a contract passes on is in the hands of all, and no longer free to change: the wall has a door that nobody decided on.',
  check: (input) =>
    exposures(input, 'reexport', ({ name, target, by }, { element }) => ({
      message: `The contract of ${element.id} passes on ${name === '*' ? 'all' : name} of ${target}${by === name ? '' : ` as ${by}`}.`,
      route: `Define in the contract what others need of it: its data as a type or schema, its behaviour as a port that ${element.id} implements with ${name === '*' ? stemOf(target) : name}.`,
    })),
};

/** What a contract exports names no internal type of its module. */
export const contractLeak: Rule = {
  id: 'contract-leak',
  why: 'Who gets a value of an internal type uses it, imported or not; each change of that type is then a change for everybody.',
  check: (input) =>
    exposures(input, 'leak', ({ name, target, by }, { element }) => ({
      message: `${by} of the contract of ${element.id} lets out ${name === '*' ? 'a type' : name} of ${target}, which is internal.`,
      route: `Say in the contract which fields others may rely on, as a type or schema of its own, and let ${target} map to it.`,
    })),
};

/** A contract loads no internals of its module. */
export const contractImport: Rule = {
  id: 'contract-import',
  why: 'Who imports a contract, a front end for one, would load the inside of its module with it.',
  check: ({ project, contracts }) =>
    contracts().flatMap((source) => {
      const exposed = new Set(exposedBy(source).map(({ target }) => target));
      return project.inner.flatMap(({ edge, target }): Finding[] => {
        const isInside =
          edge.from === source.path && !edge.isTypeOnly && source.internalPath(edge.specifier) === target;
        if (!isInside || exposed.has(target)) return [];
        return [
          {
            path: edge.from,
            line: edge.line,
            column: edge.column,
            kind: edge.kind,
            from: source.element.id,
            to: source.element.id,
            subject: stemOf(target),
            target,
            message: `The contract of ${source.element.id} loads ${target}, which is internal.`,
            route: `Move what the contract needs of ${target} into the contract, or let ${target} import it from there.`,
          },
        ];
      });
    }),
};

function exposures(
  { contracts }: RuleInput,
  how: Exposed['how'],
  told: (exposed: Exposed, source: ContractSource) => Pick<Finding, 'message' | 'route'>,
): Finding[] {
  return contracts().flatMap((source) =>
    unique(exposedBy(source).filter((exposed) => exposed.how === how)).map((exposed) => ({
      path: source.path,
      ...source.placeOf(exposed.start),
      kind: how,
      from: source.element.id,
      to: source.element.id,
      subject: exposed.name === '*' ? stemOf(exposed.target) : exposed.name,
      target: exposed.target,
      ...told(exposed, source),
    })),
  );
}

/** A name that one export lets out several times is told once. */
function unique(exposed: readonly Exposed[]): Exposed[] {
  const known = new Map<string, Exposed>();
  for (const one of exposed) {
    const key = `${one.by}\0${one.target}\0${one.name}`;
    if (!known.has(key)) known.set(key, one);
  }
  return [...known.values()];
}
