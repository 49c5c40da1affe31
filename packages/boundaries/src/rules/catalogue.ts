import type { RuleId } from '../config/rule-settings.js';
import { contractContent } from './contract/contract-content.js';
import { contractImport, contractLeak, contractReexport } from './contract/contract-exposure.js';
import { fileCycle } from './cycles/file-cycle.js';
import { messageCycle, moduleCycle } from './cycles/module-cycle.js';
import { dependencies } from './direction/dependencies.js';
import { domainPackages } from './direction/domain-packages.js';
import { hexagonal } from './direction/hexagonal.js';
import { layers } from './direction/layers.js';
import { packages } from './direction/packages.js';
import { requiredDependency } from './direction/required-dependency.js';
import { contractOnly } from './doors/contract-only.js';
import { packageExports } from './doors/package-exports.js';
import { privateFolder } from './doors/private-folder.js';
import { selfImport } from './doors/self-import.js';
import { undeclaredDependency } from './doors/undeclared-dependency.js';
import { messageOwner } from './messages/message-owner.js';
import { messagePlace } from './messages/message-place.js';
import { unanalysableMessage } from './messages/unanalysable-message.js';
import { unusedContract } from './messages/unused-contract.js';
import { unanalysableImport, unreadFile, unresolvedImport } from './reading/reading.js';
import { unusedRule } from './reading/unused-rule.js';
import type { Rule } from './rule.js';

/** The rules that look at a project. Those about exceptions and the baseline look at what these found. */
export const rulesOfProjects: readonly Rule[] = [
  contractOnly,
  packageExports,
  privateFolder,
  selfImport,
  undeclaredDependency,
  dependencies,
  requiredDependency,
  layers,
  packages,
  hexagonal,
  domainPackages,
  moduleCycle,
  messageCycle,
  fileCycle,
  messageOwner,
  messagePlace,
  contractContent,
  contractReexport,
  contractLeak,
  contractImport,
  unusedContract,
  unresolvedImport,
  unanalysableImport,
  unanalysableMessage,
  unreadFile,
  unusedRule,
];

const WHY_OF_LISTS: Readonly<Partial<Record<RuleId, string>>> = {
  'unused-exception': 'An exception that covers nothing would hide the next violation that fits it.',
  'baseline-stale': 'What is mended should not come back: the baseline only gets shorter.',
  'baseline-expired': 'Someone promised that this would be mended by now.',
  'baseline-grown': 'A baseline is for what was there before; what is new is a violation.',
};

const whys = new Map<RuleId, string>(rulesOfProjects.map(({ id, why }) => [id, why]));

/** Why a rule is there. */
export function whyOf(id: RuleId): string {
  return whys.get(id) ?? WHY_OF_LISTS[id] ?? '';
}
