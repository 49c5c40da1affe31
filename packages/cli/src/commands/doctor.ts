import process from 'node:process';
import type { Command } from 'commander';
import type { Finding } from '../doctor/finding.js';
import { FAILED } from '../exit-code.js';
import { type CommonOptions, type Frame, jsonText, withJson, withRoot } from '../frame.js';
import { projectRoot } from '../project/root.js';

/** `mortar doctor [store…]`. */
export function addDoctor(program: Command, { io, finish }: Frame): void {
  const command = program
    .command('doctor')
    .description('Looks at versions, configuration, hooks and stores; exit code 1 if something is wrong.')
    .argument('[stores...]', 'stores to look at too: shop.db, postgres://user@host/database');
  withJson(withRoot(command)).action(async (stores: string[], { json, root: asked }: CommonOptions) => {
    const { gitFindings } = await import('../doctor/checking.js');
    const { configurationFinding } = await import('../doctor/configuration.js');
    const { nodeFinding, packageFindings } = await import('../doctor/installed.js');
    const { sqliteFindings, storeFinding } = await import('../doctor/stores.js');
    const root = projectRoot(asked, io);
    const findings = [
      nodeFinding(process.versions.node),
      ...packageFindings(root),
      ...(await sqliteFindings()),
      await configurationFinding(root),
      ...(await gitFindings(root)),
      ...(await Promise.all(stores.map((store) => storeFinding(store, io.folder)))),
    ];
    if (json === true) io.print(jsonText({ root, findings }));
    else io.print(`${root}\n${findings.map(lineOf).join('')}`);
    if (findings.some(({ state }) => state === 'fault')) finish(FAILED);
  });
}

const SIGNS: Readonly<Record<Finding['state'], string>> = { good: 'good ', note: 'note ', fault: 'FAULT' };

function lineOf({ about, state, says, mend }: Finding): string {
  const next = mend === undefined ? '' : `\n         ${mend}`;
  return `  ${SIGNS[state]}  ${about}: ${says}${/[.!?]$/.test(says) ? '' : '.'}${next}\n`;
}
