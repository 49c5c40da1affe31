import { layOut } from './layout.js';
import { drawScene } from './scene.js';
import {
  allModulesOpen,
  firstOpen,
  isInside,
  linksOfNode,
  MOST_NODES,
  outermostOpen,
  reveal,
  search,
  toldLink,
  treeOf,
  visible,
} from './view.js';

const byId = (id) => document.getElementById(id);
const picture = JSON.parse(byId('picture').textContent);
const nodes = treeOf(picture);
const state = { open: firstOpen(nodes), hits: new Set(), chosen: undefined, x: 0, y: 0, scale: 1 };
/** Of more links than these those without a lane are hardly shown, until a box is chosen. */
const CROWD = 400;
/** The most that one step of the keyboard or the wheel moves the picture, in px, and makes it larger. */
const STEP_PX = 60;
const STEP_SCALE = 1.15;

/** Lays out what is visible and draws it anew; `false` where that is too much, and nothing has changed. */
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
  const focused = document.activeElement?.getAttribute?.('data-id');
  state.layout = layOut(nodes, shown);
  state.links = shown.links;
  byId('canvas').classList.toggle('crowded', shown.links.length > CROWD);
  drawScene(byId('scene'), nodes, shown, state.layout, { press, reach });
  mark();
  // The box that had the focus is another element now.
  if (focused) elementOf(focused)?.focus({ preventScroll: true });
  say(`${shown.nodes.length} boxes, ${shown.links.length} links`);
  return true;
}

/** Marks what was found, what is chosen, and its links. */
function mark() {
  const id = state.chosen;
  byId('canvas').classList.toggle('has-choice', id !== undefined && state.layout.boxes.has(id));
  for (const element of document.querySelectorAll('.node')) {
    element.classList.toggle('chosen', element.dataset.id === id);
    element.classList.toggle('hit', state.hits.has(element.dataset.id));
  }
  for (const { dataset, classList } of document.querySelectorAll('.link')) {
    const [starts, ends] = [dataset.from, dataset.to].map((end) => id !== undefined && isOf(end, id));
    classList.toggle('near', starts !== ends);
    classList.toggle('own', starts && ends);
  }
}

function isOf(id, holder) {
  return id === holder || isInside(nodes, id, holder);
}

function press(id) {
  if (state.wasDragged) return;
  if (nodes.get(id).inside.length > 0) toggle(id);
  choose(id);
}

/** Folds or unfolds a box, which stays where it is seen. */
function toggle(id) {
  const before = state.open;
  const corner = state.layout.boxes.get(id);
  state.open = new Set(before);
  if (!state.open.delete(id)) state.open.add(id);
  if (!draw()) {
    state.open = before;
    return;
  }
  const now = state.layout.boxes.get(id);
  moveTo(state.x + (corner.x - now.x) * state.scale, state.y + (corner.y - now.y) * state.scale);
}

/** Marks a node and tells what it is, what it uses, and what uses it. */
function choose(id) {
  state.chosen = id;
  mark();
  if (id === undefined) {
    byId('detail').replaceChildren();
    return;
  }
  const { path, name, module } = nodes.get(id);
  const { uses, usedBy } = linksOfNode(nodes, state.links, id);
  byId('detail').replaceChildren(
    textElement('h2', path ?? name),
    ...(module?.tags.length > 0 ? [textElement('p', `tags: ${module.tags.join(', ')}`)] : []),
    ...(module?.messages ?? []).map((one) => textElement('p', `${one.kind} ${one.name}`)),
    ...section('Uses', uses),
    ...section('Used by', usedBy),
  );
}

function section(title, ends) {
  if (ends.length === 0) return [];
  const list = document.createElement('ul');
  const items = ends.map(({ other, link }) => {
    const node = nodes.get(other);
    return jump(other, node.path ?? node.name, toldLink(link));
  });
  list.append(...items);
  return [textElement('h3', `${title} (${ends.length})`), list];
}

/** An entry of a list that leads to a box. */
function jump(id, text, note) {
  const button = textElement('button', text);
  button.type = 'button';
  button.append(textElement('small', ` ${note}`));
  button.addEventListener('click', () => show(id));
  const item = document.createElement('li');
  item.append(button);
  return item;
}

function find() {
  const query = byId('search').value;
  const results = search(nodes, query);
  state.hits = new Set(results.map(({ node }) => node.id));
  byId('results').replaceChildren(
    ...results.map(({ node, message }) => jump(node.id, node.path ?? node.name, message ?? node.kind)),
  );
  byId('nothing').hidden = query.trim() === '' || results.length > 0;
  mark();
}

/** Opens all that a box stands in, and brings it to the middle. */
function show(id) {
  const before = state.open;
  state.open = reveal(nodes, before, id);
  if (state.open.size !== before.size && !draw()) {
    state.open = before;
    return;
  }
  choose(id);
  state.scale = Math.max(state.scale, 1);
  centre(id);
}

function centre(id) {
  const { width, height } = byId('canvas').getBoundingClientRect();
  const box = state.layout.boxes.get(id);
  // Of a box that is larger than what is seen its beginning is shown.
  const x = box.x + Math.min(box.width / 2, width / 2 / state.scale - 20);
  const y = box.y + Math.min(box.height / 2, height / 2 / state.scale - 20);
  moveTo(width / 2 - x * state.scale, height / 2 - y * state.scale);
}

/** Brings a box that the keyboard has reached to where it is seen. */
function reach(id) {
  const { width, height } = byId('canvas').getBoundingClientRect();
  const { x, y } = state.layout.boxes.get(id);
  const [left, top] = [state.x + x * state.scale, state.y + y * state.scale];
  if (left < 0 || top < 0 || left > width - 40 || top > height - 20) centre(id);
}

function fit() {
  const box = byId('canvas').getBoundingClientRect();
  const { width = 1, height = 1 } = state.layout ?? {};
  state.scale = Math.max(0.05, Math.min(1.25, box.width / width, box.height / height) || 1);
  moveTo((box.width - width * state.scale) / 2, (box.height - height * state.scale) / 2);
}

function moveTo(x, y) {
  Object.assign(state, { x, y });
  byId('scene').setAttribute('transform', `translate(${x} ${y}) scale(${state.scale})`);
}

/** Makes the picture larger or smaller around a point of the canvas, which stays. */
function zoomAt(x, y, factor) {
  const scale = Math.min(4, Math.max(0.05, state.scale * factor));
  const ratio = scale / state.scale;
  state.scale = scale;
  moveTo(x - (x - state.x) * ratio, y - (y - state.y) * ratio);
}

function turnWheel(event) {
  event.preventDefault();
  const box = byId('canvas').getBoundingClientRect();
  const factor = event.deltaY < 0 ? STEP_SCALE : 1 / STEP_SCALE;
  zoomAt(event.clientX - box.left, event.clientY - box.top, factor);
}

function drag(start) {
  const origin = { x: state.x - start.clientX, y: state.y - start.clientY };
  state.wasDragged = false;
  const move = (event) => {
    if (Math.abs(event.clientX - start.clientX) + Math.abs(event.clientY - start.clientY) > 4)
      state.wasDragged = true;
    byId('canvas').classList.toggle('dragged', state.wasDragged);
    moveTo(origin.x + event.clientX, origin.y + event.clientY);
  };
  const end = () => {
    removeEventListener('pointermove', move);
    // The click that ends a drag comes next, and is none.
    setTimeout(() => {
      state.wasDragged = false;
    });
    byId('canvas').classList.remove('dragged');
  };
  addEventListener('pointermove', move);
  for (const name of ['pointerup', 'pointercancel']) addEventListener(name, end, { once: true });
}

const KEYS = {
  '/': () => byId('search').focus(),
  Escape: () => choose(undefined),
  0: fit,
  '+': () => zoomMiddle(STEP_SCALE),
  '-': () => zoomMiddle(1 / STEP_SCALE),
  ArrowLeft: () => moveTo(state.x + STEP_PX, state.y),
  ArrowRight: () => moveTo(state.x - STEP_PX, state.y),
  ArrowUp: () => moveTo(state.x, state.y + STEP_PX),
  ArrowDown: () => moveTo(state.x, state.y - STEP_PX),
};

function zoomMiddle(factor) {
  const { width, height } = byId('canvas').getBoundingClientRect();
  zoomAt(width / 2, height / 2, factor);
}

function pressKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === byId('search')) {
    if (event.key === 'Enter') byId('results').querySelector('button')?.click();
    return;
  }
  const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
  // The list at the side scrolls by its own keys.
  if (act === undefined || (event.key.startsWith('Arrow') && byId('side').contains(event.target))) return;
  event.preventDefault();
  act();
}

function openOnly(open) {
  const before = state.open;
  state.open = open;
  if (draw()) fit();
  else state.open = before;
}

function say(text) {
  byId('status').textContent = text;
}

function textElement(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function elementOf(id) {
  return document.querySelector(`.node[data-id="${id}"]`);
}

byId('search').addEventListener('input', find);
byId('unfold').addEventListener('click', () => openOnly(allModulesOpen(nodes)));
byId('fold').addEventListener('click', () => openOnly(outermostOpen(nodes)));
byId('fit').addEventListener('click', fit);
byId('types').addEventListener('change', draw);
byId('messages').addEventListener('change', draw);
byId('canvas').addEventListener('wheel', turnWheel, { passive: false });
byId('canvas').addEventListener('pointerdown', drag);
byId('canvas').addEventListener('click', () => {
  if (!state.wasDragged) choose(undefined);
});
addEventListener('keydown', pressKey);
draw();
fit();
