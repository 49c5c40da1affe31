import { labelOf, toldLink } from './view.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Draws boxes and links in place of what is there. `acts` are what happens on a box: `press` and `reach`, by its id. */
export function drawScene(scene, nodes, shown, { boxes, lanes }, acts) {
  const box = (node) => nodeElement(nodes, node, boxes.get(node.id), acts);
  const ways = new Map(lanes.map(({ from, to, points }) => [`${from} ${to}`, points]));
  const links = shown.links.map((link) => {
    const points = ways.get(`${link.from} ${link.to}`);
    ways.delete(`${link.from} ${link.to}`);
    return linkElement(nodes, link, points, boxes);
  });
  // What is left are the ways between boxes that hold others.
  const between = [...ways.values()].map((points) => svg('path', { class: 'lane', d: along(points) }));
  // Holders before what they hold and links before boxes, so that they lie behind.
  scene.replaceChildren(
    ...shown.nodes.filter((node) => node.isOpen).map(box),
    ...between,
    ...links,
    ...shown.nodes.filter((node) => !node.isOpen).map(box),
  );
}

function nodeElement(nodes, node, { x, y, width, height }, { press, reach }) {
  const label = labelOf(nodes, node);
  const holds = node.kind !== 'file';
  const group = svg('g', {
    class: ['node', node.kind, node.isOpen ? 'open' : ''].filter((name) => name !== '').join(' '),
    transform: `translate(${rounded(x)} ${rounded(y)})`,
    tabindex: '0',
    role: 'button',
    'aria-label': node.path ?? node.name,
    ...(holds ? { 'aria-expanded': String(node.isOpen) } : {}),
    'data-id': node.id,
  });
  const text = svg('text', { x: 8, y: node.isOpen ? 18 : height / 2 + 4 });
  text.textContent = shortened(label, width);
  const title = svg('title', {});
  title.textContent = node.path ?? `${node.name} (${node.module.files.length} files)`;
  group.append(svg('rect', { width: rounded(width), height: rounded(height) }), text, title);
  group.addEventListener('click', (event) => {
    event.stopPropagation();
    press(node.id);
  });
  group.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    press(node.id);
  });
  group.addEventListener('focus', () => reach(node.id));
  return group;
}

function shortened(text, width) {
  const most = Math.max(6, Math.floor((width - 12) / 6.6));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function linkElement(nodes, link, points, boxes) {
  const { from, to } = link;
  const kind = link.imports > 0 ? 'import' : link.messages.size > 0 ? 'message' : 'type';
  const path = svg('path', {
    class: `link ${kind}${points === undefined ? ' across' : ''}`,
    d: points === undefined ? across(boxes.get(from), boxes.get(to)) : along(points),
    'data-from': from,
    'data-to': to,
  });
  const title = svg('title', {});
  title.textContent = `${nodes.get(from).name} → ${nodes.get(to).name}: ${toldLink(link)}`;
  path.append(title);
  return path;
}

/** A curve along the lane of a link, with its bends rounded. */
function along([first, ...bends]) {
  const last = bends.pop() ?? first;
  const curves = bends.map((bend, index) => {
    const next = bends[index + 1];
    const end = next === undefined ? last : { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 };
    return `Q${at(bend)} ${at(end)}`;
  });
  return `M${at(first)}${curves.join('') || `L${at(last)}`}`;
}

/** A curve from one box to another without a lane, between the sides that face each other. */
function across(a, b) {
  const gapX = Math.max(b.x - a.x - a.width, a.x - b.x - b.width);
  const gapY = Math.max(b.y - a.y - a.height, a.y - b.y - b.height);
  if (gapX >= gapY) {
    const [start, end] = b.x >= a.x ? [a.x + a.width, b.x] : [a.x, b.x + b.width];
    const middle = (start + end) / 2;
    const [y, toY] = [a.y + a.height / 2, b.y + b.height / 2];
    return `M${at({ x: start, y })}C${at({ x: middle, y })} ${at({ x: middle, y: toY })} ${at({ x: end, y: toY })}`;
  }
  const [start, end] = b.y >= a.y ? [a.y + a.height, b.y] : [a.y, b.y + b.height];
  const middle = (start + end) / 2;
  const [x, toX] = [a.x + a.width / 2, b.x + b.width / 2];
  return `M${at({ x, y: start })}C${at({ x, y: middle })} ${at({ x: toX, y: middle })} ${at({ x: toX, y: end })}`;
}

function at({ x, y }) {
  return `${rounded(x)} ${rounded(y)}`;
}

function rounded(number) {
  return Math.round(number * 10) / 10;
}

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
