import type { Canvas, ModuleCanvas, Relation } from './canvas.js';

/**
 * A canvas as Markdown, with a Mermaid diagram of who meets whom. The same modules always give the same text, so it can
 * be committed, and a test can fail when it is out of date.
 */
export function canvasMarkdown(canvas: Canvas): string {
  return `${[
    '# Modules',
    diagramOf(canvas),
    ...(canvas.startOrder.length === 0
      ? []
      : [`Started in this order: ${canvas.startOrder.map(code).join(', ')}.`]),
    ...canvas.modules.map(sectionOf),
  ].join('\n\n')}\n`;
}

/** Solid arrows for what is sent or called, dotted ones for events. */
function diagramOf({ modules, relations }: Canvas): string {
  const loaded = modules.map(({ name }) => name);
  const others = [...new Set(relations.flatMap(({ from, to }) => [from, to]))].filter(
    (name) => !loaded.includes(name),
  );
  const nodes = [
    ...loaded.map((name) => `  ${nodeOf(name)}["${name}"]`),
    ...others.map((name) => `  ${nodeOf(name)}(["${name}, not loaded"])`),
  ];
  return ['```mermaid', 'flowchart LR', ...nodes, ...relations.map(arrowOf), '```'].join('\n');
}

function arrowOf({ from, to, kind, message }: Relation): string {
  const arrow = kind === 'event' ? '-.->' : '-->';
  const label = kind === 'event' ? message : `${kind} ${message}`;
  return `  ${nodeOf(from)} ${arrow}|"${label}"| ${nodeOf(to)}`;
}

/** Some words, `end` for one, mean something to Mermaid, and so do most signs: a module of a package may be named `@a/b`. */
function nodeOf(name: string): string {
  const plain = name.replaceAll('-', '_').replaceAll(/\W/gu, (sign) => `_${sign.codePointAt(0)}_`);
  return `module_${plain}`;
}

function sectionOf(module: ModuleCanvas): string {
  const rows = [
    row(
      'Commands',
      module.commands.map((one) => messageOf(one, one.isHandled)),
    ),
    row(
      'Queries',
      module.queries.map((one) => messageOf(one, one.isHandled)),
    ),
    row(
      'Events',
      module.events.map((one) => messageOf(one, true)),
    ),
    row('Ports', module.ports.map(portOf)),
    row(
      'Handles',
      module.handles.map(({ name, events }) => handled(module.name, name, events)),
    ),
    row('Calls ports', module.uses.map(code)),
    row('Publishes', module.publishes?.map(code) ?? NOT_DECLARED),
    row('Dispatches', module.dispatches?.map(code) ?? NOT_DECLARED),
    row('Asks', module.asks?.map(code) ?? NOT_DECLARED),
    row('Services', module.services.map(serviceOf)),
    row(
      'Settings',
      module.settings.map(({ env, isSecret }) => `${code(env)}${isSecret ? ' (secret)' : ''}`),
    ),
    row('Health checks', module.healthChecks.map(code)),
    row('Starts after', module.startsAfter.map(code)),
  ];
  return [`## ${module.name}`, '', '| | |', '|---|---|', ...rows.filter((line) => line !== '')].join('\n');
}

const NOT_DECLARED = ['*not declared*'];

function row(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `| ${title} | ${items.join('<br>')} |`;
}

function messageOf(
  { name, description }: { readonly name: string; readonly description: string | undefined },
  isThere: boolean,
): string {
  const told = escaped(description ?? '');
  const text = told === '' ? code(name) : `${code(name)}: ${told}`;
  return isThere ? text : `${text} (nobody takes it)`;
}

/** What methods a port has is not always known. */
function portOf(port: ModuleCanvas['ports'][number]): string {
  const text = messageOf(port, port.isImplemented);
  return port.methods.length === 0 ? text : `${text}: ${port.methods.map(code).join(', ')}`;
}

function handled(module: string, name: string, events: readonly string[]): string {
  const isDefault = events.length === 1 && name === `${module}/${events[0]}`;
  return `${events.map(code).join(', ')}${isDefault ? '' : ` as ${code(name)}`}`;
}

function serviceOf({ name, lifetime, dependencies }: ModuleCanvas['services'][number]): string {
  const needs = dependencies.length === 0 ? '' : ` of ${dependencies.map(code).join(', ')}`;
  return `${code(name)}, ${lifetime}${needs}`;
}

/** Names of tokens may hold anything, and stand as they are, but for what a code span in a table has no way to say. */
function code(name: string): string {
  return `\`${onOneLine(name).replaceAll('`', "'").replaceAll(/\\*\|/g, '\\|')}\``;
}

/** A description is the user's own text, and stands in one cell of a table. */
function escaped(text: string): string {
  return onOneLine(text)
    .replaceAll(/[\\`|]/g, '\\$&')
    .replaceAll('<', '&lt;');
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
