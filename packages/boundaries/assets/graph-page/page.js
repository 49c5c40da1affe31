import { allModulesOpen, firstOpen, isInside, MOST_NODES, reveal, search, treeOf, visible } from './view.js';

const SVG = 'http://www.w3.org/2000/svg';
const byId = (id) => document.getElementById(id);
const picture = JSON.parse(byId('picture').textContent);
const nodes = treeOf(picture);
const state = { open: firstOpen(nodes), hits: new Set(), chosen: undefined, x: 0, y: 0, scale: 1 };

/** Lays out what is visible and draws it anew. */
function draw() {
  const shown = visible(nodes, picture.fileLinks, {
    open: state.open,
    types: byId('types').checked,
    messages: byId('messages').checked,
  });
  if (shown.nodes.length > MOST_NODES) {
    say(`${shown.nodes.length} boxes are more than can be laid out; fold some`);
    return false;
  }
  const layout = layOut(shown);
  const scene = byId('scene');
  scene.replaceChildren(...shown.links.map((link) => linkElement(link, layout)));
  // Holders before what they hold, so that they lie behind it.
  scene.prepend(...shown.nodes.filter((node) => node.isOpen).map((node) => nodeElement(node, layout)));
  scene.append(...shown.nodes.filter((node) => !node.isOpen).map((node) => nodeElement(node, layout)));
  state.size = layout.graph();
  say(`${shown.nodes.length} boxes, ${shown.links.length} links`);
  return true;
}

function layOut({ nodes: list, links }) {
  const layout = new dagre.graphlib.Graph({ compound: true });
  layout.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 60, marginx: 20, marginy: 20 });
  layout.setDefaultEdgeLabel(() => ({}));
  const isShown = new Set(list.map(({ id }) => id));
  const hasChild = new Set(list.map(({ parent }) => parent));
  for (const node of list)
    layout.setNode(node.id, { width: Math.min(340, 24 + labelOf(node).length * 7), height: 28 });
  for (const node of list)
    if (node.parent !== undefined && isShown.has(node.parent)) layout.setParent(node.id, node.parent);
  // The library takes no link of a box that holds others.
  for (const { from, to } of links) if (!hasChild.has(from) && !hasChild.has(to)) layout.setEdge(from, to);
  dagre.layout(layout);
  return layout;
}

function nodeElement(node, layout) {
  const { x, y, width, height } = layout.node(node.id);
  const group = svg('g', {
    class: classesOf(node),
    transform: `translate(${x - width / 2} ${y - height / 2})`,
    tabindex: '0',
    'data-id': node.id,
  });
  const label = svg('text', { x: 8, y: node.isOpen ? 14 : height / 2 + 4 });
  label.textContent = shortened(labelOf(node), width);
  const title = svg('title', {});
  title.textContent = node.path ?? `${node.name} (${node.module.files.length} files)`;
  group.append(svg('rect', { width, height }), label, title);
  group.addEventListener('click', (event) => {
    event.stopPropagation();
    choose(node.id);
    if (node.kind !== 'file' && !state.wasDragged) toggle(node.id);
  });
  group.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose(node.id);
    if (node.kind !== 'file') toggle(node.id);
  });
  return group;
}

function classesOf(node) {
  const more = [
    node.isOpen ? 'open' : '',
    state.hits.has(node.id) ? 'hit' : '',
    state.chosen === node.id ? 'chosen' : '',
  ];
  return ['node', node.kind, ...more].filter((name) => name !== '').join(' ');
}

function labelOf(node) {
  if (node.kind === 'file') return node.name;
  // Only the folded show how much they hold.
  return `${node.isOpen ? '▾' : '▸'} ${node.name}${node.isOpen ? '' : ` (${node.module.files.length})`}`;
}

function shortened(text, width) {
  const most = Math.max(6, Math.floor((width - 12) / 6.6));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function linkElement(link, layout) {
  const points = layout.edge(link.from, link.to)?.points ?? [layout.node(link.from), layout.node(link.to)];
  const kind = link.imports > 0 ? 'import' : link.messages.size > 0 ? 'message' : 'type';
  const path = svg('path', {
    class: `link ${kind}`,
    d: `M${points.map(({ x, y }) => `${x} ${y}`).join('L')}`,
    'data-from': link.from,
    'data-to': link.to,
  });
  const title = svg('title', {});
  title.textContent = toldLink(link);
  path.append(title);
  return path;
}

function toldLink({ from, to, imports, types, messages }) {
  const parts = [
    imports > 0 ? `${imports} import${imports === 1 ? '' : 's'}` : '',
    types > 0 ? `${types} of types` : '',
    ...messages,
  ];
  return `${nodes.get(from).name} → ${nodes.get(to).name}: ${parts.filter((part) => part !== '').join(', ')}`;
}

function toggle(id) {
  const before = new Set(state.open);
  if (state.open.has(id)) state.open.delete(id);
  else state.open.add(id);
  // What can't be drawn stays as it was.
  if (!draw()) state.open = before;
  choose(id);
}

/** Marks a node and its links, and tells what they are. */
function choose(id) {
  state.chosen = id;
  for (const element of document.querySelectorAll('.node'))
    element.classList.toggle('chosen', element.dataset.id === id);
  const near = [];
  for (const element of document.querySelectorAll('.link')) {
    const isNear = isOf(element.dataset.from, id) || isOf(element.dataset.to, id);
    element.classList.toggle('near', isNear);
    if (isNear) near.push(element.querySelector('title').textContent);
  }
  const node = nodes.get(id);
  const lines = [
    node.path ?? node.name,
    ...(node.module?.tags.length > 0 ? [`tags: ${node.module.tags.join(', ')}`] : []),
    ...(node.module?.messages ?? []).map(({ kind, name }) => `${kind} ${name}`),
    ...near,
  ];
  byId('detail').replaceChildren(...lines.map((line, index) => textElement(index === 0 ? 'h3' : 'p', line)));
}

function isOf(id, holder) {
  return id === holder || isInside(nodes, id, holder);
}

function find() {
  const results = search(nodes, byId('search').value);
  state.hits = new Set(results.map(({ node }) => node.id));
  byId('results').replaceChildren(
    ...results.map(({ node, message }) => {
      const button = textElement('button', node.path ?? node.name);
      button.type = 'button';
      button.append(textElement('small', ` ${message ?? node.kind}`));
      button.addEventListener('click', () => show(node.id));
      const item = document.createElement('li');
      item.append(button);
      return item;
    }),
  );
  draw();
}

function show(id) {
  const before = state.open;
  state.open = reveal(nodes, state.open, id);
  if (!draw()) {
    state.open = before;
    return;
  }
  choose(id);
  const element = document.querySelector(`.node[data-id="${id}"]`);
  const [, x = 0, y = 0] = /translate\((\S+) (\S+)\)/.exec(element?.getAttribute('transform') ?? '') ?? [];
  const box = byId('canvas').getBoundingClientRect();
  state.scale = 1;
  moveTo(box.width / 2 - Number(x), box.height / 2 - Number(y));
}

function fit() {
  const box = byId('canvas').getBoundingClientRect();
  const { width = 1, height = 1 } = state.size ?? {};
  state.scale = Math.max(0.05, Math.min(1.5, box.width / width, box.height / height) || 1);
  moveTo(0, 0);
}

function moveTo(x, y) {
  Object.assign(state, { x, y });
  byId('scene').setAttribute('transform', `translate(${x} ${y}) scale(${state.scale})`);
}

function zoom(event) {
  event.preventDefault();
  const factor = event.deltaY < 0 ? 1.15 : 1 / 1.15;
  const box = byId('canvas').getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const scale = Math.min(4, Math.max(0.05, state.scale * factor));
  const ratio = scale / state.scale;
  state.scale = scale;
  moveTo(x - (x - state.x) * ratio, y - (y - state.y) * ratio);
}

function drag(start) {
  const origin = { x: state.x - start.clientX, y: state.y - start.clientY };
  state.wasDragged = false;
  const move = (event) => {
    if (Math.abs(event.clientX - start.clientX) + Math.abs(event.clientY - start.clientY) > 4)
      state.wasDragged = true;
    moveTo(origin.x + event.clientX, origin.y + event.clientY);
  };
  const end = () => {
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', end);
  };
  addEventListener('pointermove', move);
  addEventListener('pointerup', end);
}

function openAll() {
  const before = state.open;
  state.open = allModulesOpen(nodes);
  if (!draw()) state.open = before;
  fit();
}

function foldAll() {
  state.open = firstOpen(nodes);
  draw();
  fit();
}

function say(text) {
  byId('status').textContent = text;
}

function textElement(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

byId('search').addEventListener('input', find);
byId('unfold').addEventListener('click', openAll);
byId('fold').addEventListener('click', foldAll);
byId('fit').addEventListener('click', fit);
byId('types').addEventListener('change', draw);
byId('messages').addEventListener('change', draw);
byId('canvas').addEventListener('wheel', zoom, { passive: false });
byId('canvas').addEventListener('pointerdown', drag);
draw();
fit();
