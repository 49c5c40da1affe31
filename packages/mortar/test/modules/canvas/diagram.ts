/** What stands in a Mermaid diagram, as far as canvases use its language. */
export interface Diagram {
  /** The texts of nodes, by their ids. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly arrows: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

const WORDS = ['end', 'graph', 'flowchart', 'subgraph', 'class', 'click', 'style', 'default', 'direction'];
const NODE = /^ {2}(\w+)(?:\["([^"]+)"\]|\(\["([^"]+)"\]\))$/;
const ARROW = /^ {2}(\w+) (?:-->|-\.->)\|"([^"]+)"\| (\w+)$/;

/** Reads the one diagram of a text. Throws for a line that Mermaid would not read as it is meant. */
export function diagramIn(markdown: string): Diagram {
  const blocks = [...markdown.matchAll(/^```mermaid\n([\s\S]*?)\n```$/gm)];
  const [first, ...lines] = blocks[0]?.[1]?.split('\n') ?? [];
  if (blocks.length !== 1 || first !== 'flowchart LR') throw new SyntaxError('There is one flowchart.');
  const nodes = new Map<string, string>();
  const arrows: { from: string; to: string; label: string }[] = [];
  for (const line of lines) {
    const [, id, text, round] = NODE.exec(line) ?? [];
    const [, from, label, to] = ARROW.exec(line) ?? [];
    if (id !== undefined) add(nodes, id, text ?? round ?? '');
    else if (from !== undefined && label !== undefined && to !== undefined) arrows.push({ from, to, label });
    else throw new SyntaxError(`Neither a node nor an arrow: ${line}`);
  }
  for (const { from, to } of arrows)
    if (!nodes.has(from) || !nodes.has(to)) throw new SyntaxError(`An arrow to no node: ${from}, ${to}`);
  return { nodes, arrows };
}

function add(nodes: Map<string, string>, id: string, text: string): void {
  if (nodes.has(id) || WORDS.includes(id)) throw new SyntaxError(`No name for a node: ${id}`);
  nodes.set(id, text);
}

/** The cells of each row of the tables of a text, split as GitHub does it: a backslash takes the next character along. */
export function rowsIn(markdown: string): readonly (readonly string[])[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => [...line.matchAll(/((?:\\.|[^|\\])*)\|/g)].slice(1).map(([, cell = '']) => cell.trim()));
}
