/** The most nodes that are laid out at once; beyond, laying out takes longer than people wait. */
export const MOST_NODES = 400;

/**
 * A picture as a tree: packages, modules in them, files in both. Ids are `m<index>` and `f<index>`, whatever things are called.
 * @param {object} picture as `mortar graph --format json` gives it
 */
export function treeOf(picture) {
  const nodes = new Map();
  const ids = new Map(picture.modules.map((module, index) => [module.id, `m${index}`]));
  for (const [index, module] of picture.modules.entries()) {
    const parent = module.parent === undefined ? undefined : ids.get(module.parent);
    nodes.set(`m${index}`, {
      id: `m${index}`,
      kind: module.kind,
      name: module.id,
      parent,
      inside: [],
      module,
    });
  }
  const holders = new Set(picture.modules.map(({ parent }) => parent));
  let file = 0;
  for (const [index, module] of picture.modules.entries()) {
    // Beside the modules in it, a module's own files are one more box that folds: there may be many of them.
    const isHolder = holders.has(module.id) && module.files.length > 0;
    const home = isHolder ? `o${index}` : `m${index}`;
    if (isHolder)
      nodes.set(home, {
        id: home,
        kind: 'own',
        name: `${module.id}: own files`,
        parent: `m${index}`,
        inside: [],
        module,
      });
    for (const path of module.files) {
      const name = module.folder === '.' ? path : path.slice(module.folder.length + 1);
      nodes.set(`f${file}`, { id: `f${file}`, kind: 'file', name, path, parent: home, inside: [] });
      file += 1;
    }
  }
  for (const node of nodes.values())
    if (node.parent !== undefined) nodes.get(node.parent).inside.push(node.id);
  return nodes;
}

/** What is open at first: all that holds modules, so that the first picture is of modules; in large projects just the outermost. */
export function firstOpen(nodes) {
  const modules = [...nodes.values()].filter(({ kind }) => kind !== 'file');
  return modules.length <= 80 ? allModulesOpen(nodes) : outermostOpen(nodes);
}

/** The outermost alone, so that packages are seen, and nothing in them. */
export function outermostOpen(nodes) {
  return new Set([...allModulesOpen(nodes)].filter((id) => nodes.get(id).parent === undefined));
}

/** All modules that hold modules. */
export function allModulesOpen(nodes) {
  const holders = [...nodes.values()].filter((node) =>
    node.inside.some((id) => nodes.get(id).kind !== 'file'),
  );
  return new Set(holders.map(({ id }) => id));
}

/**
 * What can be seen: nodes whose ancestors are all open, and links between them. A folded node stands for all that is
 * in it.
 * @returns {{ nodes: object[], links: object[] }}
 */
export function visible(nodes, fileLinks, { open, types, messages }) {
  const shown = [];
  const stands = new Map();
  const walk = (id, seenAs) => {
    const node = nodes.get(id);
    const here = seenAs ?? id;
    stands.set(id, here);
    if (seenAs === undefined) shown.push({ ...node, isOpen: open.has(id) });
    for (const child of node.inside) walk(child, seenAs ?? (open.has(id) ? undefined : id));
  };
  for (const node of nodes.values()) if (node.parent === undefined) walk(node.id, undefined);
  return { nodes: shown, links: linksBetween(stands, nodes, fileLinks, { types, messages }) };
}

function linksBetween(stands, nodes, fileLinks, { types, messages }) {
  const links = new Map();
  for (const { from, to, kind, name } of fileLinks) {
    const isMessage = kind !== 'import' && kind !== 'type';
    if ((kind === 'type' && !types) || (isMessage && !messages)) continue;
    const a = stands.get(`f${from}`);
    const b = stands.get(`f${to}`);
    if (a === undefined || b === undefined || a === b || isInside(nodes, a, b) || isInside(nodes, b, a))
      continue;
    const key = `${a} ${b}`;
    const link = links.get(key) ?? { from: a, to: b, imports: 0, types: 0, messages: new Set() };
    if (isMessage) link.messages.add(name);
    else if (kind === 'type') link.types += 1;
    else link.imports += 1;
    links.set(key, link);
  }
  return [...links.values()];
}

/**
 * The links that others do not say already: of a → b, b → c and a → c it leaves out the last. Laid out are these alone, since each
 * link takes a lane of its own, and boxes between hundreds of lanes are too small to read. What was reached still is.
 */
export function essential(links) {
  const next = new Map();
  for (const { from, to } of links) next.set(from, (next.get(from) ?? new Set()).add(to));
  const isReachedByOthers = (from, to) => {
    const seen = new Set([from]);
    const queue = [...next.get(from)].filter((one) => one !== to);
    for (const one of queue) {
      if (one === to) return true;
      if (seen.has(one)) continue;
      seen.add(one);
      queue.push(...(next.get(one) ?? []));
    }
    return false;
  };
  return links.filter(({ from, to }) => {
    if (!isReachedByOthers(from, to)) return true;
    next.get(from).delete(to);
    return false;
  });
}

/** What stands in a box: its name without that of the box around it, and how much the folded hold. */
export function labelOf(nodes, { id, kind, name, parent, isOpen, module }) {
  if (kind === 'file') return name;
  if (kind === 'own') return `${isOpen ? '▾' : '▸'} own files${isOpen ? '' : ` (${module.files.length})`}`;
  const around = nodes.get(parent)?.name;
  const short = around !== undefined && name.startsWith(`${around}/`) ? name.slice(around.length + 1) : name;
  if (nodes.get(id).inside.length === 0) return short;
  return `${isOpen ? '▾' : '▸'} ${short}${isOpen ? '' : ` (${filesIn(nodes, id)})`}`;
}

/** How many files a node holds, those of modules in it included. */
export function filesIn(nodes, id) {
  const { kind, inside } = nodes.get(id);
  return kind === 'file' ? 1 : inside.reduce((sum, one) => sum + filesIn(nodes, one), 0);
}

/** What a node and all in it use of others, and what of it others use: one link for each of the others, most first. */
export function linksOfNode(nodes, links, id) {
  const isOwn = (one) => one === id || isInside(nodes, one, id);
  const crossing = links.filter(({ from, to }) => isOwn(from) !== isOwn(to));
  return {
    uses: together(
      crossing.filter(({ from }) => isOwn(from)),
      'to',
    ),
    usedBy: together(
      crossing.filter(({ to }) => isOwn(to)),
      'from',
    ),
  };
}

function together(links, end) {
  const byOther = new Map();
  for (const link of links) {
    const sum = byOther.get(link[end]) ?? { imports: 0, types: 0, messages: new Set() };
    byOther.set(link[end], {
      imports: sum.imports + link.imports,
      types: sum.types + link.types,
      messages: new Set([...sum.messages, ...link.messages]),
    });
  }
  const size = ({ imports, types, messages }) => imports + types + messages.size;
  return [...byOther].map(([other, link]) => ({ other, link })).sort((a, b) => size(b.link) - size(a.link));
}

/** What a link is made of, in words. */
export function toldLink({ imports, types, messages }) {
  const parts = [
    imports > 0 ? `${imports} import${imports === 1 ? '' : 's'}` : '',
    types > 0 ? `${types} of types` : '',
    ...messages,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Whether a node stands in another. */
export function isInside(nodes, id, holder) {
  for (let at = nodes.get(id)?.parent; at !== undefined; at = nodes.get(at).parent)
    if (at === holder) return true;
  return false;
}

/** The nodes that a query finds by their names, paths and messages; best first. */
export function search(nodes, query, most = 60) {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const found = [];
  for (const node of nodes.values()) {
    const name = (node.path ?? node.name).toLowerCase();
    const message = node.module?.messages.find((one) =>
      words.every((word) => one.name.toLowerCase().includes(word)),
    );
    if (!words.every((word) => name.includes(word)) && message === undefined) continue;
    const last = name.slice(name.lastIndexOf('/') + 1);
    const rank = (last.startsWith(words[0]) ? 0 : 2) + (node.kind === 'file' ? 1 : 0);
    found.push({ node, rank, message: message?.name });
  }
  return found.sort((a, b) => a.rank - b.rank || (a.node.name < b.node.name ? -1 : 1)).slice(0, most);
}

/** Opens all that a node stands in. */
export function reveal(nodes, open, id) {
  const more = new Set(open);
  for (let at = nodes.get(id).parent; at !== undefined; at = nodes.get(at).parent) more.add(at);
  return more;
}
