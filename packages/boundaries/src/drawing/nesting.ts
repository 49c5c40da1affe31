import type { Picture, PicturedLink, PicturedModule } from './picture.js';

/** A module with those inside it. */
export interface Nested {
  readonly module: PicturedModule;
  /** Place in the picture, for names that are safe whatever the module is called. */
  readonly index: number;
  readonly inside: readonly Nested[];
  /** Whether it is drawn by itself, not only around others: it has files of its own, or a link names it. */
  readonly isDrawn: boolean;
}

/** Modules by what they stand in. The root and packages without files or links of their own are only drawn around others. */
export function nested({ modules, links }: Picture): Nested[] {
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  const inside = (parent: string | undefined): Nested[] =>
    modules.flatMap((module, index) => {
      if (module.parent !== parent) return [];
      const isDrawn = module.files.length > 0 || linked.has(module.id);
      return [{ module, index, inside: inside(module.id), isDrawn }];
    });
  return inside(undefined);
}

/** What a link is about, in a few words. */
export function linkLabel({ imports, messages }: PicturedLink): string {
  const names = messages.map(({ name }) => name.slice(name.indexOf('.') + 1));
  const told = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return [...(imports > 0 ? [`${imports} import${imports === 1 ? '' : 's'}`] : []), ...told].join(', ');
}
