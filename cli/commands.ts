import type { Command, ForeignCommand } from './command.ts';
import { close } from './commands/close.ts';
import { configApply } from './commands/config-apply.ts';
import { configExport } from './commands/config-export.ts';
import { configDrift, configPlan } from './commands/config-plan.ts';
import { ecmCheck } from './commands/ecm-check.ts';
import { ecmEnrol } from './commands/ecm-enrol.ts';
import { ecmInit } from './commands/ecm-init.ts';
import { ecmRun } from './commands/ecm-run.ts';
import { ecmTest } from './commands/ecm-test.ts';
import {
  adminRecover,
  dbBackup,
  dbUpgrade,
  vaultBackupKey,
  vaultRestoreKey,
  vaultRotateKey,
} from './commands/host-command.ts';
import { importItems } from './commands/import.ts';
import { jumpoint } from './commands/jumpoint.ts';
import { list } from './commands/list.ts';
import { policyTest } from './commands/policy-test.ts';
import { runScript } from './commands/run-script.ts';
import { sessions } from './commands/sessions.ts';
import { signIn } from './commands/sign-in.ts';
import { signOut } from './commands/sign-out.ts';
import { ssh } from './commands/ssh.ts';
import { whoami } from './commands/whoami.ts';

/** Everything `bh` can do, in the order of its help. */
export const COMMANDS: readonly (Command | ForeignCommand)[] = [
  signIn,
  signOut,
  whoami,
  importItems,
  list,
  ssh,
  sessions,
  close,
  runScript,
  configExport,
  configPlan,
  configApply,
  configDrift,
  jumpoint,
  ecmInit,
  ecmTest,
  ecmCheck,
  ecmEnrol,
  ecmRun,
  policyTest,
  adminRecover,
  dbBackup,
  dbUpgrade,
  vaultRotateKey,
  vaultBackupKey,
  vaultRestoreKey,
];
