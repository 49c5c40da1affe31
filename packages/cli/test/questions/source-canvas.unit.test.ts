import type { MessageDefinition, MessageKind, MessageRole, MessageUse } from '@mortar/boundaries';
import { describe, expect, test } from 'vitest';
import { sourceCanvas } from '../../src/questions/source-canvas.js';
import { projectOf } from './graphs.js';

const FILES = ['shop', 'billing', 'audit'].flatMap((name) => [
  `p/app/${name}/contract.ts`,
  `p/app/${name}/module.ts`,
]);

describe('the canvas of sources', () => {
  const canvas = sourceCanvas(
    projectOf({
      packages: { app: [] },
      files: [...FILES, 'p/app/shop/module.test.ts'],
      definitions: [
        defined('event', 'shop.placed'),
        defined('command', 'shop.place'),
        defined('command', 'shop.cancel'),
        defined('query', 'shop.price'),
        defined('port', 'billing.cards'),
      ],
      uses: [
        used('publish', 'event', 'shop.placed', 'shop'),
        used('handle', 'command', 'shop.place', 'shop'),
        used('answer', 'query', 'shop.price', 'shop'),
        used('use', 'port', 'billing.cards', 'shop'),
        used('subscribe', 'event', 'shop.placed', 'billing'),
        used('subscribe', 'event', 'shop.placed', 'audit'),
        used('subscribe', 'event', 'shop.placed', 'audit'),
        used('dispatch', 'command', 'shop.place', 'billing'),
        used('ask', 'query', 'shop.price', 'audit'),
        { ...used('dispatch', 'command', 'shop.cancel', 'shop'), path: 'p/app/shop/module.test.ts' },
        { ...used('subscribe', 'event', 'shop.placed', 'audit'), name: undefined, definedIn: undefined },
      ],
    }),
  );
  const module = (name: string) => canvas.modules.find((one) => one.name === name);

  test('has the modules that own or send messages, by name', () => {
    expect(canvas.modules.map(({ name }) => name)).toEqual(['app/audit', 'app/billing', 'app/shop']);
  });

  test('says what a module owns, and what nobody takes', () => {
    expect(module('app/shop')).toMatchObject({
      commands: [
        { name: 'shop.cancel', isHandled: false },
        { name: 'shop.place', isHandled: true },
      ],
      queries: [{ name: 'shop.price', isHandled: true }],
      events: [{ name: 'shop.placed' }],
      publishes: ['shop.placed'],
      uses: ['billing.cards'],
    });
    expect(module('app/billing')?.ports).toEqual([
      { name: 'billing.cards', description: undefined, methods: [], isImplemented: false },
    ]);
  });

  test('says what a module sends and takes, each once, and not what its tests do', () => {
    expect(module('app/audit')).toMatchObject({
      handles: [{ name: 'app/audit/shop.placed', events: ['shop.placed'] }],
      asks: ['shop.price'],
    });
    expect(module('app/shop')?.dispatches).toEqual([]);
  });

  test('leads events from their owner, and the others to theirs', () => {
    expect(canvas.relations.map(({ from, to, kind, message }) => `${from} ${to} ${kind} ${message}`)).toEqual(
      [
        'app/audit app/shop query shop.price',
        'app/billing app/shop command shop.place',
        'app/shop app/audit event shop.placed',
        'app/shop app/billing event shop.placed',
        'app/shop app/billing port billing.cards',
      ],
    );
  });
});

function defined(kind: MessageKind, name: string): MessageDefinition {
  const [module = ''] = name.split('.');
  return {
    kind,
    name,
    path: `p/app/${module}/contract.ts`,
    constant: name.toUpperCase(),
    line: 1,
    column: 1,
  };
}

function used(role: MessageRole, kind: MessageKind, name: string, by: string): MessageUse {
  const [module = ''] = name.split('.');
  return {
    role,
    kind,
    name,
    definedIn: `p/app/${module}/contract.ts`,
    path: `p/app/${by}/module.ts`,
    line: 1,
    column: 1,
  };
}
