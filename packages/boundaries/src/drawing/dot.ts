import { linkLabel, type Nested, nested } from './nesting.js';
import type { Picture } from './picture.js';

/** For Graphviz: packages around their modules; links of messages alone are dashed. */
export function drawDot(picture: Picture): string {
  const indexes = new Map(picture.modules.map(({ id }, index) => [id, index]));
  // Graphviz gives up on large graphs of boxes in boxes whose links have labels, but for labels that it places at the end.
  const links = picture.links.map((link) => {
    const style = link.imports > 0 ? '' : ', style=dashed';
    return `  m${indexes.get(link.from)} -> m${indexes.get(link.to)} [xlabel=${quoted(linkLabel(link))}${style}];`;
  });
  return [
    'digraph modules {',
    '  rankdir=LR;',
    '  fontname="sans-serif";',
    '  node [shape=box, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
    ...nested(picture).flatMap((one) => drawNested(one, '  ')),
    ...links,
    '}',
    '',
  ].join('\n');
}

function drawNested({ module, index, inside, isDrawn }: Nested, indent: string): string[] {
  const node = (label: string): string => `${indent}m${index} [label=${quoted(label)}];`;
  if (inside.length === 0) return isDrawn ? [node(module.id)] : [];
  return [
    `${indent}subgraph cluster_${index} {`,
    `${indent}  label=${quoted(module.id)};`,
    ...(isDrawn ? [`  ${node(`${module.id} itself`)}`] : []),
    ...inside.flatMap((one) => drawNested(one, `${indent}  `)),
    `${indent}}`,
  ];
}

/** A quoted string of the DOT language; a backslash would begin one of its escapes. */
function quoted(text: string): string {
  const safe = text
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"');
  return `"${safe}"`;
}
