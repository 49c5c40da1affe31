import { linkLabel, type Nested, nested } from './nesting.js';
import type { Picture } from './picture.js';

/** A Mermaid flowchart: packages around their modules; links of messages alone are dotted. */
export function drawMermaid(picture: Picture): string {
  const indexes = new Map(picture.modules.map(({ id }, index) => [id, index]));
  const links = picture.links.map((link) => {
    const arrow = link.imports > 0 ? '-->' : '-.->';
    return `  m${indexes.get(link.from)} ${arrow}|${quoted(linkLabel(link))}| m${indexes.get(link.to)}`;
  });
  return `${['flowchart LR', ...nested(picture).flatMap((one) => drawNested(one, '  ')), ...links].join('\n')}\n`;
}

function drawNested({ module, index, inside, isDrawn }: Nested, indent: string): string[] {
  const node = `${indent}m${index}[${quoted(module.id)}]`;
  if (inside.length === 0) return isDrawn ? [node] : [];
  return [
    `${indent}subgraph s${index} [${quoted(module.id)}]`,
    ...(isDrawn ? [`${indent}  m${index}[${quoted(`${module.id} itself`)}]`] : []),
    ...inside.flatMap((one) => drawNested(one, `${indent}  `)),
    `${indent}end`,
  ];
}

/** Mermaid reads HTML and Markdown in labels; its entities keep all of that out. */
function quoted(text: string): string {
  const safe = text.replaceAll(/[^\p{L}\p{N} ./@,:()-]/gu, (char) => `#${char.codePointAt(0)};`);
  return `"${safe}"`;
}
